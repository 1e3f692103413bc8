// Lays what a file says over its preset: key by key, but conditions by id and gates whole, since half a tree means nothing.
import { merged, type Table } from "./tables.ts";

/**
 * `over` wins. A list replaces a list, but a condition only the one of its id: gates of the preset go on meaning what
 * they name. A gate replaces a gate; nothing of the old one stays, its min_lane neither.
 */
export function laidOver(base: Table, over: Table): Table {
  const table = { ...merged(base, over) };
  if (Array.isArray(base["conditions"]) && Array.isArray(over["conditions"]))
    table["conditions"] = byId(base["conditions"], over["conditions"]);
  if (isTable(base["gates"]) && isTable(over["gates"]))
    table["gates"] = { ...base["gates"], ...over["gates"] };
  return table;
}

/** Entries of the preset in their places, then what the file adds. Two of one id in the file both stay, and are a fault. */
function byId(base: readonly unknown[], over: readonly unknown[]): readonly unknown[] {
  const taken = new Set<unknown>();
  const places = base.map((entry) => {
    const own = over.find((other) => idOf(other) !== undefined && idOf(other) === idOf(entry));
    if (own !== undefined) taken.add(own);
    return own ?? entry;
  });
  return [...places, ...over.filter((entry) => !taken.has(entry))];
}

export function idOf(entry: unknown): string | undefined {
  const id = isTable(entry) ? entry["id"] : undefined;
  return typeof id === "string" ? id : undefined;
}

function isTable(value: unknown): value is Table {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
