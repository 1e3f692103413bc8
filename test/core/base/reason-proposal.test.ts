// Reasons name the configuration key that an operator would turn; the key must exist.
import { expect, test } from "vitest";
import { path, proposal } from "../../../src/core/base/reason-proposal.ts";
import { configOf } from "../../support/served.ts";

const config = configOf() as unknown as Record<string, Record<string, unknown>>;
const named = Object.entries({ ...path, ...proposal }).flatMap(([code, { means, fix }]) =>
  [...`${means} ${fix}`.matchAll(/\b(proposal|paths)\.([a-z_]+)/g)].map(
    (match) => [code, match[1] ?? "", match[2] ?? ""] as const,
  ),
);

test.each(named)("%s: %s.%s is a key", (_, table, key) => {
  expect(Object.keys(config[table] ?? {})).toContain(key);
});

test("some do", () => {
  expect(named.length).toBeGreaterThan(10);
});
