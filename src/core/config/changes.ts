// What differs between two configurations, key by key, and whether it makes the gate stricter or weaker.
import { type ConfigKey, configKeys } from "./keys.ts";
import { covered } from "./reference.ts";
import type { Config } from "./schema.ts";
import { type Direction, direction } from "./strictness.ts";
import { valueAt } from "./tables.ts";

export interface Change {
  readonly key: ConfigKey;
  /** Values as they may be printed and logged: a literal secret is covered. */
  readonly before: unknown;
  readonly after: unknown;
  readonly direction: Exclude<Direction, "same">;
}

/** Every key that has another value, in the order of the schema. */
export function changes(before: Config, after: Config): readonly Change[] {
  const [shownBefore, shownAfter] = [covered(before), covered(after)];
  return configKeys.flatMap((key): Change[] => {
    const way = direction(key, valueAt(before, key), valueAt(after, key));
    if (way === "same") return [];
    return [{ key, before: valueAt(shownBefore, key), after: valueAt(shownAfter, key), direction: way }];
  });
}
