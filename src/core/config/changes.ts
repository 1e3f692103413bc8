// What differs between two configurations, key by key, and whether it makes the gate stricter or weaker.
import { conditionText, gateText } from "./inline.ts";
import { type ConfigKey, configKeys } from "./keys.ts";
import { covered } from "./reference.ts";
import type { Config } from "./schema.ts";
import { gateNames } from "./schema-gates.ts";
import { type Direction, direction } from "./strictness.ts";
import { gateWay } from "./strictness-gates.ts";
import { valueAt } from "./tables.ts";

export interface Change {
  /** A key of the configuration; of conditions and gates each one by itself. */
  readonly key: ConfigKey | `conditions.${string}` | `gates.${string}`;
  /** Values as they may be printed and logged: a literal secret is covered. Missing: it came, or it went. */
  readonly before: unknown;
  readonly after: unknown;
  readonly direction: Exclude<Direction, "same">;
}

/** Every key that has another value, in the order of the schema. */
export function changes(before: Config, after: Config): readonly Change[] {
  const [shownBefore, shownAfter] = [covered(before), covered(after)];
  return configKeys.flatMap((key): readonly Change[] => {
    if (key === "conditions") return conditionChanges(before, after);
    if (key === "gates") return gateChanges(before, after);
    const way = direction(key, valueAt(before, key), valueAt(after, key));
    if (way === "same") return [];
    return [{ key, before: valueAt(shownBefore, key), after: valueAt(shownAfter, key), direction: way }];
  });
}

/** What a condition asks has no order; which conditions hold a gate stands in its tree. Their sequence says nothing. */
function conditionChanges(before: Config, after: Config): readonly Change[] {
  const [old, next] = [before, after].map(
    ({ conditions }) => new Map(conditions.map((entry) => [entry.id, entry])),
  );
  const ids = new Set([...(old?.keys() ?? []), ...(next?.keys() ?? [])]);
  return [...ids].flatMap((id): readonly Change[] => {
    const [was, is] = [old?.get(id), next?.get(id)];
    if (JSON.stringify(was) === JSON.stringify(is)) return [];
    const [said, says] = [was, is].map((entry) => (entry === undefined ? undefined : conditionText(entry)));
    // Only words about it, or the way it is written.
    const [from, to] = said === says ? [was, is] : [said, says];
    return [{ key: `conditions.${id}`, before: from, after: to, direction: "other" }];
  });
}

function gateChanges(before: Config, after: Config): readonly Change[] {
  return gateNames.flatMap((name): readonly Change[] => {
    const [was, is] = [before.gates[name], after.gates[name]];
    const way = gateWay(was, is);
    if (way === "same") return [];
    const [from, to] = [was, is].map((entry) => (entry === undefined ? undefined : gateText(entry)));
    return [{ key: `gates.${name}`, before: from, after: to, direction: way }];
  });
}
