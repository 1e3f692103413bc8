// Hunks out of two texts: they lead from one to the other, with three lines of context, and their cost is bounded.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { applyHunks } from "../../../src/core/proposal/apply.ts";
import { hunksBetween } from "../../../src/core/proposal/rediff.ts";
import { editsOf, textOf } from "../../support/diff-samples.ts";

const count = (n: number, from = 0): string =>
  Array.from({ length: n }, (_, i) => `line ${from + i}\n`).join("");

test("texts further apart than the limit have no hunks, and one at the limit has", () => {
  expect(hunksBetween("", count(10), 9)).toBeUndefined();
  expect(hunksBetween("", count(10), 10)).toHaveLength(1);
  expect(hunksBetween(count(5), count(5, 100), 9)).toBeUndefined();
  expect(hunksBetween(count(5), count(5, 100), 10)).toHaveLength(1);
});

test("two unrelated large texts are given up soon", () => {
  expect(hunksBetween(count(50_000), count(50_000, 90_000), 2000)).toBeUndefined();
});

describe("shape", () => {
  const lines = count(30).split("\n").slice(0, -1);
  const without = (...gone: readonly number[]): string =>
    lines.filter((_, i) => !gone.includes(i)).join("\n") + "\n";

  test("three lines of context, fewer only at the ends of the file", () => {
    const ranges = (to: string): unknown =>
      hunksBetween(count(30), to, 99)?.map(({ oldStart, oldLines, newStart, newLines }) => [
        oldStart,
        oldLines,
        newStart,
        newLines,
      ]);
    expect(ranges(without(10))).toEqual([[8, 7, 8, 6]]);
    expect(ranges(without(0))).toEqual([[1, 4, 1, 3]]);
    expect(ranges(without(29))).toEqual([[27, 4, 27, 3]]);
    expect(ranges(without(10, 20))).toEqual([
      [8, 7, 8, 6],
      [18, 7, 17, 6],
    ]);
  });

  test("six lines apart is one hunk, seven are two, as git does", () => {
    expect(hunksBetween(count(30), without(10, 17), 99)).toHaveLength(1);
    expect(hunksBetween(count(30), without(10, 18), 99)).toHaveLength(2);
  });

  test("a side without lines names the line before it", () => {
    expect(hunksBetween("", "a\n", 9)).toMatchObject([
      { oldStart: 0, oldLines: 0, newStart: 1, newLines: 1 },
    ]);
    expect(hunksBetween("a\n", "", 9)).toMatchObject([
      { oldStart: 1, oldLines: 1, newStart: 0, newLines: 0 },
    ]);
  });

  test("removals come before additions", () => {
    const kinds = hunksBetween("a\nb\nc\n", "x\ny\nz\n", 9)?.map((hunk) =>
      hunk.lines.map(({ kind }) => kind).join(""),
    );
    expect(kinds).toEqual(["---+++"]);
  });

  test("equal texts have none", () => {
    expect(hunksBetween("a\nb", "a\nb", 0)).toEqual([]);
  });
});

test("the hunks lead from the one text to the other", () => {
  fc.assert(
    fc.property(
      textOf(true).chain((text) => fc.tuple(fc.constant(text), fc.oneof(editsOf(text, true), textOf(true)))),
      ([before, after]) => {
        const hunks = hunksBetween(before, after, 10_000) ?? [];
        expect(applyHunks(before, hunks, "f")).toEqual({ ok: true, value: after });
      },
    ),
    { numRuns: 500 },
  );
});
