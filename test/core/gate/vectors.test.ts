// The committed vector files: what they cover, that they are what their writer writes, and that the engine agrees with each line.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { CountersignError } from "../../../src/core/base/failure.ts";
import { checkVector } from "../../../src/core/gate/vectors.ts";
import { FOLDER, files } from "./written/files.ts";

type Line = Readonly<Record<string, unknown>> & { readonly id: string; readonly kind: string };

const names = readdirSync(FOLDER).sort();
const lines = new Map(
  names.map((name) => {
    const text = readFileSync(join(FOLDER, name), "utf8");
    return [
      name,
      text
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as Line),
    ] as const;
  }),
);

test("the files are what their writer writes: node test/core/gate/written/files.ts", () => {
  const written = files();
  expect(names).toEqual([...written.keys()].sort());
  for (const name of names)
    expect(readFileSync(join(FOLDER, name), "utf8") === written.get(name), name).toBe(true);
});

test("ids are unique, and there are more than enough of every kind", () => {
  const every = [...lines.values()].flat();
  expect(new Set(every.map(({ id }) => id)).size).toBe(every.length);
  const count = (kind: string): number => every.filter((line) => line.kind === kind).length;
  expect(count("compare")).toBeGreaterThan(2000);
  expect(count("condition")).toBeGreaterThan(1500);
  expect(count("tree")).toBeGreaterThan(600);
  expect(count("decision")).toBeGreaterThan(35);
  expect(count("value")).toBeGreaterThan(80);
});

describe("the engine agrees with every line of", () => {
  test.each(names)("%s", (name) => {
    const results = (lines.get(name) ?? []).map(checkVector);
    expect(results.length).toBeGreaterThan(30);
    expect(results.filter(({ ok }) => !ok)).toEqual([]);
  });
});

/** A line that holds, and the same line saying something else. */
const turned: readonly (readonly [string, Line, Readonly<Record<string, unknown>>])[] = [
  [
    "a state",
    { id: "a", kind: "compare", comparator: "equals", value: "10", expected: "1e1", state: "true" },
    { state: "false" },
  ],
  [
    "an unknown",
    { id: "a", kind: "compare", comparator: "less_than", value: '"a"', expected: "1", state: "unknown" },
    { state: "false" },
  ],
  ["a canonical text", { id: "a", kind: "value", text: "1.0", canonical: "1" }, { canonical: "1.0" }],
  ["no value", { id: "a", kind: "value", text: "01", canonical: null }, { canonical: "1" }],
  [
    "the state of a tree",
    {
      id: "a",
      kind: "tree",
      logic: "kleene",
      require: { any: ["x", "y"] },
      states: { x: "true", y: "unknown" },
      state: "true",
      blamed: null,
    },
    { logic: "bochvar" },
  ],
  [
    "who is to blame",
    { id: "a", kind: "tree", logic: "kleene", require: "x", states: {}, state: "unknown", blamed: "x" },
    { blamed: null },
  ],
  [
    "a reason",
    {
      id: "a",
      kind: "condition",
      condition: { comparator: "exists" },
      evidence: { lane: "asserted" },
      state: "unknown",
      reason: "trust_lane",
    },
    { reason: "anchor_invalid" },
  ],
  [
    "a detail",
    {
      id: "a",
      kind: "condition",
      condition: { comparator: "exists" },
      evidence: { error: "env_blocked" },
      state: "unknown",
      reason: "provider_error",
      detail: "env_blocked",
    },
    { detail: "env_unset" },
  ],
  [
    "a lane",
    {
      id: "a",
      kind: "condition",
      condition: { comparator: "exists" },
      state: "unknown",
      reason: "evidence_missing",
    },
    { min_lane: "asserted" },
  ],
  [
    "a decision",
    {
      id: "a",
      kind: "decision",
      requires: [],
      established: [],
      allowed: false,
      reason: "gate_empty",
      where: null,
    },
    { allowed: true, reason: null },
  ],
];

describe("a line that says otherwise does not pass", () => {
  test.each(turned)("%s", (_, line, other) => {
    expect(checkVector(line)).toMatchObject({ id: "a", ok: true });
    const result = checkVector({ ...line, ...other });
    expect(result.ok).toBe(false);
    expect(result.expected).not.toBe(result.got);
  });
});

test("a line that is no vector is an error and no pass", () => {
  const line = { id: "a", kind: "compare", comparator: "equals", value: "1", expected: "1", state: "true" };
  expect(checkVector(line).ok).toBe(true);
  expect(() => checkVector({ ...line, expectd: "1" })).toThrow(CountersignError);
  expect(() => checkVector(undefined)).toThrow(CountersignError);
});
