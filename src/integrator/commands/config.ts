// `countersign config check|show|explain`: is the configuration valid, which value holds from where, and what a key does.
import { packsLine } from "../../core/rules/packs.ts";
import { z } from "zod";
import { CountersignError } from "../../core/base/failure.ts";
import { printable } from "../../core/base/refusal.ts";
import { describeKey } from "../../core/config/describe.ts";
import { faultLine } from "../../core/config/fault.ts";
import { type ConfigKey, configKeys, isConfigKey } from "../../core/config/keys.ts";
import type { ConfigOverride } from "../../core/config/overrides.ts";
import { isPolicyKey } from "../../core/config/policy.ts";
import { covered } from "../../core/config/reference.ts";
import { conditionText, gateText } from "../../core/config/inline.ts";
import { type Config, presetNames } from "../../core/config/schema.ts";
import { gateNames } from "../../core/config/schema-gates.ts";
import { stricterMeans } from "../../core/config/strictness.ts";
import { valueAt } from "../../core/config/tables.ts";
import { ruleIdsOf } from "../../core/config/warnings-content.ts";
import { warningsOf } from "../../core/config/warnings.ts";
import { checkSetup, loadSetup, presetConfig, readWritten, type Setup } from "../../io/file/config.ts";
import type { Layout } from "../../io/file/layout.ts";
import { knownRepository } from "../../io/file/state.ts";
import { configPath, findState, type Where } from "../context.ts";
import { columns, wholeLine } from "../terminal/print.ts";
import type { World } from "../world.ts";
import {
  argument,
  command,
  json,
  jsonOption,
  overridesOf,
  printJson,
  setOption,
  settings,
  where,
  whereOptions,
} from "./command.ts";

const schema = z.strictObject({ ...where, ...settings, ...json });

export const configCheck = command({
  usage: "config check",
  about: "check the configuration; every fault with key, line and fix",
  options: [...whereOptions, setOption, jsonOption],
  schema,
  run: async (world, _args, options) => {
    const { path, layout, overrides } = await place(world, options);
    const { text, written } = readWritten(path);
    const moment = { now: world.now(), written };
    const checked = checkSetup(layout, world.root, text, overrides, moment, knownRepository(layout));
    if (!checked.ok) {
      if (options.json === true) printJson(world, { ok: false, path, faults: checked.faults });
      const faults = checked.faults.map((fault) => `  ${wholeLine(faultLine(fault, path))}\n`).join("");
      world.terminal.err(
        `${faults.length === 0 ? "" : `${path} has ${checked.faults.length} fault(s)\n`}${faults}`,
      );
      return 2;
    }
    const { setup } = checked;
    const preset = presetConfig(world.root, setup.preset);
    const facts = { now: moment.now, rules: ruleIdsOf(setup.rules) };
    const warnings = warningsOf(setup.config, preset, setup.preset, setup.permissiveUntil, facts);
    if (options.json === true) {
      const { preset: name, policy, packs: rules } = setup;
      printJson(world, { ok: true, path, preset: name, policy, rules, warnings });
      return 0;
    }
    world.terminal.out(
      `ok  ${path}\n    preset ${setup.preset}, policy ${setup.policy.slice(0, 12)}, rules ${packsLine(setup.packs)}\n`,
    );
    for (const { key, message } of warnings)
      world.terminal.out(`    warning: ${wholeLine(`${key} ${message}`)}\n`);
    return 0;
  },
});

export const configShow = command({
  usage: "config show",
  about: "every key with its value",
  options: [
    ...whereOptions,
    { flags: "--origin", about: "also where each value comes from" },
    setOption,
    jsonOption,
  ],
  schema: schema.extend({ origin: z.boolean().optional() }),
  run: async (world, _args, options) => {
    const { setup } = await load(world, options);
    const config = covered(setup.config);
    const rows = configKeys.toSorted().flatMap((key) =>
      (entryKeys(config, key) ?? [key]).map((name) => ({
        key: name,
        value: shownValue(config, name),
        origin: setup.origins.get(name),
      })),
    );
    if (options.json === true) printJson(world, options.origin === true ? rows : config);
    else {
      const cells = rows.map(({ key, value, origin }) => [
        key,
        ...(options.origin === true ? [origin ?? ""] : []),
        wholeLine(JSON.stringify(value)),
      ]);
      world.terminal.out(columns(cells));
    }
    return 0;
  },
});

export const configExplain = command({
  usage: "config explain <key>",
  about: "what a key means, its bounds, its value here and in each preset, and what stricter is",
  options: [...whereOptions, setOption, jsonOption],
  schema,
  run: async (world, args, options) => {
    const { setup } = await load(world, options);
    const key = knownKey(argument(args, 0, "the key"), setup.config);
    const schemaKey = isConfigKey(key) ? key : (key.split(".")[0] as "conditions" | "gates");
    const { meaning, type } = describeKey(schemaKey) ?? { meaning: "", type: "" };
    const presets = presetNames.map((name) => ({
      name,
      value: shownValue(presetConfig(world.root, name), key),
    }));
    const facts = {
      key,
      meaning,
      type,
      value: shownValue(covered(setup.config), key),
      origin: setup.origins.get(key),
      presets: Object.fromEntries(presets.map(({ name, value }) => [name, value])),
      policy: isPolicyKey(key),
      stricter: stricterMeans(schemaKey),
    };
    if (options.json === true) printJson(world, facts);
    else
      world.terminal.out(
        columns([
          ["key", key],
          ["means", meaning],
          ["takes", type],
          ["here", `${wholeLine(JSON.stringify(facts.value))} (${facts.origin ?? ""})`],
          ...presets.map(({ name, value }) => [
            name,
            value === undefined ? "(none)" : wholeLine(JSON.stringify(value)),
          ]),
          ["stricter", facts.stricter],
          ["policy", facts.policy ? POLICY : "no: a change leaves verdicts as they are"],
        ]),
      );
    return 0;
  },
});

const POLICY = "yes: a change voids verdicts; neither environment nor flags may set it";

type EntryKey = `conditions.${string}` | `gates.${string}`;

/** Of conditions and gates each one has a line of its own; undefined for every other key. */
function entryKeys({ conditions, gates }: Config, key: ConfigKey): readonly EntryKey[] | undefined {
  if (key === "conditions") return conditions.map(({ id }) => `conditions.${id}` as const);
  if (key !== "gates") return undefined;
  return gateNames.filter((name) => gates[name] !== undefined).map((name) => `gates.${name}` as const);
}

/** Conditions and gates as one line of text, everything else as it is; undefined for one that does not exist. */
function shownValue({ conditions, gates, ...config }: Config, key: ConfigKey | EntryKey): unknown {
  const [table, name = ""] = key.split(".");
  if (table === "conditions") {
    const entry = conditions.find(({ id }) => id === name);
    if (name === "") return conditions.map(({ id }) => id);
    return entry === undefined ? undefined : conditionText(entry);
  }
  if (table !== "gates") return valueAt(config, key);
  const gate = gateNames.find((known) => known === name);
  if (gate === undefined) return gateNames.filter((known) => gates[known] !== undefined);
  const entry = gates[gate];
  return entry === undefined ? undefined : gateText(entry);
}

function knownKey(typed: string, config: Config): ConfigKey | EntryKey {
  if (isConfigKey(typed)) return typed;
  const entries = [
    ...(entryKeys(config, "conditions") ?? []),
    ...gateNames.map((name) => `gates.${name}` as const),
  ];
  const entry = entries.find((known) => known === typed);
  if (entry !== undefined) return entry;
  const below = configKeys.filter((key) => key.startsWith(`${typed}.`) || key.endsWith(`.${typed}`));
  throw new CountersignError("usage", `there is no key "${printable(typed)}"`, {
    fix: below.length > 0 ? `Did you mean ${below.join(", ")}?` : "docs/config.md lists all keys.",
  });
}

interface ReadFrom {
  readonly path: string;
  readonly layout: Layout;
  readonly overrides: readonly ConfigOverride[];
}

type Options = Where & { readonly set?: readonly string[] | undefined };

async function place(world: World, options: Options): Promise<ReadFrom> {
  const layout = await findState(world, options);
  return { layout, path: configPath(world, layout, options), overrides: overridesOf(world, options.set) };
}

async function load(world: World, options: Options): Promise<{ path: string; setup: Setup }> {
  const { layout, path, overrides } = await place(world, options);
  return {
    path,
    setup: loadSetup(layout, world.root, path, overrides, world.now(), knownRepository(layout)),
  };
}
