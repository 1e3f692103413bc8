// Reads the rule packs of the package; one that cannot be read or is not one stops the start.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "smol-toml";
import type { z } from "zod";
import { analysisRulesSchema } from "../../core/analysis/rules.ts";
import { CountersignError } from "../../core/base/failure.ts";
import { guardRulesSchema } from "../../core/content/guard-pack.ts";
import { pathRulesSchema } from "../../core/proposal/protect.ts";
import type { RuleSets } from "../../core/rules/packs.ts";
import { secretRulesSchema } from "../../core/secrets/rules.ts";

/** `root`: the package's. Throws `config_invalid`. */
export function loadRules(root: string): RuleSets {
  return {
    paths: pack(root, "paths", pathRulesSchema),
    guard: pack(root, "guard", guardRulesSchema),
    secrets: pack(root, "secrets", secretRulesSchema),
    "static-analysis": pack(root, "static-analysis", analysisRulesSchema),
  };
}

function pack<T>(root: string, name: keyof RuleSets, schema: z.ZodType<T>): T {
  const path = join(root, "config", "rules", `${name}.toml`);
  const read = schema.safeParse(parse(text(path)));
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const at = issue === undefined ? "" : `${issue.path.join(".")} `;
  throw new CountersignError("config_invalid", `rule pack ${path}: ${at}${issue?.message ?? "is not one"}`);
}

function text(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : "unknown";
    const fix = "The countersign package is incomplete.";
    throw new CountersignError("config_invalid", `cannot read ${path}: ${why}`, { fix, cause });
  }
}
