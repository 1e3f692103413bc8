// Checks the agent's own words before anything of them is kept: title, rationale, claims, keys and carried envelopes.
import { readProof, formOf } from "../../core/attestation/read-evidence.ts";
import { utf8 } from "../../core/base/bytes.ts";
import { canonical } from "../../core/base/canonical.ts";
import { type Refusal, refusal } from "../../core/base/refusal.ts";
import type { Config } from "../../core/config/schema.ts";
import { renderValue } from "../../core/gate/value.ts";
import { claimsOf, type OrderEvidence } from "../../core/proposal/order.ts";
import { suspectedSecret } from "../../core/proposal/suspect.ts";
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

/**
 * Names the field and the rule, and holds nothing of the text. A claim is looked at with its name, which may be what
 * makes its value a secret; an envelope by what was signed, since its signature is random by nature.
 */
export function secretFault(input: ProposalInput): Refusal | undefined {
  const { title, rationale, evidence = [], idempotency_key: key = "" } = input;
  const words = { title, rationale, idempotency_key: key };
  const [word] = Object.entries(words).flatMap(([where, text]) => suspected(text, where) ?? []);
  return word ?? first(evidence, (one, where) => suspected(wordsOf(one), where));
}

function suspected(text: string, where: string): Refusal | undefined {
  const rule = suspectedSecret(text);
  return rule === undefined ? undefined : refusal("secret_suspected", `looks like a secret (${rule})`, where);
}

function wordsOf(one: OrderEvidence): string {
  if (!("envelope" in one)) return `${one.name}=${String(one.value)}`;
  const bytes = utf8(one.envelope);
  const read = readProof({ form: formOf(bytes) ?? "dsse", bytes });
  // What cannot be read is refused for that; all of it is text then.
  if (!read.ok) return one.envelope;
  const { check, params } = read.context;
  return `${check}=${renderValue(read.value)}\n${canonical(params)}`;
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
