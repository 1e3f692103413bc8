// TOML tables as values: reading, laying one over another, and taking out what was found at fault.
import { parse, TomlError } from "smol-toml";
import type { ConfigFault } from "./fault.ts";

export type Table = Readonly<Record<string, unknown>>;

export type ReadTable =
  | { readonly ok: true; readonly table: Table }
  | { readonly ok: false; readonly fault: ConfigFault };

/** Deepest nesting that any reader after us has to follow; requirement trees of 32 levels take two each. */
const MAX_DEPTH = 100;

export function readTable(text: string): ReadTable {
  try {
    const table = parse(text, { maxDepth: MAX_DEPTH });
    return isDeeper(table, MAX_DEPTH) ? { ok: false, fault: tooDeep } : { ok: true, table };
  } catch (cause) {
    const line = cause instanceof TomlError ? cause.line : 0;
    const message = cause instanceof Error ? (cause.message.split("\n")[0] ?? "") : "";
    return {
      ok: false,
      fault: {
        key: "",
        line,
        message: message || "is not TOML",
        fix: "Correct the TOML syntax at this line.",
      },
    };
  }
}

const tooDeep: ConfigFault = {
  key: "",
  line: 0,
  message: `is nested deeper than ${MAX_DEPTH} levels`,
  fix: "Write it flatter; no key of the configuration is that deep.",
};

/** Dotted keys and headers nest without brackets, so the parser does not count them. Without recursion. */
function isDeeper(table: Table, levels: number): boolean {
  let level: readonly unknown[] = [table];
  for (let depth = 0; depth <= levels; depth++) {
    if (level.length === 0) return false;
    level = level.flatMap((node): readonly unknown[] =>
      typeof node === "object" && node !== null ? Object.values(node) : [],
    );
  }
  return level.length > 0;
}

/** `over` wins, key by key; a list replaces a list. A key like `__proto__` stays a key. */
export function merged(base: Table, over: Table): Table {
  const names = new Set([...Object.keys(base), ...Object.keys(over)]);
  const entries = [...names].map((name): [string, unknown] => {
    if (!Object.hasOwn(over, name)) return [name, base[name]];
    const value = over[name];
    const below = Object.hasOwn(base, name) ? base[name] : undefined;
    return [name, isTable(value) && isTable(below) ? merged(below, value) : value];
  });
  return Object.fromEntries(entries);
}

/** `table` without what stands at `path`; a path into a list takes the whole list out. */
export function without(table: Table, path: readonly PropertyKey[]): Table {
  const [first, ...rest] = path.map(String);
  if (first === undefined) return table;
  const entries = Object.entries(table).flatMap(([name, value]): [string, unknown][] => {
    if (name !== first) return [[name, value]];
    return rest.length > 0 && isTable(value) ? [[name, without(value, rest)]] : [];
  });
  return Object.fromEntries(entries);
}

/** `table` without those keys of the table at `path`, in one go. */
export function withoutKeys(table: Table, path: readonly PropertyKey[], names: ReadonlySet<string>): Table {
  const [first, ...rest] = path.map(String);
  const entries = Object.entries(table).flatMap(([name, value]): [string, unknown][] => {
    if (first === undefined) return names.has(name) ? [] : [[name, value]];
    if (name !== first) return [[name, value]];
    return isTable(value) ? [[name, withoutKeys(value, rest, names)]] : [];
  });
  return Object.fromEntries(entries);
}

/** A table that holds `value` under a dotted key, and nothing else. */
export function tableOf(key: string, value: unknown): Table {
  return Object.fromEntries([
    [key.split(".")[0] ?? "", key.includes(".") ? tableOf(key.slice(key.indexOf(".") + 1), value) : value],
  ]);
}

export function leafKeys(table: Table, prefix = ""): readonly string[] {
  return Object.entries(table).flatMap(([key, value]) =>
    isTable(value) ? leafKeys(value, `${prefix}${key}.`) : [`${prefix}${key}`],
  );
}

/** The value under a dotted key; undefined when there is none. */
export function valueAt(table: unknown, key: string): unknown {
  let value = table;
  for (const name of key.split(".")) {
    if (!isTable(value) || !Object.hasOwn(value, name)) return undefined;
    value = value[name];
  }
  return value;
}

function isTable(value: unknown): value is Table {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}
