// The policy digest: it changes with everything that decides a verdict, and with nothing else.
import { expect, test } from "vitest";
import { policyDigest } from "../../../src/core/config/policy.ts";
import type { Config } from "../../../src/core/config/schema.ts";
import { configOf, shippedRules } from "../../support/served.ts";

const rules = shippedRules();
const base = configOf();
const digest = policyDigest(base, rules);

/** Keys that change how fast or how loud, never what. */
const FREE = new Set([
  "proposal.max_pending",
  "proposal.per_hour",
  "proposal.ttl_seconds",
  "calls.per_minute",
  "server.tools",
  "gateway.shared_user",
  "validator.poll_seconds",
  "validator.git_timeout_seconds",
  "log.level",
]);

const keys = Object.entries(base).flatMap(([table, values]) =>
  Object.keys(values).map((key) => `${table}.${key}`),
);

/** The configuration with another value under `name`, of the same type. */
function other(name: string): Config {
  const changed = structuredClone(base) as unknown as Record<string, Record<string, unknown>>;
  const [table = "", key = ""] = name.split(".");
  const own = changed[table]!;
  const value = own[key];
  if (typeof value === "number") own[key] = value + 1;
  else if (Array.isArray(value)) own[key] = [...(value as readonly unknown[]), ".other"];
  else own[key] = `${String(value)}x`;
  return changed as unknown as Config;
}

test.each(keys)("%s", (name) => {
  const same = policyDigest(other(name), rules) === digest;
  expect(same).toBe(FREE.has(name));
});

test("the free keys exist", () => {
  expect([...FREE].filter((name) => !keys.includes(name))).toEqual([]);
});

test("the rule pack is part of it, and its order", () => {
  expect(policyDigest(base, { ...rules, version: "2026.12.0" })).not.toBe(digest);
  expect(policyDigest(base, { ...rules, blocked: rules.blocked.slice(1) })).not.toBe(digest);
  expect(policyDigest(base, { ...rules, dependency: rules.dependency.toReversed() })).not.toBe(digest);
});

test("the same policy has the same digest, however it was written", () => {
  expect(policyDigest(configOf("[paths]\nmax_depth = 16"), structuredClone(rules))).toBe(digest);
});
