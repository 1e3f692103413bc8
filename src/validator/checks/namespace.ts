// Check `namespace`: the authority of namespaces, where there is one, vouches for ours at this very moment.
import { CountersignError } from "../../core/base/failure.ts";
import { refusal } from "../../core/base/refusal.ts";
import { asFinding, type Check, failedBy } from "./check.ts";

export const namespaceCheck: Check = {
  id: "namespace",
  tool: "countersign",
  // Asked last: what is refused already must not make this process call anybody.
  after: ["order", "structure", "limits", "words", "paths", "dispatch"],
  async run({ setup: { config }, authority }) {
    const { name, authority_url } = config.namespace;
    if (authority_url === "") return failedBy([]);
    const answer = await authority();
    if (answer === "vouched") return failedBy([]);
    // Silence is no answer: it is asked again, and in the end a person decides.
    if (answer === "unavailable")
      throw new CountersignError("exec_failed", `the authority of namespaces did not answer for ${name}`);
    const why = `the authority of namespaces does not vouch for ${name}`;
    return failedBy([asFinding("namespace", refusal("namespace_refused", why, "namespace.name"))]);
  },
};
