// Where a fault is written: in the file, under an environment variable or flag, in the principals file, or in the preset.
import type { z } from "zod";
import type { ConfigFault, RuleFault } from "./fault.ts";
import { idOf } from "./layers.ts";
import { exactLineOf, lineOf } from "./lines.ts";
import type { ConfigOverride } from "./overrides.ts";
import type { Table } from "./tables.ts";

export interface Places {
  readonly fileText: string;
  /** The file's own table: which condition of which id stands where. */
  readonly own: Table;
  readonly over: ReadonlyMap<string, ConfigOverride>;
  /** The principals file. */
  readonly more: { readonly text: string; readonly place: string };
  /** How many principals stand before those of the principals file. */
  readonly written: number;
}

/** Where a rule's key is written; when it is not, where its cause is; else its table, or the line that names the preset. */
export function located({ key, because, message, fix }: RuleFault, places: Places): ConfigFault {
  const { fileText, more, written, over, own } = places;
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
    const line = lineOfRule(fileText, name, own);
    if (line > 0) return { key, line, message, fix };
  }
  return { key, line: lineOf(fileText, key) || lineOf(fileText, "preset"), message, fix };
}

/** Entries of lists are looked for up to their table; anything else has to be written itself. */
function lineOfRule(text: string, key: string, own: Table): number {
  const [list, id = "", ...leaf] = key.split(".");
  if (list === "principals" && /^\d+$/.test(id)) return lineOf(text, key);
  if (list !== "conditions" || id === "") return exactLineOf(text, key);
  const index = conditionIds(own).lastIndexOf(id);
  return index === -1 ? 0 : lineOf(text, ["conditions", index, ...leaf].join("."));
}

/** The faults of one zod issue. `own`: what was read, so that conditions are named by their ids. */
export function issueFaults(
  issue: z.core.$ZodIssue,
  text: string,
  own: Table,
  place?: string,
): readonly ConfigFault[] {
  const path = issue.path.map(String);
  const where = place === undefined ? {} : { place };
  const unknown = issue.code === "unrecognized_keys" ? issue.keys : [];
  if (unknown.length > 0)
    return unknown.slice(0, MAX_UNKNOWN).map((name) => ({
      key: shownKey([...path, name], own),
      line: lineOf(text, [...path, name].join(".")),
      ...where,
      message: "is not a known key",
      fix: "Remove it or correct its spelling; docs/config.md lists all keys.",
    }));
  return [
    {
      key: shownKey(path, own),
      line: lineOf(text, path.join(".")),
      ...where,
      message: issue.message,
      fix: "docs/config.md gives the type and bounds of this key.",
    },
  ];
}

const MAX_UNKNOWN = 100;

function shownKey(path: readonly string[], own: Table): string {
  const [list, index, ...leaf] = path;
  const id = list === "conditions" && index !== undefined ? conditionIds(own)[Number(index)] : undefined;
  return id === undefined ? path.join(".") : ["conditions", id, ...leaf].join(".");
}

function conditionIds(own: Table): readonly (string | undefined)[] {
  const list = own["conditions"];
  return Array.isArray(list) ? list.map(idOf) : [];
}
