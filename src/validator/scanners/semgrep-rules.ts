// The rules that semgrep runs: ours, or the operator's, read once at the start, so that what ran is what was read.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { isAbsolute, join, resolve } from "node:path";
import { z } from "zod";
import { CountersignError } from "../../core/base/failure.ts";
import { type Digest, sha256 } from "../../core/base/digest.ts";
import type { Value } from "../../core/gate/value.ts";
import { MAX_YAML, parseYaml } from "../../io/evidence/yaml.ts";

export interface SemgrepRules {
  /** As they are laid before semgrep. */
  readonly files: readonly { readonly as: string; readonly text: string }[];
  /** What each rule says. Messages come from here, never from the output: semgrep fills in text of the file. */
  readonly messages: ReadonlyMap<string, string>;
  /** Endings of files that some rule is surely asked about. */
  readonly endings: ReadonlySet<string>;
  readonly digest: Digest;
}

const rule = z.looseObject({
  id: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,120}$/),
  message: z.string().max(10_000).default(""),
  languages: z.array(z.string()).default([]),
  paths: z.unknown().optional(),
});
const rulesFile = z.looseObject({ rules: z.array(rule).min(1).max(5000) });

const ENDINGS: Readonly<Record<string, readonly string[]>> = {
  python: ["py"],
  py: ["py"],
  javascript: ["js", "jsx", "mjs", "cjs"],
  js: ["js", "jsx", "mjs", "cjs"],
  typescript: ["ts", "tsx"],
  ts: ["ts", "tsx"],
  go: ["go"],
  java: ["java"],
};

const MAX_FILES = 500;
const MAX_BYTES = 8_388_608;

/** `setting` is scanners.semgrep_rules; a path that is not absolute lies in the state folder. Throws `config_invalid`. */
export function loadSemgrepRules(setting: string, state: string, packageRoot: string): SemgrepRules {
  const shipped = join(packageRoot, "config", "rules", "scanners", "semgrep");
  const place = setting === "" ? shipped : isAbsolute(setting) ? setting : resolve(state, setting);
  const texts = filesIn(place).map((file) => ({ file, text: textOf(file) }));
  if (texts.reduce((sum, { text }) => sum + text.length, 0) > MAX_BYTES)
    throw fault(`${place} holds more than ${MAX_BYTES} bytes of rules`);
  const rules = texts.flatMap(({ file, text }) => rulesIn(file, text));
  if (rules.length === 0) throw fault(`${place} holds no rule`);
  const everywhere = rules.filter(({ paths }) => paths === undefined);
  return {
    files: texts.map(({ text }, at) => ({ as: `${at}.yml`, text })),
    messages: new Map(rules.map(({ id, message }) => [id, message])),
    endings: new Set(everywhere.flatMap(({ languages }) => languages.flatMap((name) => ENDINGS[name] ?? []))),
    digest: sha256(JSON.stringify(texts.map(({ text }) => text))),
  };
}

function filesIn(place: string): readonly string[] {
  try {
    if (statSync(place).isFile()) return [place];
    return readdirSync(place, { recursive: true, withFileTypes: true })
      .filter(
        (entry) => entry.isFile() && /^[^.].*\.ya?ml$/.test(entry.name) && !entry.name.includes(".test."),
      )
      .map((entry) => join(entry.parentPath, entry.name))
      .toSorted()
      .slice(0, MAX_FILES + 1);
  } catch (cause) {
    throw fault(`${place} cannot be read: ${cause instanceof Error ? cause.message : "unknown"}`);
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw fault(`${file} cannot be read: ${cause instanceof Error ? cause.message : "unknown"}`);
  }
}

function rulesIn(file: string, text: string): readonly z.infer<typeof rule>[] {
  const value = parseYaml(text);
  // What we and semgrep could read differently is not handed to it: then a message would stand for another rule.
  if (value === undefined)
    throw fault(`${file} is not plain YAML of at most ${MAX_YAML} characters, without anchors and tags`);
  const read = rulesFile.safeParse(rulesOf(value));
  if (read.success) return read.data.rules;
  throw fault(`${file} holds no rules of semgrep: ${read.error.issues[0]?.message ?? ""}`);
}

/** Tables as objects, as deep as anything is asked about. */
function rulesOf(value: Value): unknown {
  const rules = tableOf(value)?.["rules"];
  if (!Array.isArray(rules)) return {};
  return { rules: (rules as readonly Value[]).map(tableOf) };
}

function tableOf(value: Value): Readonly<Record<string, Value>> | undefined {
  return value instanceof Map ? Object.fromEntries(value as ReadonlyMap<string, Value>) : undefined;
}

function fault(why: string): CountersignError {
  const fix = "Name a file or a folder of rules, or leave it empty for the ones shipped.";
  return new CountersignError("config_invalid", `scanners.semgrep_rules: ${why}`, { fix });
}
