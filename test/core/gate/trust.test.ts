// D15, D16: the terms of an evaluation: what is believed, until when it is lowered, and by which keys.
import { generateKeyPairSync } from "node:crypto";
import { describe, expect, test } from "vitest";
import { keyId } from "../../../src/core/attestation/key.ts";
import type { ConditionSpec, PolicyGate } from "../../../src/core/gate/condition.ts";
import type { Subject } from "../../../src/core/gate/evidence.ts";
import { requiredLane } from "../../../src/core/gate/lane.ts";
import { trustOf } from "../../../src/core/gate/trust.ts";
import type { Config } from "../../../src/core/config/schema.ts";
import { loaded } from "../../support/presets.ts";

const subject: Subject = { resource: "urn:countersign:repository:lab/a" };
const now = Date.parse("2026-11-22T12:00:00Z");
const PERMISSIVE = '[dev]\npermissive = true\nexempt_providers = ["checks"]\n';
const configOf = (toml = ""): Config => loaded("quickstart", toml).config;
const gate: PolicyGate = { id: "verdict", logic: "kleene", require: "c", conditions: [] };
const asking = (provider: ConditionSpec["provider"], minLane?: "verified" | "asserted"): ConditionSpec => ({
  id: "c",
  provider,
  check: "x",
  params: {},
  comparator: "exists",
  types: ["boolean"],
  ...(minLane === undefined ? {} : { minLane }),
});

test("without dev.permissive nothing is lowered, whatever its end would be", () => {
  const trust = trustOf({ config: configOf(), permissiveUntil: now + 1 }, subject, now);
  expect(trust).toEqual({
    minLane: "verified",
    now,
    anchors: new Map(),
    keys: [],
    maxAgeSeconds: 604_800,
    bind: "patch",
    subject,
  });
});

test("what a statement must name is what the configuration says", () => {
  const bound = configOf('[evidence]\nbind = "tree"\n');
  expect(trustOf({ config: bound, permissiveUntil: undefined }, subject, now).bind).toBe("tree");
});

describe("dev.permissive", () => {
  const config = configOf(PERMISSIVE);

  test("while it lasts, but for exempt providers, and but for what gate and condition raise", () => {
    const trust = trustOf({ config, permissiveUntil: now + 1 }, subject, now);
    expect(trust.permissive).toEqual({ until: now + 1, exempt: ["checks"] });
    expect(requiredLane(asking("caller"), gate, trust)).toBe("asserted");
    expect(requiredLane(asking("checks"), gate, trust)).toBe("verified");
    expect(requiredLane(asking("caller", "verified"), gate, trust)).toBe("verified");
    expect(requiredLane(asking("caller"), { ...gate, minLane: "verified" }, trust)).toBe("verified");
  });

  test.each([
    ["at its end", now],
    ["after it", now - 1],
    ["without an end", undefined],
  ])("not %s", (_, permissiveUntil) => {
    const trust = trustOf({ config, permissiveUntil }, subject, now);
    expect(trust.permissive).toBeUndefined();
    expect(requiredLane(asking("caller"), gate, trust)).toBe("verified");
  });
});

test("D15: a condition and a gate that say asserted lower nothing", () => {
  const trust = trustOf({ config: configOf(), permissiveUntil: undefined }, subject, now);
  expect(requiredLane(asking("caller", "asserted"), { ...gate, minLane: "asserted" }, trust)).toBe(
    "verified",
  );
});

test("keys and anchors are those of the configuration, read once", () => {
  const der = generateKeyPairSync("ed25519").publicKey.export({ type: "spki", format: "der" });
  const raw = new Uint8Array(der.subarray(12));
  const config = configOf(
    `[[evidence.keys]]\nname = "ci"\nkey = "${der.toString("base64")}"\nchecks = ["a", "b"]\nexpires = "2027-01-01T00:00:00Z"\n[[evidence.anchors]]\nprovider = "json"\ntype = "file_path_rooted"\nrequired_fields = ["path", "root_id"]\n`,
  );
  const trust = trustOf({ config, permissiveUntil: undefined }, subject, now);
  const expires = Date.parse("2027-01-01T00:00:00Z");
  expect(trust.keys).toMatchObject([{ name: "ci", keyid: keyId(raw), checks: ["a", "b"], expires }]);
  expect(Buffer.from(trust.keys[0]!.publicKey).equals(raw)).toBe(true);
  expect([...trust.anchors]).toEqual([["json", { type: "file_path_rooted", fields: ["path", "root_id"] }]]);
  expect(trustOf({ config, permissiveUntil: undefined }, subject, now + 5).keys).toBe(trust.keys);
  // Another configuration has other keys, also after one that was read.
  expect(trustOf({ config: configOf(), permissiveUntil: undefined }, subject, now).keys).toEqual([]);
});

test("a key that the rules refuse is not believed by accident", () => {
  const config = configOf();
  const keys = [{ name: "x", key: "AAAA", checks: ["*"] }];
  const broken = { ...config, evidence: { ...config.evidence, keys } };
  expect(() => trustOf({ config: broken, permissiveUntil: undefined }, subject, now)).toThrow(/public key x/);
});
