// The gates that a person asks about: of a preset, of a configuration file, or of the state folder they stand in.
import { dirname, resolve } from "node:path";
import { CountersignError } from "../../core/base/failure.ts";
import { printable } from "../../core/base/refusal.ts";
import type { Config } from "../../core/config/schema.ts";
import { type GateName, gateNames } from "../../core/config/schema-gates.ts";
import { compilePolicy } from "../../core/gate/compile.ts";
import type { PolicyGate } from "../../core/gate/condition.ts";
import { loadSetup, presetConfig } from "../../io/file/config.ts";
import { type Layout, layout } from "../../io/file/layout.ts";
import { knownRepository } from "../../io/file/state.ts";
import { overridesOf } from "../commands/command.ts";
import { knownPreset } from "../commands/preset.ts";
import { configPath, findState, type Where } from "../context.ts";
import type { World } from "../world.ts";

export interface Policy {
  readonly gates: ReadonlyMap<GateName, PolicyGate>;
  readonly config: Config;
  /** End of dev.permissive in milliseconds since 1970; undefined when it is off. */
  readonly permissiveUntil: number | undefined;
  /** For messages: `preset hardened`, or the file's path. */
  readonly from: string;
}

export type PolicyWhere = Where & { readonly preset?: string | undefined };

/** Throws `config_invalid` with every fault, as a start would: what is explained here is what would be enforced. */
export async function readPolicy(world: World, options: PolicyWhere): Promise<Policy> {
  if (options.preset === undefined) return filePolicy(world, options);
  const beside = (["config", "state", "repo"] as const).find((name) => options[name] !== undefined);
  if (beside !== undefined)
    throw new CountersignError("usage", `--preset and --${beside} name two policies`, {
      fix: "Give one of them.",
    });
  const name = knownPreset(options.preset);
  const config = presetConfig(world.root, name);
  const { gates, faults } = compilePolicy({ ...config, evidence: withSomeKey(config.evidence) }, new Map());
  const [fault] = faults;
  if (fault !== undefined)
    throw new CountersignError("config_invalid", `preset ${name}: ${fault.key} ${fault.message}`, {
      fix: fault.fix,
    });
  // A preset's dev.permissive lasts from when a configuration was written; there is none here.
  return { gates, config, permissiveUntil: undefined, from: `preset ${name}` };
}

/** A preset leaves the keys to the operator: to compile, somebody may speak; the explanation says that nobody may yet. */
function withSomeKey(evidence: Config["evidence"]): Config["evidence"] {
  if (evidence.keys.length > 0) return evidence;
  return { ...evidence, keys: [{ name: "yours", key: "", checks: ["*"] }] };
}

async function filePolicy(world: World, options: PolicyWhere): Promise<Policy> {
  const place = await layoutOf(world, options);
  const path = configPath(world, place, options);
  const { config, gates, permissiveUntil } = loadSetup(
    place,
    world.root,
    path,
    overridesOf(world),
    world.now(),
    knownRepository(place),
  );
  return { gates, config, permissiveUntil, from: path };
}

/** A configuration that is only being written has no state folder yet: its relative paths then begin beside it. */
async function layoutOf(world: World, options: PolicyWhere): Promise<Layout> {
  try {
    return await findState(world, options);
  } catch (cause) {
    if (options.config === undefined || options.state !== undefined || options.repo !== undefined)
      throw cause;
    return layout(dirname(resolve(world.cwd, options.config)));
  }
}

/** Throws `usage` when the policy has no gate of this name. */
export function gateOf({ gates, from }: Policy, typed: string): PolicyGate {
  const name = gateNames.find((known) => known === typed);
  const gate = name === undefined ? undefined : gates.get(name);
  if (gate !== undefined) return gate;
  const known = [...gates.keys()].join(", ");
  throw new CountersignError(
    "usage",
    name === undefined
      ? `there is no gate "${printable(typed)}"`
      : `${from} asks nothing beside what countersign requires itself of ${name}`,
    { fix: `Gates of this policy: ${known}.` },
  );
}
