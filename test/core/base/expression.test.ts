// What an agent's pattern costs is known before it runs.
import { expect, test } from "vitest";
import { compileExpression } from "../../../src/core/base/expression.ts";

test.each(["(", "(?<=a)b", "a{2000}"])("refuses %s by throwing", (source) => {
  expect(() => compileExpression(source)).toThrow(Error);
});

test.each([
  ["a", 3, 1],
  ["a.{16}[cd]", 20, 1],
  ["a.{17}[cd]", 21, 21],
  ["a[ab]{400}[cd]", 404, 404],
])("%s has %d instructions and takes %d steps a character", (source, size, cost) => {
  expect(compileExpression(source)).toMatchObject({ size, cost });
});
