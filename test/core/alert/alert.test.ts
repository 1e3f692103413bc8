// The list of alerts and the form of what is told of them: bounded, and each with its fix and its row in the manual.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  activeSchema,
  alertFactsSchema,
  alertNames,
  alerts,
  alertTurnSchema,
} from "../../../src/core/alert/alert.ts";
import { packageRoot } from "../../../src/io/file/config.ts";

const manual = readFileSync(join(packageRoot(), "docs", "operations.md"), "utf8");

test.each(alertNames)("%s has words, a fix and a row in docs/operations.md", (name) => {
  const { means, fix } = alerts[name];
  expect(means).toMatch(/^[a-z].{10,80}$/);
  expect(fix).toMatch(/^.{20,160}\.$/);
  expect(manual).toContain(`| \`${name}\` |`);
});

test.each<[string, unknown]>([
  ["a long text", { a: "x".repeat(101) }],
  ["a list", { a: [1] }],
  ["an object", { a: {} }],
  ["half a number", { a: 0.5 }],
  ["a name of another kind", { "A b": 1 }],
])("facts that hold %s are none", (_, facts) => {
  expect(alertFactsSchema.safeParse(facts).success).toBe(false);
});

const turn = {
  id: "00000000-0000-4000-8000-000000000001",
  at: "2026-11-22T10:00:00.000Z",
  alert: "seal_lag",
  state: "raised",
  facts: { seconds: 61, trouble: null, ok: true, kind: "calls" },
};

test.each([
  ["another alert", { alert: "other" }],
  ["another state", { state: "on" }],
  ["a time without milliseconds", { at: "2026-11-22T10:00:00Z" }],
  ["an id that is none", { id: "1" }],
  ["more than is known", { principal: "p" }],
])("a turn with %s is none", (_, change) => {
  expect(alertTurnSchema.safeParse(turn).success).toBe(true);
  expect(alertTurnSchema.safeParse({ ...turn, ...change }).success).toBe(false);
});

test("what is remembered of an alert has a version", () => {
  const active = { v: 1, alert: "seal_lag", since: turn.at, facts: {} };
  expect(activeSchema.safeParse(active).success).toBe(true);
  expect(activeSchema.safeParse({ ...active, v: 2 }).success).toBe(false);
});
