// A yes is a type that nobody but evaluate can make.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, expectTypeOf, test } from "vitest";
import type { Allowed, Decision, Denied } from "../../../src/core/gate/decision.ts";
import { evaluate } from "../../../src/core/gate/evaluate.ts";

test("an object of the right shape is not an Allowed", () => {
  expectTypeOf<{ allowed: true; gate: string; trace: [] }>().not.toExtend<Allowed>();
  expectTypeOf<Decision>().toEqualTypeOf<Allowed | Denied>();
  expectTypeOf(evaluate).returns.toEqualTypeOf<Decision>();
});

test("the cast that makes one stands in evaluate.ts, once", () => {
  const source = readFileSync(join(import.meta.dirname, "../../../src/core/gate/evaluate.ts"), "utf8");
  expect(source.match(/as Allowed\b/g)).toHaveLength(1);
});
