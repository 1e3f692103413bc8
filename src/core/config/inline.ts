// Conditions and trees in one line of TOML, as an operator would write them: for listings and for what changed.
import { checkOf, type ConditionEntry, type GateEntry } from "./schema-gates.ts";
import type { Table } from "./tables.ts";

/** A value as TOML writes it in one line; a table as an inline table, a key in quotes where it has to be. */
function inline(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (Array.isArray(value)) return value.length === 0 ? "[]" : `[${value.map(inline).join(", ")}]`;
  if (typeof value === "object" && value !== null) return inlineTable(value as Table);
  return String(value);
}

function inlineTable(table: Table): string {
  const words = Object.entries(table).map(([key, value]) => `${keyText(key)} = ${inline(value)}`);
  return words.length === 0 ? "{}" : `{ ${words.join(", ")} }`;
}

function keyText(key: string): string {
  return /^[A-Za-z0-9_-]+$/.test(key) ? key : JSON.stringify(key);
}

/** A gate of the policy: its tree, and its lane where it raises it. */
export function gateText({ require, min_lane: lane }: GateEntry): string {
  return lane === undefined ? inline(require) : `${inline(require)}, min_lane ${lane}`;
}

/** A condition of the policy: who is asked what, and how the answer is compared. */
export function conditionText(entry: ConditionEntry): string {
  const { check: _check, ...params } = entry.query;
  const asked = Object.keys(params).length === 0 ? "" : `(${inline(params).slice(2, -2)})`;
  const value = entry.expected_json ?? (entry.expected === undefined ? "" : inline(entry.expected));
  const words = [`${entry.provider} ${checkOf(entry)}${asked}`, entry.comparator, value];
  const lane = entry.min_lane === undefined ? "" : `, min_lane ${entry.min_lane}`;
  return `${words.filter((word) => word !== "").join(" ")}${lane}`;
}
