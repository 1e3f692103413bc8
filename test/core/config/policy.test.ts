// The policy digest: it changes with everything that decides a verdict, and with nothing else.
import { expect, test } from "vitest";
import { canonical } from "../../../src/core/base/canonical.ts";
import { sha256 } from "../../../src/core/base/digest.ts";
import { configKeys } from "../../../src/core/config/keys.ts";
import { isPolicyKey, policyDigest } from "../../../src/core/config/policy.ts";
import type { Config } from "../../../src/core/config/schema.ts";
import { merged, tableOf, valueAt } from "../../../src/core/config/tables.ts";
import { labels } from "../../../src/core/rules/packs.ts";
import { configOf, shippedRules } from "../../support/served.ts";

const sets = shippedRules();
const rules = labels(sets);
const base = configOf();
const schemas = sha256("none");
const digest = policyDigest(base, rules, schemas);

/** Keys that change how fast, how loud, who or what is told, never what holds. */
const FREE =
  /^(?:guard\.(?:key|timeout_ms)|sandbox\..*|proposal\.(?:max_pending|per_hour|ttl_seconds)|(?:calls|budget|server|auth|network|feedback|gateway|log|audit|keys|metrics|alerts|ship|telemetry|outbound)\..*|principals|validator\.(?:poll_seconds|git_timeout_seconds))$/;

/** The configuration with another value under `name`, of the same type. */
function other(name: string): Config {
  const value = valueAt(base, name);
  const next = (): unknown => {
    if (typeof value === "number") return value + 1;
    if (typeof value === "boolean") return !value;
    if (name === "gates") return { ...base.gates, landing: { require: "other" } };
    return Array.isArray(value) ? [...(value as readonly unknown[]), ".other"] : `${String(value)}x`;
  };
  return merged(base, tableOf(name, next())) as unknown as Config;
}

test.each(configKeys)("%s", (name) => {
  const same = policyDigest(other(name), rules, schemas) === digest;
  expect(same).toBe(FREE.test(name));
  expect(isPolicyKey(name)).toBe(!same);
});

test("the rule pack is part of it, and its order", () => {
  const { paths } = sets;
  const under = (other: Partial<typeof paths>): string =>
    policyDigest(base, labels({ ...sets, paths: { ...paths, ...other } }), schemas);
  expect(under({ version: "2026.12.0" })).not.toBe(digest);
  expect(under({ blocked: paths.blocked.slice(1) })).not.toBe(digest);
  expect(under({ dependency: paths.dependency.toReversed() })).not.toBe(digest);
});

/** Format 1 matched publish.exclude letter by letter: what was judged under it may name what is hidden now. */
test("a change of what the words mean changes it too", () => {
  const { max_pending: _waiting, per_hour: _rate, ttl_seconds: _life, ...proposal } = base.proposal;
  const { repository, publish, paths, trust, validation, evidence, dev, namespace, dispatch } = base;
  const { conditions, gates, validator, patch, secrets, static_analysis, scanners } = base;
  const { key: _key, timeout_ms: _patience, ...guard } = base.guard;
  const verdict_ttl_seconds = validator.verdict_ttl_seconds;
  const words = {
    repository,
    publish,
    paths,
    proposal,
    trust,
    validation,
    evidence,
    schemas: base.schemas,
    dev,
    patch,
    exceptions: base.rules,
    secrets,
    static_analysis,
    guard,
    scanners,
    commands: validator.commands,
  };
  const more = { namespace, dispatch, conditions, gates, evidence_schemas: schemas, verdict_ttl_seconds };
  const digests = Object.fromEntries(Object.entries(rules).map(([name, pack]) => [name, pack.digest]));
  const of = (format: number): string => sha256(canonical({ format, ...words, ...more, rules: digests }));
  expect(digest).toBe(of(4));
  expect(digest).not.toBe(of(3));
});

/** What a condition means goes by its schema: another document under the same name is another policy. */
test("the registered evidence schemas are part of it", () => {
  expect(policyDigest(base, rules, sha256("other"))).not.toBe(digest);
});

test("the same policy has the same digest, however it was written", () => {
  expect(policyDigest(configOf("[paths]\nmax_depth = 16"), structuredClone(rules), schemas)).toBe(digest);
});
