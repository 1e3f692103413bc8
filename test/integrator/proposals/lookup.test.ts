// Finding a patch by what a person types: whole, unique beginnings only, never a guess.
import { describe, expect, test } from "vitest";
import type { PatchId } from "../../../src/core/base/ids.ts";
import { resolveId } from "../../../src/integrator/proposals/lookup.ts";

const a = "aaaaaaaa-0000-4000-8000-000000000001" as PatchId;
const twin = "aaaaaaaa-0000-4000-8000-000000000002" as PatchId;
const b = "bbbbbbbb-0000-4000-8000-000000000001" as PatchId;

describe("refused", () => {
  test.each([
    "",
    "bbbbbbb",
    "aaaaaaaa",
    "cccccccc",
    "bbbbbbbb*",
    "../../../etc",
    "bbbbbbbb-0000-4000-8000-0000000000011",
    "\u001b[2J\u001b[2J",
  ])("%j", (typed) => {
    expect(() => resolveId(typed, [a, twin, b])).toThrow(expect.objectContaining({ code: "usage" }));
  });

  test("without repeating what a terminal would obey", () => {
    expect(() => resolveId("\u001b[2J", [])).toThrow("\\u{1b}");
  });
});

test.each([
  ["bbbbbbbb", b],
  ["BBBBBBBB-0", b],
  ["aaaaaaaa-0000-4000-8000-000000000002", twin],
  ["countersign/patch-bbbbbbbb", b],
  ["refs/heads/countersign/patch-bbbbbbbb", b],
  ["cccccccc-0000-4000-8000-000000000001", "cccccccc-0000-4000-8000-000000000001"],
])("%s", (typed, id) => {
  expect(resolveId(typed, [a, twin, b, b])).toBe(id);
});
