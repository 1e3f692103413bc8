// What agents are told of a check's findings: never a word that could come from a file which they may not read.
import type { Check, Finding } from "../../core/attestation/statement.ts";
import { reasons } from "../../core/base/reason.ts";
import { type Refusal, refusal } from "../../core/base/refusal.ts";

/**
 * Threat: an agent writes the tests that a command runs on the whole tree, so output, exit code, duration and coverage are
 * channels for files that it is not served; the fingerprint of a masked secret says whether a guess is right. Reviewers
 * find all of it in the signed verdict (countersign show). A reference is a hash of the words, so it is made anew.
 */
export function toldOf({ id, result, findings }: Check): readonly Refusal[] {
  // As many reasons as lines of output would be a channel, too.
  const told = id.startsWith("command-") ? findings.slice(0, 1) : findings;
  return told.map((finding) =>
    result !== "ERROR" && isSpoken(id) ? spoken(finding) : reworded(id, finding),
  );
}

/**
 * Checks whose words are made of the proposal itself, of places, and of what rule packs and the configuration say. One that
 * is not in this list, such as a new one, is reworded.
 */
const SPOKEN: ReadonlySet<string> = new Set([
  "order",
  "words",
  "structure",
  "limits",
  "paths",
  "dependencies",
  "dispatch",
  "namespace",
  "masking",
  "tree",
  "hidden-text",
  "guard",
  "static-analysis",
]);

function isSpoken(id: string): boolean {
  return SPOKEN.has(id) || id.startsWith("scanner-");
}

/** Why the operator lets a rule pass is the operator's own; that it does, and where, stays. */
function spoken({ rule, refusal: said }: Finding): Refusal {
  return said.code === "finding_let_pass" ? worded(rule, said) : said;
}

function reworded(id: string, { rule, refusal: said }: Finding): Refusal {
  return id.startsWith("command-") || rule === "error"
    ? worded(id, { ...said, where: id })
    : worded(rule, said);
}

/** The rule, or the check, with the words of the catalogue. Fixes of findings name rule and path at most. */
function worded(name: string, { code, where, fix }: Refusal): Refusal {
  return refusal(code, `${name}: ${reasons[code].means}`, where, fix);
}
