// The rule packs: what each holds, and the version and digest under which it stands in every verdict.
import { canonical } from "../base/canonical.ts";
import type { AnalysisRules } from "../analysis/rules.ts";
import type { GuardRules } from "../content/guard-pack.ts";
import { type Digest, sha256 } from "../base/digest.ts";
import type { PathRules } from "../proposal/protect.ts";
import type { SecretRules } from "../secrets/rules.ts";

/** `config/rules/*.toml`, by name of the pack. */
export interface RuleSets {
  readonly paths: PathRules;
  readonly guard: GuardRules;
  readonly secrets: SecretRules;
  readonly "static-analysis": AnalysisRules;
}

export interface PackLabel {
  readonly version: string;
  /** SHA-256 of the pack as canonical JSON: comments and order of keys do not count, every rule does. */
  readonly digest: Digest;
}

export type Packs = Readonly<Record<keyof RuleSets, PackLabel>>;

/** Any change of a rule changes the policy's digest, and with it every later verdict. */
export function labels(sets: RuleSets): Packs {
  return {
    paths: label(sets.paths),
    guard: label(sets.guard),
    secrets: label(sets.secrets),
    "static-analysis": label(sets["static-analysis"]),
  };
}

function label(pack: { readonly version: string }): PackLabel {
  return { version: pack.version, digest: sha256(canonical(spelt(pack))) };
}

/** Canonical JSON has integers only: other numbers are written out as text. */
function spelt(pack: unknown): unknown {
  return JSON.parse(
    JSON.stringify(pack, (_, value: unknown) =>
      typeof value === "number" && !Number.isSafeInteger(value) ? `${value}` : value,
    ),
  );
}

/** For people and logs: `paths 2026.11.0 (1f0c…)`. */
export function packsLine(packs: Packs): string {
  return Object.entries(packs)
    .map(([name, { version, digest }]) => `${name} ${version} (${digest.slice(0, 12)})`)
    .join(", ");
}
