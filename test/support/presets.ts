// The presets that are shipped, as texts and as configurations, and files that start from them.
import { generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "smol-toml";
import type { ConfigFault } from "../../src/core/config/fault.ts";
import type { ConfigOverride } from "../../src/core/config/overrides.ts";
import { type ConfigResult, type LoadedConfig, parseConfig } from "../../src/core/config/parse.ts";
import { type Config, configSchema, type PresetName } from "../../src/core/config/schema.ts";

export const shippedPreset = (name: string): string =>
  readFileSync(join(import.meta.dirname, "../../presets", `${name}.toml`), "utf8");

/** A public key as the configuration writes it, made here: its private half is thrown away. */
export const publicKeyText = (): string =>
  generateKeyPairSync("ed25519").publicKey.export({ type: "spki", format: "der" }).toString("base64");

const NAMESPACE = '[namespace]\nname = "lab"\n';

/** Tables that only an operator can write, beside doors and callers; they stand at the end of a file. */
export const YOURS: Readonly<Record<PresetName, string>> = {
  quickstart: "",
  default: "",
  hardened: `\n${NAMESPACE}[[evidence.keys]]\nname = "ci"\nkey = "${publicKeyText()}"\nchecks = ["tests_passed"]\n`,
  "container-prod": `\n${NAMESPACE}`,
};

/** The values of a preset by themselves. */
export const presetValues = (name: PresetName): Config => configSchema.parse(parse(shippedPreset(name)));

export function parsed(
  preset: PresetName,
  toml = "",
  overrides: readonly ConfigOverride[] = [],
): ConfigResult {
  return parseConfig(`preset = "${preset}"\n${toml}`, shippedPreset, overrides);
}

/** The configuration of a good file. Throws when it is at fault. */
export function loaded(
  preset: PresetName,
  toml = "",
  overrides: readonly ConfigOverride[] = [],
): LoadedConfig {
  const result = parsed(preset, toml, overrides);
  if (!result.ok) throw new Error(JSON.stringify(result.faults));
  return result.loaded;
}

/** The faults of a file; none when it is good. */
export function faultsOf(
  preset: PresetName,
  toml = "",
  overrides: readonly ConfigOverride[] = [],
): readonly ConfigFault[] {
  const result = parsed(preset, toml, overrides);
  return result.ok ? [] : result.faults;
}

/** Keys at fault, sorted. */
export const keysOf = (faults: readonly ConfigFault[]): readonly string[] =>
  faults.map(({ key }) => key).toSorted();
