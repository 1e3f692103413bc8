// Writes the vectors of requirement trees: both logics' whole truth tables, every depth at the limit, and what is no tree.
import type { Line } from "./cells.ts";

type State = "true" | "false" | "unknown";
type Logic = "kleene" | "bochvar";
const LOGICS: readonly Logic[] = ["kleene", "bochvar"];
const STATES: readonly State[] = ["true", "false", "unknown"];
const LETTER = { true: "T", false: "F", unknown: "U" } as const;
const WORD = { T: "true", F: "false", U: "unknown" } as const;
const NAMES = ["a", "b", "c", "d"];

/** The tables of the two logics as they stand in the books; rows T F U, columns T F U. */
const TABLES = {
  all: { kleene: ["TFU", "FFF", "UFU"], bochvar: ["TFU", "FFU", "UUU"] },
  any: { kleene: ["TTT", "TFU", "TUU"], bochvar: ["TTU", "TFU", "UUU"] },
} as const;

function joined(group: "all" | "any", logic: Logic, states: readonly State[]): State {
  const rows = TABLES[group][logic];
  return states.reduce(
    (left, right) => WORD[rows[STATES.indexOf(left)]![STATES.indexOf(right)] as "T" | "F" | "U"],
  );
}

/** With as many true as are asked for: true; when even every unknown could not make up for it: false. In both logics. */
function atLeast(min: number, states: readonly State[]): State {
  const yes = states.filter((state) => state === "true").length;
  const no = states.filter((state) => state === "false").length;
  if (yes >= min) return "true";
  return states.length - no < min ? "false" : "unknown";
}

/** The first that is not true; where every unknown decides, the first unknown. */
function culprit(logic: Logic, states: readonly State[]): string {
  const unknown = logic === "bochvar" ? states.indexOf("unknown") : -1;
  return NAMES[unknown >= 0 ? unknown : states.findIndex((state) => state !== "true")]!;
}

function rows(length: number): readonly (readonly State[])[] {
  if (length === 0) return [[]];
  return rows(length - 1).flatMap((row) => STATES.map((state) => [...row, state]));
}

export function trees(): readonly Line[] {
  const lines: Line[] = [];
  const add = (
    id: string,
    logic: Logic,
    require: unknown,
    states: Readonly<Record<string, State>>,
    state: State,
    blamed: string | null,
  ): number => lines.push({ id: `${logic}/${id}`, kind: "tree", logic, require, states, state, blamed });
  for (const logic of LOGICS) {
    for (const states of [1, 2, 3].flatMap(rows)) {
      const word = states.map((state) => LETTER[state]).join("");
      const of = NAMES.slice(0, states.length);
      const given = Object.fromEntries(of.map((name, at) => [name, states[at]!]));
      for (const group of ["all", "any"] as const) {
        const state = joined(group, logic, states);
        add(
          `${group}-${word}`,
          logic,
          { [group]: of },
          given,
          state,
          state === "true" ? null : culprit(logic, states),
        );
        const turned = { true: "false", false: "true", unknown: "unknown" }[state] as State;
        // What must not be: the first that is not false, or that is unknown where every unknown decides.
        const unknown = logic === "bochvar" ? states.indexOf("unknown") : -1;
        const at = unknown >= 0 ? unknown : states.findIndex((one) => one !== "false");
        add(
          `not-${group}-${word}`,
          logic,
          { not: { [group]: of } },
          given,
          turned,
          turned === "true" ? null : of[at]!,
        );
      }
      for (let min = 1; min <= states.length; min += 1) {
        const state = atLeast(min, states);
        add(
          `at-least-${min}-${word}`,
          logic,
          { at_least: min, of },
          given,
          state,
          state === "true" ? null : culprit(logic, states),
        );
      }
    }
    odd(logic, add);
    depths(logic, add);
  }
  return lines;
}

type Add = (
  id: string,
  logic: Logic,
  require: unknown,
  states: Readonly<Record<string, State>>,
  state: State,
  blamed: string | null,
) => number;

function odd(logic: Logic, add: Add): void {
  const known = { a: "true", b: "true", f: "false" } as const;
  const of = (id: string, require: unknown, state: State, blamed: string | null): number =>
    add(id, logic, require, known, state, blamed);
  of("leaf-true", "a", "true", null);
  of("leaf-false", "f", "false", "f");
  of("leaf-nobody-knows", "nobody", "unknown", "nobody");
  of("leaf-of-an-object", "toString", "unknown", "toString");
  of("not-nobody-knows", { not: "nobody" }, "unknown", "nobody");
  of("not-not", { not: { not: "a" } }, "true", null);
  of("not-true", { not: "a" }, "false", "a");
  of("same-leaf-twice-counts-twice", { at_least: 2, of: ["a", "a", "f"] }, "true", null);
  // Loading refuses these. They are unknown as a whole: nothing opens a gate by being empty.
  const shapes: readonly (readonly [string, unknown])[] = [
    ["empty-all", { all: [] }],
    ["empty-any", { any: [] }],
    ["at-least-0", { at_least: 0, of: ["a"] }],
    ["at-least-1-of-none", { at_least: 1, of: [] }],
    ["at-least-0-of-none", { at_least: 0, of: [] }],
    ["at-least-3-of-2", { at_least: 3, of: ["a", "b"] }],
    ["at-least-minus-1", { at_least: -1, of: ["a"] }],
    ["at-least-half", { at_least: 0.5, of: ["a"] }],
    ["at-least-one-and-a-half", { at_least: 1.5, of: ["a", "b"] }],
  ];
  for (const [id, shape] of shapes) {
    of(id, shape, "unknown", null);
    of(`not-${id}`, { not: shape }, "unknown", null);
    of(`any-true-or-${id}`, { any: ["a", shape] }, "unknown", null);
    of(`any-${id}-or-true`, { any: [shape, "a"] }, "unknown", null);
    of(`all-false-and-${id}`, { all: ["f", shape] }, "unknown", null);
    of(`at-least-1-true-or-${id}`, { at_least: 1, of: ["a", shape] }, "unknown", null);
  }
  of("blames-below-not-any", { all: ["a", { not: { any: ["f", "b"] } }] }, "false", "b");
  of("blames-the-unmet-branch", { all: [{ any: ["f", "a"] }, "nobody"] }, "unknown", "nobody");
}

const WRAPS: Readonly<Record<string, (below: unknown) => unknown>> = {
  all: (below) => ({ all: [below] }),
  any: (below) => ({ any: [below] }),
  not: (below) => ({ not: below }),
  "at-least": (below) => ({ at_least: 1, of: [below] }),
};

/** A leaf below so many nodes stands on that level; the root is 0. 32 is the last that counts. */
function depths(logic: Logic, add: Add): void {
  for (const [name, wrap] of Object.entries(WRAPS)) {
    for (const depth of [31, 32, 33, 34, 64]) {
      let tree: unknown = "a";
      for (let level = 0; level < depth; level += 1) tree = wrap(tree);
      const right = depth <= 32;
      const turned = name === "not" && depth % 2 === 1;
      const state = turned ? "false" : "true";
      add(
        `${name}-${depth}`,
        logic,
        tree,
        { a: "true" },
        right ? state : "unknown",
        right && turned ? "a" : null,
      );
      if (depth < 33) continue;
      add(`any-true-or-${name}-${depth}`, logic, { any: ["a", tree] }, { a: "true" }, "unknown", null);
      add(
        `all-false-and-${name}-${depth}`,
        logic,
        { all: ["f", tree] },
        { a: "true", f: "false" },
        "unknown",
        null,
      );
    }
  }
}
