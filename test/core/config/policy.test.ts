// The policy digest: it changes with everything that decides a verdict, and with nothing else.
import { expect, test } from "vitest";
import { canonical } from "../../../src/core/base/canonical.ts";
import { sha256 } from "../../../src/core/base/digest.ts";
import { configKeys } from "../../../src/core/config/keys.ts";
import { isPolicyKey, policyDigest } from "../../../src/core/config/policy.ts";
import type { Config } from "../../../src/core/config/schema.ts";
import { merged, tableOf, valueAt } from "../../../src/core/config/tables.ts";
import { rulesDigest } from "../../../src/core/proposal/protect.ts";
import { configOf, shippedRules } from "../../support/served.ts";

const rules = shippedRules();
const base = configOf();
const digest = policyDigest(base, rules);

/** Keys that change how fast, how loud or who, never what. */
const FREE =
  /^(?:proposal\.(?:max_pending|per_hour|ttl_seconds)|(?:calls|budget|server|auth|network|gateway|log)\..*|principals|validator\.(?:poll_seconds|git_timeout_seconds))$/;

/** The configuration with another value under `name`, of the same type. */
function other(name: string): Config {
  const value = valueAt(base, name);
  const next = (): unknown => {
    if (typeof value === "number") return value + 1;
    if (typeof value === "boolean") return !value;
    return Array.isArray(value) ? [...(value as readonly unknown[]), ".other"] : `${String(value)}x`;
  };
  return merged(base, tableOf(name, next())) as unknown as Config;
}

test.each(configKeys)("%s", (name) => {
  const same = policyDigest(other(name), rules) === digest;
  expect(same).toBe(FREE.test(name));
  expect(isPolicyKey(name)).toBe(!same);
});

test("the rule pack is part of it, and its order", () => {
  expect(policyDigest(base, { ...rules, version: "2026.12.0" })).not.toBe(digest);
  expect(policyDigest(base, { ...rules, blocked: rules.blocked.slice(1) })).not.toBe(digest);
  expect(policyDigest(base, { ...rules, dependency: rules.dependency.toReversed() })).not.toBe(digest);
});

/** Format 1 matched publish.exclude letter by letter: what was judged under it may name what is hidden now. */
test("a change of what the words mean changes it too", () => {
  const { max_pending: _waiting, per_hour: _rate, ttl_seconds: _life, ...proposal } = base.proposal;
  const { repository, publish, paths, validator } = base;
  const verdict_ttl_seconds = validator.verdict_ttl_seconds;
  const of = (format: number): string =>
    sha256(
      canonical({
        format,
        repository,
        publish,
        paths,
        proposal,
        verdict_ttl_seconds,
        rules: rulesDigest(rules),
      }),
    );
  expect(digest).toBe(of(2));
  expect(digest).not.toBe(of(1));
});

test("the same policy has the same digest, however it was written", () => {
  expect(policyDigest(configOf("[paths]\nmax_depth = 16"), structuredClone(rules))).toBe(digest);
});
