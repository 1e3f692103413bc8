// From TOML text to a checked configuration: preset, file, environment, flags; all faults at once, each with its place.
import { z } from "zod";
import { compilePolicy } from "../gate/compile.ts";
import type { PolicyGate } from "../gate/condition.ts";
import type { EvidenceSchema } from "../gate/schema.ts";
import type { ConfigFault, RuleFault } from "./fault.ts";
import { idOf, laidOver } from "./layers.ts";
import { issueFaults, located } from "./locate.ts";
import { type ConfigOverride, readOverrides } from "./overrides.ts";
import { ruleFaults } from "./rules.ts";
import { type Config, configSchema, fileSchema, type PresetName, presetNames } from "./schema.ts";
import { type PrincipalEntry, principal } from "./schema-doors.ts";
import type { GateName } from "./schema-gates.ts";
import { leafKeys, readTable, type Table, valueAt, without, withoutKeys } from "./tables.ts";

export type Origin = "preset" | "file" | ConfigOverride["origin"];

export interface LoadedConfig {
  /** With the principals of `auth.principals_file` behind those of the file. */
  readonly config: Config;
  readonly preset: PresetName;
  /** Origin of every leaf key, by dotted name; of conditions and gates one by one, as `conditions.<id>` and `gates.<name>`. */
  readonly origins: ReadonlyMap<string, Origin>;
  /** The policy's gates, compiled. */
  readonly gates: ReadonlyMap<GateName, PolicyGate>;
  /** Registered evidence schemas by name@version. */
  readonly schemas: ReadonlyMap<string, EvidenceSchema>;
}

export type ConfigResult =
  | { readonly ok: true; readonly loaded: LoadedConfig }
  | { readonly ok: false; readonly faults: readonly ConfigFault[] };

/** Text of the file that `auth.principals_file` names, and its place for messages; or why it cannot be read. */
export type PrincipalsText =
  | { readonly text: string; readonly place: string }
  | { readonly why: string; readonly place: string };

/** The registry of evidence schemas, and what is wrong with it. */
export interface ReadSchemas {
  readonly schemas: ReadonlyMap<string, EvidenceSchema>;
  readonly faults: readonly RuleFault[];
}

/** Largest configuration file, in bytes. */
export const MAX_CONFIG_BYTES = 1_048_576;

/**
 * Merge preset < file < environment < flags. `presetText` hands out the text of a preset, `principalsText` that of the
 * principals file, `schemasOf` the registry of evidence schemas. A file without `preset` or with an unknown key is at fault: a typo must not quietly leave a gate open.
 */
export function parseConfig(
  fileText: string,
  presetText: (name: PresetName) => string,
  overrides: readonly ConfigOverride[] = [],
  principalsText: (path: string) => PrincipalsText = unread,
  schemasOf: (config: Config) => ReadSchemas = () => ({ schemas: new Map(), faults: [] }),
): ConfigResult {
  const file = readTable(fileText);
  if (!file.ok) return { ok: false, faults: [file.fault] };
  const own = readOwn(file.table, fileText);
  const over = readOverrides(overrides);
  const faults = [...own.faults, ...over.faults];
  const name = presetNames.find((known) => known === file.table["preset"]);
  if (name === undefined) return { ok: false, faults };
  const preset = readTable(presetText(name));
  if (!preset.ok) return { ok: false, faults: [...faults, preset.fault] };
  const table = laidOver(laidOver(preset.table, own.table), over.table);
  const whole = configSchema.safeParse(table);
  if (!whole.success) return { ok: false, faults: [...faults, ...wholeFaults(whole.error, table, fileText)] };
  // A path that is wrong by itself is not followed.
  const mayRead = !ruleFaults(whole.data, name).some(({ key }) => key === "auth.principals_file");
  const more = readPrincipals(mayRead ? whole.data.auth.principals_file : "", principalsText);
  const config = { ...whole.data, principals: [...whole.data.principals, ...more.principals] };
  const registry = schemasOf(config);
  const policy = compilePolicy(config, registry.schemas);
  // With an entry at fault taken out, gates would seem to name what is not there.
  const partial = faults.some(({ key }) => /^(?:conditions|gates)(?:\.|$)/.test(key));
  const found = [...ruleFaults(config, name), ...registry.faults, ...(partial ? [] : policy.faults)];
  const written = whole.data.principals.length;
  const places = { fileText, own: file.table, over: over.given, more, written };
  const rules = found.filter((rule) => !isConsequence(rule, faults));
  const all = [...faults, ...more.faults, ...rules.map((rule) => located(rule, places))];
  if (all.length > 0) return { ok: false, faults: all };
  const origins = originsOf(table, own.table, over.given);
  const { gates } = policy;
  return { ok: true, loaded: { config, preset: name, origins, gates, schemas: registry.schemas } };
}

/** A preset that is no whole configuration, or one that the file made none. */
function wholeFaults(error: z.ZodError, table: Table, fileText: string): readonly ConfigFault[] {
  return error.issues.slice(0, MAX_ISSUES).flatMap((issue) => issueFaults(issue, fileText, table));
}

function originsOf(
  table: Table,
  own: Table,
  given: ReadonlyMap<string, ConfigOverride>,
): ReadonlyMap<string, Origin> {
  const origins = new Map<string, Origin>();
  const say = (key: string, inFile: boolean): void => {
    origins.set(key, given.get(key)?.origin ?? (inFile ? "file" : "preset"));
  };
  for (const key of leafKeys(table)) if (!key.startsWith("gates.")) say(key, valueAt(own, key) !== undefined);
  for (const key of ["gates", "conditions"] as const) {
    const [all, mine] = [entriesOf(table, key), entriesOf(own, key)];
    for (const name of all) say(`${key}.${name}`, mine.includes(name));
    say(key, mine.length > 0);
  }
  return origins;
}

/** Names of gates, ids of conditions. */
function entriesOf(table: Table, key: "gates" | "conditions"): readonly string[] {
  const value = table[key];
  if (Array.isArray(value)) return value.map(idOf).filter((id) => id !== undefined);
  return typeof value === "object" && value !== null ? Object.keys(value) : [];
}

/** More faults of one file are read by nobody. */
const MAX_ISSUES = 100;

/** The preset that a file names, whatever else is wrong with it; undefined when it names none that exists. */
export function presetOf(fileText: string): PresetName | undefined {
  const file = readTable(fileText);
  return file.ok ? presetNames.find((known) => known === file.table["preset"]) : undefined;
}

/** The file's own keys, without those at fault, so that the rules can be asked about the rest. */
function readOwn(
  table: Table,
  text: string,
): { readonly table: Table; readonly faults: readonly ConfigFault[] } {
  const checked = fileSchema.safeParse(table);
  const issues = checked.success ? [] : checked.error.issues.slice(0, MAX_ISSUES);
  let rest = without(table, ["preset"]);
  for (const issue of issues) {
    rest =
      issue.code === "unrecognized_keys"
        ? withoutKeys(rest, issue.path, new Set(issue.keys))
        : without(rest, issue.path);
    // Half a list of callers would be judged as if it were the whole one; half a tree as if it were a gate.
    if (issue.path[0] === "principals") rest = { ...rest, principals: [] };
    if (issue.path[0] === "gates") rest = without(rest, issue.path.slice(0, 2));
  }
  return { table: rest, faults: issues.flatMap((issue) => issueFaults(issue, text, table)) };
}

/** A key that is wrong by itself, or its cause, has been told already. */
function isConsequence({ key, because }: RuleFault, faults: readonly ConfigFault[]): boolean {
  return faults.some((fault) => fault.key === key || (because !== undefined && fault.key === because));
}

interface Principals {
  readonly principals: readonly PrincipalEntry[];
  readonly faults: readonly ConfigFault[];
  readonly text: string;
  readonly place: string;
}

const principalsSchema = z.strictObject({ principals: z.array(principal).max(256) });

function readPrincipals(path: string, principalsText: (path: string) => PrincipalsText): Principals {
  if (path === "") return { principals: [], faults: [], text: "", place: "" };
  const read = principalsText(path);
  const none = { principals: [], text: "", place: read.place };
  if ("why" in read) {
    const fix = "Make the file, or empty auth.principals_file.";
    return {
      ...none,
      faults: [{ key: "auth.principals_file", line: 0, place: read.place, message: read.why, fix }],
    };
  }
  const file = readTable(read.text);
  if (!file.ok) return { ...none, faults: [{ ...file.fault, place: read.place }] };
  const parsed = principalsSchema.safeParse(file.table);
  if (parsed.success) return { principals: parsed.data.principals, faults: [], ...read };
  return {
    ...none,
    faults: parsed.error.issues
      .slice(0, MAX_ISSUES)
      .flatMap((issue) => issueFaults(issue, read.text, {}, read.place)),
  };
}

function unread(path: string): PrincipalsText {
  return { why: "cannot be read here", place: path };
}
