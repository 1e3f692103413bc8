// From TOML text to a checked configuration: preset, then file, all faults at once, each with key, line and fix.
import { parse, TomlError } from "smol-toml";
import type { z } from "zod";
import { type Config, configSchema, fileSchema, type PresetName } from "./schema.ts";

export interface ConfigFault {
  /** Dotted key, or "" for the file as a whole. */
  readonly key: string;
  /** Line in the file, or 0 when there is none. */
  readonly line: number;
  readonly message: string;
  readonly fix: string;
}

export type Origin = "preset" | "file";

export interface LoadedConfig {
  readonly config: Config;
  readonly preset: PresetName;
  /** Origin of every leaf key, by dotted name. */
  readonly origins: ReadonlyMap<string, Origin>;
}

export type ConfigResult =
  | { readonly ok: true; readonly loaded: LoadedConfig }
  | { readonly ok: false; readonly faults: readonly ConfigFault[] };

type Table = Record<string, unknown>;

/** Largest configuration file, in bytes. */
export const MAX_CONFIG_BYTES = 1_048_576;

/**
 * Merge `fileText` over the preset it names. `presetText` hands out the text of a preset. A file without `preset` or
 * with an unknown key is at fault: a typo must not quietly leave a gate open.
 */
export function parseConfig(fileText: string, presetText: (name: PresetName) => string): ConfigResult {
  const file = readTable(fileText);
  if (!file.ok) return file;
  const checked = fileSchema.safeParse(file.table);
  if (!checked.success)
    return { ok: false, faults: checked.error.issues.flatMap((issue) => faultsOf(issue, fileText)) };
  const preset = readTable(presetText(checked.data.preset));
  if (!preset.ok) return preset;
  const { preset: name, ...overrides } = file.table;
  const merged = merge(preset.table, overrides);
  const whole = configSchema.safeParse(merged);
  if (!whole.success)
    return { ok: false, faults: whole.error.issues.flatMap((issue) => faultsOf(issue, fileText)) };
  const origins = new Map<string, Origin>();
  for (const key of leafKeys(merged)) origins.set(key, hasKey(overrides, key) ? "file" : "preset");
  return (
    crossCheck(whole.data, fileText) ?? {
      ok: true,
      loaded: { config: whole.data, preset: name as PresetName, origins },
    }
  );
}

function crossCheck(config: Config, text: string): ConfigResult | undefined {
  if (config.proposal.rationale_min <= config.proposal.rationale_max) return undefined;
  const key = "proposal.rationale_min";
  return {
    ok: false,
    faults: [
      {
        key,
        line: lineOf(text, key),
        message: "is larger than proposal.rationale_max",
        fix: "Lower it, or raise rationale_max.",
      },
    ],
  };
}

function readTable(text: string): { ok: true; table: Table } | { ok: false; faults: readonly ConfigFault[] } {
  try {
    return { ok: true, table: parse(text) };
  } catch (cause) {
    const line = cause instanceof TomlError ? cause.line : 0;
    const message = cause instanceof Error ? (cause.message.split("\n")[0] ?? "") : "";
    return {
      ok: false,
      faults: [
        { key: "", line, message: message || "is not TOML", fix: "Correct the TOML syntax at this line." },
      ],
    };
  }
}

function faultsOf(issue: z.core.$ZodIssue, text: string): readonly ConfigFault[] {
  const path = issue.path.map(String);
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((unknown) => {
      const key = [...path, unknown].join(".");
      return {
        key,
        line: lineOf(text, key),
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
      message: issue.message,
      fix: "docs/config.md gives the type and bounds of this key.",
    },
  ];
}

/** Line on which a dotted key (or its nearest table) is written, for messages only; 0 when it is not in the text. */
export function lineOf(text: string, key: string): number {
  const names = key.split(".").filter((name) => !/^\d+$/.test(name));
  let table = "";
  let nearest = 0;
  for (const [index, line] of text.split("\n").entries()) {
    const header = /^\s*\[+\s*([^\]]+?)\s*\]+/.exec(line);
    if (header?.[1] !== undefined) {
      table = header[1].replaceAll(/["'\s]/g, "");
      if (names.join(".") === table || names.join(".").startsWith(`${table}.`)) nearest = index + 1;
      continue;
    }
    const assigned = /^\s*([A-Za-z0-9_."'-]+)\s*=/.exec(line)?.[1]?.replaceAll(/["']/g, "");
    if (assigned === undefined) continue;
    const full = table === "" ? assigned : `${table}.${assigned}`;
    if (full === names.join(".")) return index + 1;
  }
  return nearest;
}

function merge(base: Table, over: Table): Table {
  const result: Table = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const below = result[key];
    result[key] = isTable(value) && isTable(below) ? merge(below, value) : value;
  }
  return result;
}

function leafKeys(table: Table, prefix = ""): readonly string[] {
  return Object.entries(table).flatMap(([key, value]) =>
    isTable(value) ? leafKeys(value, `${prefix}${key}.`) : [`${prefix}${key}`],
  );
}

function hasKey(table: Table, key: string): boolean {
  let value: unknown = table;
  for (const name of key.split(".")) {
    if (!isTable(value) || !Object.hasOwn(value, name)) return false;
    value = value[name];
  }
  return true;
}

function isTable(value: unknown): value is Table {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}
