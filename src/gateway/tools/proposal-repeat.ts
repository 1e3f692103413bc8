// A proposal that is sent again under its key: it is found also when the repository moved on, and judged all the same.
import type { AuditNote } from "../../core/audit/entry.ts";
import { utf8 } from "../../core/base/bytes.ts";
import type { Condition, Decision, Gate } from "../../core/gate/decision.ts";
import { unless } from "../../core/gate/conditions.ts";
import { parseDiff } from "../../core/proposal/diff.ts";
import type { Store, StoredProposal } from "../../io/store/store.ts";
import { note } from "./notes.ts";
import { touchesOnly } from "./patch-view.ts";
import type { Evaluated, GateParts } from "./proposal-gate.ts";
import type { ProposalInput } from "./proposal-input.ts";
import { aboutPatch, rule, type Ruled, undispatched } from "./proposal-policy.ts";
import { startStopwatch } from "./stopwatch.ts";
import type { Call } from "./tool.ts";

/** What of a proposal's gate does not depend on where the repository stands. */
const REPEAT_GATE: Gate = {
  id: "repeat",
  requires: ["lane", "text", "secrets", "evidence", "dispatch"],
};

/** The caller's earlier proposal under the same key with the same arguments, where only time can have refused this one. */
export function repeatOf(
  { store }: { readonly store: Pick<Store, "proposalByKey"> },
  { idempotency_key: key, dry_run = false }: ProposalInput,
  decision: Decision,
  call: Call,
): StoredProposal | undefined {
  if (key === undefined || dry_run || !hasMovedOn(decision)) return undefined;
  const earlier = store.proposalByKey(call.principal, key);
  const same = earlier?.order.arguments_sha256 === call.argumentsDigest && touchesOnly(earlier, call.scope);
  return same ? earlier : undefined;
}

/** Base and limits change with time, and what was to be superseded has been, by the first call. */
function hasMovedOn(decision: Decision): boolean {
  // Where the policy has spoken, nothing of ours was wrong; its conditions may have any name.
  if (decision.allowed || decision.policy !== undefined) return false;
  const first = decision.trace.find(({ state }) => state !== "true")?.id;
  const closed = first === "supersedes" && decision.refusal.code === "patch_closed";
  return first === "base" || first === "limits" || closed;
}

/** The words as they were sent now, the patch as it was taken then, the policy as it is now. */
export async function ruleRepeat(
  { gates, config, clock }: Pick<GateParts, "gates" | "config" | "clock">,
  input: ProposalInput,
  { conditions }: Pick<Evaluated, "conditions">,
  { order }: StoredProposal,
  call: Call,
): Promise<Ruled> {
  const parsed = parseDiff(utf8(order.patch), Infinity);
  const dispatch: Condition = parsed.ok
    ? unless("dispatch", undispatched(config, input, { files: parsed.value }, call))
    : { id: "dispatch", state: "unknown" };
  const own = [...conditions.filter(({ id }) => id !== "dispatch"), dispatch];
  const ruling = { gates, proposer: call, watch: startStopwatch(clock) };
  return rule(ruling, REPEAT_GATE, own, aboutPatch(input, call, { sha256: order.patch_sha256 }));
}

export function repeatedNote({ order }: StoredProposal, { trace }: Ruled, call: Call): AuditNote {
  const { patch_id, patch_sha256, arguments_sha256 } = order;
  return note("proposal.repeated", call, { patch_id, patch_sha256, arguments_sha256, ...trace });
}
