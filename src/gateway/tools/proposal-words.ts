// Checks the agent's own words before anything of them is kept: title, rationale, claims, keys and carried envelopes.
import { readProof, formOf } from "../../core/attestation/read-evidence.ts";
import { bytesOf, fromUtf8, utf8 } from "../../core/base/bytes.ts";
import { type Refusal, refusal } from "../../core/base/refusal.ts";
import type { Config } from "../../core/config/schema.ts";
import { claimsOf, type OrderEvidence } from "../../core/proposal/order.ts";
import { type FilePatch, namedPaths } from "../../core/proposal/diff-model.ts";
import { nameLinesOf, namesOf, secretsIn, wordsOf } from "../../core/proposal/words.ts";
import { countedRules } from "../../core/secrets/excluded.ts";
import type { SecretHit, SecretScanner } from "../../core/secrets/find.ts";
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
export function secretFault(
  { title, rationale, evidence = [], idempotency_key: key = "", edits = [], diff = "" }: ProposalInput,
  scanner: SecretScanner,
): Refusal | undefined {
  const words = wordsOf({ title, rationale, evidence });
  // As they are written: refusals of what cannot be parsed or composed name paths.
  const edited = edits.flatMap((edit) => ("new_path" in edit ? [edit.path, edit.new_path] : [edit.path]));
  const paths = namesOf([...edited, ...nameLinesOf(diff)]);
  return secretsIn([...words, { where: "idempotency_key", texts: [key] }, ...paths], scanner)[0]?.refusal;
}

/**
 * The names of a patch's files, and what it adds to each: the gateway has no more of the result. Nothing of it has been
 * stored yet, and with a secret in it nothing ever is. What the operator lets pass is the validator's to look at.
 */
export function patchSecretFault(
  files: readonly FilePatch[],
  scanner: SecretScanner,
  { secrets, rules }: Pick<Config, "secrets" | "rules">,
  now: number,
): Refusal | undefined {
  const counted = countedRules(rules, now);
  const named = secretsIn(namesOf(namedPaths(files)), scanner)[0]?.refusal;
  return (
    named ??
    files.flatMap(
      (file) =>
        addedFault(file, (text) =>
          scanner.find(text, {
            path: file.path,
            entropy: secrets.entropy,
            counts: (rule) => counted(rule, file.path),
          }),
        ) ?? [],
    )[0]
  );
}

function addedFault(
  { path, hunks }: FilePatch,
  find: (text: string) => readonly SecretHit[],
): Refusal | undefined {
  for (const { newStart, lines } of hunks) {
    const after = lines.filter(({ kind }) => kind !== "-");
    const bytes = after.map((line) => line.text).join("");
    const text = fromUtf8(bytesOf(bytes)) ?? bytes;
    const hit = find(text).find(({ line, start, end, likely }) => {
      // What need not be a secret is for a person to tell: refused here, no person would ever see it.
      if (likely === true) return false;
      const last = line + text.slice(start, end).split("\n").length - 1;
      return after.slice(line - 1, last).some(({ kind }) => kind === "+");
    });
    if (hit !== undefined) {
      const why = `looks like a secret (rule ${hit.rule})`;
      return refusal("secret_suspected", why, `${path}:${newStart + hit.line - 1}`);
    }
  }
  return undefined;
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
