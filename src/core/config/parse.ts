// From TOML text to a checked configuration: preset, file, environment, flags; all faults at once, each with its place.
import { z } from "zod";
import type { ConfigFault, RuleFault } from "./fault.ts";
import { exactLineOf, lineOf } from "./lines.ts";
import { type ConfigOverride, readOverrides } from "./overrides.ts";
import { ruleFaults } from "./rules.ts";
import { type Config, configSchema, fileSchema, type PresetName, presetNames } from "./schema.ts";
import { type PrincipalEntry, principal } from "./schema-doors.ts";
import { leafKeys, merged, readTable, type Table, valueAt, without } from "./tables.ts";

export type Origin = "preset" | "file" | ConfigOverride["origin"];

export interface LoadedConfig {
  /** With the principals of `auth.principals_file` behind those of the file. */
  readonly config: Config;
  readonly preset: PresetName;
  /** Origin of every leaf key, by dotted name. */
  readonly origins: ReadonlyMap<string, Origin>;
}

export type ConfigResult =
  | { readonly ok: true; readonly loaded: LoadedConfig }
  | { readonly ok: false; readonly faults: readonly ConfigFault[] };

/** Text of the file that `auth.principals_file` names, and its place for messages; or why it cannot be read. */
export type PrincipalsText =
  | { readonly text: string; readonly place: string }
  | { readonly why: string; readonly place: string };

/** Largest configuration file, in bytes. */
export const MAX_CONFIG_BYTES = 1_048_576;

/**
 * Merge preset < file < environment < flags. `presetText` hands out the text of a preset, `principalsText` that of the
 * principals file. A file without `preset` or with an unknown key is at fault: a typo must not quietly leave a gate open.
 */
export function parseConfig(
  fileText: string,
  presetText: (name: PresetName) => string,
  overrides: readonly ConfigOverride[] = [],
  principalsText: (path: string) => PrincipalsText = unread,
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
  const table = merged(merged(preset.table, own.table), over.table);
  const whole = configSchema.safeParse(table);
  if (!whole.success)
    return {
      ok: false,
      faults: [...faults, ...whole.error.issues.flatMap((issue) => faultsOf(issue, fileText))],
    };
  // A path that is wrong by itself is not followed.
  const mayRead = !ruleFaults(whole.data, name).some(({ key }) => key === "auth.principals_file");
  const more = readPrincipals(mayRead ? whole.data.auth.principals_file : "", principalsText);
  const config = { ...whole.data, principals: [...whole.data.principals, ...more.principals] };
  const places = { fileText, over: over.given, more, written: whole.data.principals.length };
  const rules = ruleFaults(config, name).filter((rule) => !isConsequence(rule, faults));
  const all = [...faults, ...more.faults, ...rules.map((rule) => located(rule, places))];
  if (all.length > 0) return { ok: false, faults: all };
  const origins = new Map<string, Origin>();
  for (const key of leafKeys(table)) {
    const inFile = valueAt(own.table, key) !== undefined;
    origins.set(key, over.given.get(key)?.origin ?? (inFile ? "file" : "preset"));
  }
  return { ok: true, loaded: { config, preset: name, origins } };
}

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
  const issues = checked.success ? [] : checked.error.issues;
  let rest = without(table, ["preset"]);
  for (const issue of issues) {
    const paths =
      issue.code === "unrecognized_keys" ? issue.keys.map((key) => [...issue.path, key]) : [issue.path];
    for (const path of paths) rest = without(rest, path);
    // Half a list of callers would be judged as if it were the whole one.
    if (issue.path[0] === "principals") rest = { ...rest, principals: [] };
  }
  return { table: rest, faults: issues.flatMap((issue) => faultsOf(issue, text)) };
}

function faultsOf(issue: z.core.$ZodIssue, text: string, place?: string): readonly ConfigFault[] {
  const path = issue.path.map(String);
  const where = place === undefined ? {} : { place };
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((unknown) => {
      const key = [...path, unknown].join(".");
      return {
        key,
        line: lineOf(text, key),
        ...where,
        message: "is not a known key",
        fix: "Remove it or correct its spelling; docs/config.md lists all keys.",
      };
    });
  }
  const key = path.join(".");
  return [
    {
      key,
      line: lineOf(text, key),
      ...where,
      message: issue.message,
      fix: "docs/config.md gives the type and bounds of this key.",
    },
  ];
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
  return { ...none, faults: parsed.error.issues.flatMap((issue) => faultsOf(issue, read.text, read.place)) };
}

function unread(path: string): PrincipalsText {
  return { why: "cannot be read here", place: path };
}

interface PlacesOfKeys {
  readonly fileText: string;
  readonly over: ReadonlyMap<string, ConfigOverride>;
  readonly more: Principals;
  /** How many principals stand before those of the principals file. */
  readonly written: number;
}

/** Where a rule's key is written; when it is not, where its cause is; else its table, or the line that names the preset. */
function located({ key, because, message, fix }: RuleFault, places: PlacesOfKeys): ConfigFault {
  const { fileText, more, written, over } = places;
  const index = /^principals\.(\d+)\./.exec(key)?.[1];
  if (index !== undefined && Number(index) >= written) {
    const there = key.replace(/^principals\.\d+/, `principals.${Number(index) - written}`);
    return { key: there, line: lineOf(more.text, there), place: more.place, message, fix };
  }
  for (const name of [key, ...(because === undefined ? [] : [because])]) {
    const given = [...over.values()].find(
      (override) => name === override.key || name.startsWith(`${override.key}.`),
    );
    if (given !== undefined) return { key, line: 0, place: given.name, message, fix };
    const line = index === undefined ? exactLineOf(fileText, name) : lineOf(fileText, name);
    if (line > 0) return { key, line, message, fix };
  }
  return { key, line: lineOf(fileText, key) || lineOf(fileText, "preset"), message, fix };
}
