// What the doctor says of gates: each fault of their sources by itself, and nothing on a machine that is in order.
import { expect, test } from "vitest";
import type { ConditionSpec, PolicyGate } from "../../../src/core/gate/condition.ts";
import type { EvidenceKey } from "../../../src/core/gate/evidence.ts";
import { type GateFacts, gateFindings } from "../../../src/integrator/doctor/gates.ts";
import { packageRoot, presetConfig } from "../../../src/io/file/config.ts";
import { DAY } from "../../support/doctor.ts";
import { NOON } from "../../support/proposals.ts";

const spec = (
  id: string,
  provider: ConditionSpec["provider"],
  params: ConditionSpec["params"] = {},
): ConditionSpec => ({
  id,
  provider,
  check: "any",
  params,
  comparator: "exists",
  types: ["dynamic"],
});

const gate = (...conditions: readonly ConditionSpec[]): PolicyGate => ({
  id: "landing",
  logic: "kleene",
  require: { all: conditions.map(({ id }) => id) },
  conditions,
});

const key = (changes: Partial<EvidenceKey> = {}): EvidenceKey => ({
  name: "ci",
  keyid: "0".repeat(64),
  publicKey: new Uint8Array(32),
  checks: ["tests_passed"],
  ...changes,
});

const config = presetConfig(packageRoot(), "default");
const healthy: GateFacts = {
  now: NOON,
  preset: "default",
  config: {
    ...config,
    namespace: { ...config.namespace, name: "shop" },
    schemas: { ...config.schemas, require_signing: true },
    conditions: [],
  },
  gates: [gate(spec("facts", "json", { file: "f.json" }), spec("ci", "signed", { name: "tests_passed" }))],
  replaced: [],
  keys: [key()],
  permissiveUntil: undefined,
  jsonRoot: { kind: "there", path: "/facts", loose: [] },
  folder: { kind: "there", path: "/envelopes", loose: [] },
  schemas: { kind: "there", path: "/schemas", loose: [] },
  disclosureMode: 0o100600,
};

const bad = (facts: GateFacts): readonly string[] =>
  gateFindings(facts)
    .filter(({ level }) => level !== "ok")
    .map(({ id, level, fix }) => `${level} ${id}${fix === "" ? " without a fix" : ""}`);

test("a machine in order has no complaint", () => {
  expect(bad(healthy)).toEqual([]);
});

const loose = { kind: "there", path: "/facts", loose: ["/facts (0777)"] } as const;
const unsigned = { ...healthy.config, schemas: { ...healthy.config.schemas, require_signing: false } };
const cases: readonly (readonly [string, Partial<GateFacts>, readonly string[]])[] = [
  ["a condition of the preset is another one", { replaced: ["structure"] }, ["warn gates"]],
  ["the json root is not there", { jsonRoot: { kind: "missing", path: "/facts" } }, ["fail evidence-json"]],
  ["the json root cannot be read", { jsonRoot: { kind: "hidden", path: "/facts" } }, ["fail evidence-json"]],
  ["others can write the json root", { jsonRoot: loose }, ["warn evidence-json"]],
  ["the same in hardened", { jsonRoot: loose, preset: "hardened" }, ["fail evidence-json"]],
  [
    "a json root that is not there and that nobody asks",
    {
      jsonRoot: { kind: "missing", path: "/facts" },
      gates: [gate(spec("ci", "signed", { name: "tests_passed" }))],
    },
    [],
  ],
  [
    "the folder of envelopes is not there",
    { folder: { kind: "missing", path: "/e" } },
    ["fail evidence-folder"],
  ],
  ["it cannot be read", { folder: { kind: "hidden", path: "/e" } }, ["fail evidence-folder"]],
  ["others can write it", { folder: { ...loose, path: "/e" } }, ["warn evidence-folder"]],
  [
    "others can write it, and nobody asks yet",
    { folder: { ...loose, path: "/e" }, gates: [gate(spec("facts", "json"))] },
    ["warn evidence-folder"],
  ],
  ["others can write the schemas", { schemas: loose }, ["warn schema-folder"]],
  ["the same in hardened", { schemas: loose, preset: "hardened" }, ["fail schema-folder"]],
  ["there are no schemas", { schemas: { kind: "missing", path: "/schemas" } }, []],
  [
    "a folder that is not there and that nobody asks",
    { folder: { kind: "missing", path: "/e" }, gates: [gate(spec("facts", "json"))] },
    [],
  ],
  ["a key ends in a week and a day", { keys: [key({ expires: NOON + 8 * DAY })] }, []],
  [
    "a key ends in six days, and the next one is pinned beside it",
    { keys: [key({ notAfter: NOON + 6 * DAY }), key({ notBefore: NOON })] },
    [],
  ],
  ["a key issues nothing from now on", { keys: [key({ notAfter: NOON }), key()] }, ["warn evidence-key-ci"]],
  ["a key ends in six days", { keys: [key({ expires: NOON + 6 * DAY })] }, ["warn evidence-key-ci"]],
  [
    "the only key ended at this moment",
    { keys: [key({ expires: NOON })] },
    ["warn evidence-key-ci", "fail evidence-tests_passed"],
  ],
  [
    "a key ended, and another one lives",
    { keys: [key({ name: "old", expires: NOON - 1 }), key({ name: "new" })] },
    ["warn evidence-key-old"],
  ],
  ["the living key may speak about everything", { keys: [key({ checks: ["*"] })] }, []],
  [
    "the living key may speak about something else",
    { keys: [key({ checks: ["lint"] })] },
    ["fail evidence-tests_passed"],
  ],
  ["dev.permissive lasts", { permissiveUntil: NOON + 1 }, ["warn dev-permissive"]],
  ["dev.permissive has ended", { permissiveUntil: NOON }, ["fail dev-permissive"]],
  ["schemas without signatures", { config: unsigned }, []],
  [
    "schemas without signatures in hardened",
    { config: unsigned, preset: "hardened" },
    ["fail schema-signing"],
  ],
  [
    "the namespace is nobody's",
    { config: { ...healthy.config, namespace: config.namespace } },
    ["warn namespace"],
  ],
  [
    "a condition that no gate asks for",
    { config: { ...healthy.config, conditions: config.conditions } },
    ["warn gates"],
  ],
  ["others can read the key of evidence hashes", { disclosureMode: 0o100640 }, ["fail disclosure-key"]],
  ["others can write it", { disclosureMode: 0o100602 }, ["fail disclosure-key"]],
  ["it is not there, or not to be seen", { disclosureMode: undefined }, []],
];

test.each(cases)("%s", (_what, change, findings) => {
  expect(bad({ ...healthy, ...change })).toEqual(findings);
});

test("until when dev.permissive lasts, which keys end and which conditions are idle is said", () => {
  const said = gateFindings({
    ...healthy,
    permissiveUntil: NOON + DAY,
    keys: [key({ expires: NOON + DAY })],
    config: { ...healthy.config, conditions: config.conditions.slice(0, 1) },
  })
    .map(({ message }) => message)
    .join("\n");
  expect(said.match(/2026-11-23 10:00/g)).toHaveLength(2);
  expect(said).toContain(config.conditions[0]?.id);
});
