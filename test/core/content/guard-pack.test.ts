// The shipped pack: every id once, every expression compiles, every keyword is as texts are folded.
import { expect, test } from "vitest";
import { compileGuard } from "../../../src/core/content/guard.ts";
import { guardRulesSchema } from "../../../src/core/content/guard-pack.ts";
import { shippedRules } from "../../support/served.ts";

const pack = shippedRules().guard;

test("ids are unique and keywords are folded", () => {
  const ids = [...pack.rule, ...pack.allow].map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  const words = [...pack.rule, ...pack.allow].flatMap(({ keywords }) => keywords);
  expect(words.filter((word) => word !== word.toLowerCase())).toEqual([]);
});

test("every expression compiles; an unknown category is no pack", () => {
  expect(() => compileGuard(pack)).not.toThrow();
  const [first] = pack.rule;
  expect(guardRulesSchema.safeParse({ ...pack, rule: [{ ...first, category: "mood" }] }).success).toBe(false);
});
