// One run of a query: the document, and the work that is left.
import type { Value } from "../gate/value.ts";
import type { Query } from "./query.ts";

export interface Walk {
  readonly root: Value;
  /** Take so many steps of the work that is left. Throws WorkError when there are not as many. */
  spend(steps: number): void;
  /** The nodes of `query`; `current` is what `@` stands for. */
  select(query: Query, current: Value): readonly Value[];
}

export class WorkError extends Error {
  constructor(maxSteps: number) {
    super(`the query takes more than ${maxSteps} steps`);
    this.name = "WorkError";
  }
}

export function walkOver(
  root: Value,
  maxSteps: number,
  follow: (query: Query, current: Value, walk: Walk) => readonly Value[],
): Walk {
  let left = maxSteps;
  const walk: Walk = {
    root,
    spend(steps) {
      left -= steps;
      if (left < 0) throw new WorkError(maxSteps);
    },
    select: (query, current) => follow(query, current, walk),
  };
  return walk;
}
