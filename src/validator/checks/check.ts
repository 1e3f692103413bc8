// What a check is: a question about one order, answered with a result and findings; it decides nothing itself.
import type { Check as CheckRecord, CheckResult, Finding } from "../../core/attestation/statement.ts";
import type { Refusal } from "../../core/base/refusal.ts";
import type { TargetFinding } from "../../core/proposal/targets.ts";
import type { Matter } from "./matter.ts";

export interface Examined {
  /** A check never answers ERROR itself: it throws, and whoever ran it writes ERROR. */
  readonly result: Exclude<CheckResult, "ERROR">;
  readonly findings: readonly TargetFinding[];
  /** How many of the findings, from the first on, block; the others ask for a person. Exceptions need to know. */
  readonly blocking?: number;
  /** What judged, where the version is not one of ours: a scanner that was found, the digest of its program. */
  readonly tool?: { readonly name: string; readonly version: string };
}

export interface Check {
  readonly id: string;
  /** Name of the tool whose version stands in the verdict. */
  readonly tool: "countersign" | "git";
  /** Ids of checks without whose PASSED or WARNED this one is not even begun. */
  readonly after: readonly string[];
  /** Whether exceptions of the operator ([rules]) may let findings of this check pass. */
  readonly exceptable?: true;
  /** `before`: the records of the checks that came before it, for one that goes by more than `after` can say. */
  run(matter: Matter, before: readonly CheckRecord[]): Promise<Examined>;
}

/** FAILED with these findings; PASSED when there are none. */
export function failedBy(findings: readonly TargetFinding[]): Examined {
  return judgedBy(findings, []);
}

/** WARNED with these findings; PASSED when there are none. */
export function warnedBy(findings: readonly TargetFinding[]): Examined {
  return judgedBy([], findings);
}

/** FAILED if anything blocks, else WARNED if anything asks for a person; both kinds are listed. */
export function judgedBy(blocking: readonly TargetFinding[], manual: readonly TargetFinding[]): Examined {
  const findings = [...blocking, ...manual];
  const result = blocking.length > 0 ? "FAILED" : manual.length > 0 ? "WARNED" : "PASSED";
  return { result, findings, blocking: blocking.length };
}

export function asFinding(rule: string, refusal: Refusal): TargetFinding {
  return { rule, refusal };
}

/** Most findings of one check in a verdict; the first ones are enough to correct a patch. */
const MAX_FINDINGS = 50;

/** The check as it stands in the verdict. */
export function record(
  { id }: Pick<Check, "id">,
  tool: { readonly name: string; readonly version: string },
  result: CheckResult,
  findings: readonly TargetFinding[],
): CheckRecord {
  return {
    id,
    result,
    tool,
    findings: findings.slice(0, MAX_FINDINGS).map(asRecord),
  };
}

function asRecord({ rule, refusal }: TargetFinding): Finding {
  // `path:line`: a colon is not allowed in paths, so the split is unambiguous.
  const line = /:(\d{1,9})$/.exec(refusal.where)?.[1];
  return { rule, line: line === undefined ? null : Number(line), refusal };
}
