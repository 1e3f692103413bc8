// Which of the preset's conditions a file asks otherwise: a gate's tree still reads like the preset's then, and is not it.
import { leavesOf } from "../gate/requirement.ts";
import type { Config } from "./schema.ts";
import { type ConditionEntry, gateNames } from "./schema-gates.ts";

/** Ids of the conditions of `preset` that a gate of `config` names and that `config` asks otherwise. */
export function replaced(preset: Config, { conditions, gates }: Config): readonly string[] {
  const used = new Set(
    gateNames.flatMap((name) => (gates[name] === undefined ? [] : leavesOf(gates[name].require))),
  );
  return preset.conditions
    .filter((was) => {
      const is = conditions.find(({ id }) => id === was.id);
      return used.has(was.id) && is !== undefined && asked(is) !== asked(was);
    })
    .map(({ id }) => id);
}

/** All of it but the words about it and the order of the parameters. */
function asked({ query, ...rest }: ConditionEntry): string {
  const params = Object.entries(query).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify({ ...rest, about: undefined, params });
}
