// Tables laid over one another: nothing of a replaced list is left, and no key becomes more than a key.
import { expect, test } from "vitest";
import { leafKeys, merged, readTable, tableOf, valueAt, without } from "../../../src/core/config/tables.ts";

test("tables are merged, lists replaced", () => {
  expect(merged({ a: { b: 1, c: [1, 2] }, d: 1 }, { a: { c: [3] }, e: 2 })).toEqual({
    a: { b: 1, c: [3] },
    d: 1,
    e: 2,
  });
  expect(merged({ a: 1 }, { a: { b: 1 } })).toEqual({ a: { b: 1 } });
});

test("a key named __proto__ stays a key, however it gets in", () => {
  const read = readTable("[__proto__]\npolluted = 1");
  if (!read.ok) throw new Error("no TOML");
  for (const table of [merged({}, read.table), merged(read.table, {}), tableOf("__proto__.polluted", 1)]) {
    expect(Object.hasOwn(table, "__proto__")).toBe(true);
    expect(Object.getPrototypeOf(table)).toBe(Object.prototype);
  }
  expect({}).not.toHaveProperty("polluted");
  expect(valueAt({}, "constructor.name")).toBeUndefined();
  expect(without(read.table, ["__proto__"])).toEqual({});
});

test.each<[readonly (string | number)[], unknown]>([
  [["a", "b"], { a: { c: [1] }, d: 1 }],
  [["a"], { d: 1 }],
  [["a", "c", 0], { a: { b: 1 }, d: 1 }],
  [["d", "x"], { a: { b: 1, c: [1] } }],
  [["none"], { a: { b: 1, c: [1] }, d: 1 }],
])("without %j", (path, left) => {
  expect(without({ a: { b: 1, c: [1] }, d: 1 }, path)).toEqual(left);
});

test("leaves are values, lists and dates", () => {
  expect(leafKeys({ a: { b: { c: 1 } }, d: [], e: new Date(0) })).toEqual(["a.b.c", "d", "e"]);
});
