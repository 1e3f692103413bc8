// Values of TOML that a condition is compared with: what TOML or JavaScript would round is refused, not rounded.
import { describe, expect, test } from "vitest";
import { tomlValueSchema } from "../../../src/core/config/schema-value.ts";
import { readTable } from "../../../src/core/config/tables.ts";

const read = (toml: string): unknown => {
  const file = readTable(`x = ${toml}`);
  if (!file.ok) throw new Error(file.fault.message);
  const value = tomlValueSchema.safeParse(file.table["x"]);
  return value.success ? value.data : value.error.issues[0]?.message;
};

describe("refused", () => {
  test.each([
    ["0.1", "holds a number that TOML does not keep exactly"],
    ["[1, 2.5]", "holds a number that TOML does not keep exactly"],
    ["{ a = { b = -0.0 } }", "holds a number that TOML does not keep exactly"],
    ["inf", "holds a number that TOML does not keep exactly"],
    ["nan", "holds a number that TOML does not keep exactly"],
    ["1e300", "holds a number that TOML does not keep exactly"],
    ["9007199254740993.0", "holds a number that TOML does not keep exactly"],
    ["2026-11-22", "holds a date of TOML"],
    ["[2026-11-22T18:00:00Z]", "holds a date of TOML"],
    ["18:00:00", "holds a date of TOML"],
    ['{ "__proto__" = 1 }', "holds a key named __proto__"],
    [`${"[".repeat(18)}1${"]".repeat(18)}`, "is nested deeper than 16 levels"],
  ])("%s", (toml, why) => {
    expect(read(toml)).toEqual(expect.stringContaining(why));
  });
});

test.each<[string, unknown]>([
  ["1.0", 1],
  ["-9007199254740991", -9_007_199_254_740_991],
  ["true", true],
  ['"a"', "a"],
  ['["a", 1, { b = [] }]', ["a", 1, { b: [] }]],
])("%s is taken as it is", (toml, value) => {
  expect(read(toml)).toEqual(value);
});
