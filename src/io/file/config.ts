// Loads the configuration, its preset and the rule pack from disk, with every fault in one message.
import { readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "smol-toml";
import type { Digest } from "../../core/base/digest.ts";
import { CountersignError } from "../../core/base/failure.ts";
import { type LoadedConfig, MAX_CONFIG_BYTES, parseConfig } from "../../core/config/parse.ts";
import { policyDigest } from "../../core/config/policy.ts";
import { type PathRules, pathRulesSchema, type Protect, protector } from "../../core/proposal/protect.ts";
import type { Layout } from "./layout.ts";

export interface Setup extends LoadedConfig {
  readonly rules: PathRules;
  readonly protect: Protect;
  /** Digest under which verdicts of this configuration are given. */
  readonly policy: Digest;
}

/** The folder that holds presets/ and config/: the package's root, from source and from dist alike. */
export function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!isFile(join(folder, "package.json"))) {
    const parent = dirname(folder);
    if (parent === folder)
      throw new CountersignError("state_unusable", "the countersign package is incomplete: no package.json");
    folder = parent;
  }
  return folder;
}

/** Throws `config_invalid` with all faults; nothing starts on a configuration that is partly understood. */
export function loadSetup(layout: Layout, root: string, configPath: string = layout.config): Setup {
  const text = readText(configPath, `No configuration: run "countersign init", or name one with --config.`);
  const parsed = parseConfig(text, (name) => presetText(root, name));
  if (!parsed.ok) {
    const faults = parsed.faults.map(
      (f) => `  ${configPath}${f.line > 0 ? `:${f.line}` : ""}  ${f.key}: ${f.message}. ${f.fix}`,
    );
    throw new CountersignError(
      "config_invalid",
      `the configuration has ${faults.length} fault(s)\n${faults.join("\n")}`,
    );
  }
  const rules = loadRules(root);
  return {
    ...parsed.loaded,
    rules,
    protect: protector(rules),
    policy: policyDigest(parsed.loaded.config, rules),
  };
}

/** Version of this package, as in package.json; for verdicts, `--version` and the protocol's handshake. */
export function packageVersion(root: string): string {
  const json: unknown = JSON.parse(
    readText(join(root, "package.json"), "The countersign package is incomplete."),
  );
  return typeof json === "object" && json !== null && "version" in json ? String(json.version) : "unknown";
}

export function presetText(root: string, name: string): string {
  return readText(join(root, "presets", `${name}.toml`), "The countersign package is incomplete.");
}

export function loadRules(root: string): PathRules {
  const path = join(root, "config", "rules", "paths.toml");
  const parsed = pathRulesSchema.safeParse(parse(readText(path, "The countersign package is incomplete.")));
  if (parsed.success) return parsed.data;
  throw new CountersignError(
    "config_invalid",
    `rule pack ${path}: ${parsed.error.issues[0]?.message ?? "is not one"}`,
  );
}

function readText(path: string, fix: string): string {
  try {
    if (statSync(path).size > MAX_CONFIG_BYTES) throw new RangeError(`larger than ${MAX_CONFIG_BYTES} bytes`);
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new CountersignError(
      "config_invalid",
      `cannot read ${path}: ${cause instanceof Error ? cause.message : "unknown"}`,
      { fix, cause },
    );
  }
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
