// What a rule found in a patch: the rule, and a refusal that says what, where and what to do.
import type { Refusal } from "../base/refusal.ts";

export interface TargetFinding {
  readonly rule: string;
  readonly refusal: Refusal;
  /** The proposal's own words, whose place may be spelt like a path; no exception for files reaches them. */
  readonly about?: "words" | undefined;
  /** 16 hexadecimal digits that name a secret without telling it; a suppression can mean this one alone. */
  readonly fingerprint?: string | undefined;
}

export interface TargetFindings {
  /** Any of these rejects the patch. */
  readonly blocking: readonly TargetFinding[];
  /** Any of these asks for a person. */
  readonly manual: readonly TargetFinding[];
}
