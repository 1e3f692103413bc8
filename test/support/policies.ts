// Pieces of policies: one condition with a gate around it, and what a configuration with it says.
import type { ConfigFault } from "../../src/core/config/fault.ts";
import type { PresetName } from "../../src/core/config/schema.ts";
import type { ConditionSpec, PolicyGate } from "../../src/core/gate/condition.ts";
import { faultsOf, loaded } from "./presets.ts";

/** A condition called `c` of these lines. */
export const condition = (lines: string, id = "c"): string => `[[conditions]]\nid = "${id}"\n${lines}\n`;

/** A condition that asks `provider` this. */
export const ask = (provider: string, query: string, rest: string): string =>
  condition(`provider = "${provider}"\nquery = { ${query} }\n${rest}`);
export const isTrue = 'comparator = "equals"\nexpected = true';
export const exists = 'comparator = "exists"';
export const declared = `type = "integer"\n${exists}`;
/** What opens the providers http and json. */
export const HTTP =
  '[evidence]\nproviders = ["http", "checks"]\n[evidence.http]\nallowed_hosts = ["ci.example"]\n';
export const JSON_ROOT = '[evidence.json]\nroot = "facts"\n';

/** A claim of a declared type: `type = "…"`, comparator and expected follow. */
export const claim = (lines: string): string =>
  condition(`provider = "caller"\nquery = { check = "claim", name = "x" }\n${lines}`);

/** A verdict gate over this tree. */
export const verdict = (tree: string): string => `[gates.verdict]\nrequire = ${tree}\n`;

/** `key: message` of each fault. */
export function said(toml: string, preset: PresetName = "quickstart"): readonly string[] {
  return faultsOf(preset, toml).map(({ key, message }: ConfigFault) => `${key}: ${message}`);
}

/** The compiled condition `c`. Throws when the configuration is at fault. */
export function compiled(toml: string, preset: PresetName = "quickstart"): ConditionSpec {
  const { gates } = loaded(preset, `${toml}${verdict('"c"')}`);
  const spec = gates.get("verdict")?.conditions[0];
  if (spec === undefined) throw new Error("the gate has no condition");
  return spec;
}

export function gateOf(toml: string, preset: PresetName = "quickstart"): PolicyGate {
  const gate = loaded(preset, toml).gates.get("verdict");
  if (gate === undefined) throw new Error("there is no such gate");
  return gate;
}
