// Checks the agent's own words before anything of them is kept: title, rationale, claims, keys and carried envelopes.
import { readProof, formOf } from "../../core/attestation/read-evidence.ts";
import { utf8 } from "../../core/base/bytes.ts";
import { type Refusal, refusal } from "../../core/base/refusal.ts";
import type { Config } from "../../core/config/schema.ts";
import { claimsOf, type OrderEvidence } from "../../core/proposal/order.ts";
import { secretsIn, wordsOf } from "../../core/proposal/words.ts";
import { blankFault, hiddenFault } from "./plain-text.ts";
import type { ProposalInput } from "./proposal-input.ts";
import type { Caller } from "./tool.ts";

/**
 * What an agent claims is asserted by it; a caller in the verified lane has nothing to assert, and nobody has where the
 * policy takes no claims. A carried envelope is no claim: it counts for what a pinned key signed, whoever carries it.
 */
export function laneFault(
  { evidence = [] }: ProposalInput,
  { scope }: Pick<Caller, "scope">,
  { evidence: policy }: Config,
): Refusal | undefined {
  const claims = claimsOf(evidence).length;
  if (claims === 0 || (scope.lane === "asserted" && policy.accept_claims)) return undefined;
  return refusal("lane_asserted", `${claims} claims, none are allowed`, "evidence");
}

/** Everything that the reviewer will read in the agent's words: the claims are shown beside the title. */
export function textFault({ title, rationale, evidence = [] }: ProposalInput): Refusal | undefined {
  const words = hiddenFault(title, "title", false) ?? hiddenFault(rationale, "rationale", true);
  const blank = blankFault(title, "title") ?? blankFault(rationale, "rationale");
  return words ?? first(evidence, hiddenIn) ?? blank;
}

function hiddenIn(one: OrderEvidence, where: string): Refusal | undefined {
  if ("envelope" in one) return hiddenFault(one.envelope, `${where}.envelope`, true);
  return typeof one.value === "string" ? hiddenFault(one.value, `${where}.value`, true) : undefined;
}

/** An envelope that nobody could read would be stored, shown and handed on for nothing. Who signed it is no matter here. */
export function envelopeFault({ evidence = [] }: ProposalInput): Refusal | undefined {
  return first(evidence, (one, where) => {
    if (!("envelope" in one)) return undefined;
    const bytes = utf8(one.envelope);
    const form = formOf(bytes);
    const read = form === undefined ? undefined : readProof({ form, bytes });
    if (read?.ok === true) return undefined;
    const why = read === undefined ? "neither a DSSE envelope nor an evidence result" : read.fault;
    return refusal("evidence_malformed", `an envelope cannot be read: ${why}`, `${where}.envelope`);
  });
}

/** Names the field and the rule, and holds nothing of the text. The validator looks at the same words, and no key reaches it. */
export function secretFault({
  title,
  rationale,
  evidence = [],
  idempotency_key: key = "",
}: ProposalInput): Refusal | undefined {
  const words = wordsOf({ title, rationale, evidence });
  return secretsIn([...words, { where: "idempotency_key", texts: [key] }])[0];
}

function first(
  evidence: readonly OrderEvidence[],
  faultOf: (one: OrderEvidence, where: string) => Refusal | undefined,
): Refusal | undefined {
  for (const [index, one] of evidence.entries()) {
    const fault = faultOf(one, `evidence[${index}]`);
    if (fault !== undefined) return fault;
  }
  return undefined;
}
