// A secret is masked wherever it stands again, however many there are; who makes that too dear is not answered at all.
import { expect, test } from "vitest";
import { echoes } from "../../../src/core/secrets/echoes.ts";

const value = (at: number): string => `xK9mQ2vL8pR4${String(at).padStart(4, "0")}`;

test("the last of many values is found again as the first is", () => {
  const values = Array.from({ length: 200 }, (_, at) => value(at));
  const text = `${values.join("\n")}\nsee ${value(0)} and ${value(199)}\n`;
  const hits = values.map((one) => ({
    rule: "r",
    start: text.indexOf(one),
    end: text.indexOf(one) + one.length,
  }));
  const last = echoes(text, hits)?.slice(-2);
  expect(last?.map(({ start, end }) => text.slice(start, end))).toEqual([value(0), value(199)]);
});

test("short values are no echoes", () => {
  expect(echoes("abc abc", [{ rule: "r", start: 0, end: 3 }])).toEqual([]);
});

test("many lengths that begin alike are given up on, soon", () => {
  const text = "a".repeat(2_000_000);
  const hits = Array.from({ length: 1500 }, (_, at) => ({ rule: "r", start: 0, end: 8 + at }));
  expect(echoes(text, hits)).toBeUndefined();
});
