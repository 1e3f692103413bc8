// D03, D13, D14: one condition, its first failure and its one reason; each pair and triple of failures is in precedence.jsonl.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { ConditionSpec } from "../../../src/core/gate/condition.ts";
import type { Evidence, Trust } from "../../../src/core/gate/evidence.ts";
import { judge } from "../../../src/core/gate/judge.ts";
import { laneOf, providerNames, questions } from "../../../src/core/gate/providers.ts";
import { parseValue } from "../../../src/core/gate/value.ts";

const one = parseValue("1");
if (one === undefined) throw new Error("1 is not read");

const spec: ConditionSpec = {
  id: "tests",
  provider: "json",
  check: "path",
  params: { file: "report.json" },
  comparator: "equals",
  expected: one,
  types: ["integer"],
};
const rule = { type: "file", fields: ["path"] };
const trust: Trust = {
  minLane: "verified",
  now: 1000,
  maxAgeSeconds: 60,
  bind: "tree",
  anchors: new Map([
    ["json", rule],
    ["signed", rule],
  ]),
  keys: [],
  subject: { resource: "urn:countersign:repository:x" },
};
const good: Evidence = { lane: "verified", value: one, anchor: { type: "file", value: '{"path":"a"}' } };
const signed: ConditionSpec = { ...spec, provider: "signed", check: "statement", params: { name: "tests" } };

test("everything as it should be is true, without a reason", () => {
  expect(judge(spec, {}, good, trust)).toEqual({
    id: "tests",
    state: "true",
    lane: "verified",
    minLane: "verified",
  });
});

describe("D03: lane, then error, then anchor, then signature, then type, then comparator", () => {
  /** From the last failure to the first: each line fails in one respect more. */
  const { anchor: _, ...unanchored } = good;
  test.each<[string, ConditionSpec, Evidence, string, string | undefined]>([
    ["comparator", { ...spec, comparator: "deep_equals" }, good, "comparator_unknown", undefined],
    [
      "+ type",
      { ...spec, comparator: "deep_equals", types: ["string"] },
      good,
      "evidence_type",
      "type_number",
    ],
    [
      "+ signature",
      { ...signed, comparator: "deep_equals", types: ["string"] },
      good,
      "provider_error",
      "signature_missing",
    ],
    [
      "+ anchor",
      { ...signed, comparator: "deep_equals", types: ["string"] },
      unanchored,
      "anchor_invalid",
      "anchor_missing",
    ],
    [
      "+ error",
      { ...signed, comparator: "deep_equals", types: ["string"] },
      { ...unanchored, error: { code: "signed_timeout", message: "" } },
      "provider_error",
      "signed_timeout",
    ],
    [
      "+ lane",
      { ...signed, comparator: "deep_equals", types: ["string"] },
      { ...unanchored, lane: "asserted", error: { code: "signed_timeout", message: "" } },
      "trust_lane",
      undefined,
    ],
  ])("%s", (_, asked, evidence, reason, detail) => {
    const judged = judge(asked, {}, evidence, trust);
    expect(judged).toEqual({
      id: "tests",
      state: "unknown",
      lane: evidence.lane,
      minLane: "verified",
      reason,
      ...(detail === undefined ? {} : { detail }),
    });
  });

  test("the file of vectors holds each set of the six failures once", () => {
    const file = readFileSync(join(import.meta.dirname, "../../vectors/gate/precedence.jsonl"), "utf8");
    expect(
      new Set(
        file
          .trimEnd()
          .split("\n")
          .map((line) => (JSON.parse(line) as { readonly id: string }).id),
      ).size,
    ).toBe(64);
  });
});

describe("D13: the lane goes by origin", () => {
  test("a claim is asserted wherever it is read, and everything else is fetched by us", () => {
    const asserted = providerNames.flatMap((provider) =>
      Object.keys(questions[provider]).flatMap((check) =>
        (["gateway", "validator", "integrator"] as const)
          .filter((place) => laneOf(provider, check, place) === "asserted")
          .map((place) => `${provider}.${check} ${place}`),
      ),
    );
    expect(asserted.every((line) => line.startsWith("caller."))).toBe(true);
    expect(asserted.filter((line) => line.startsWith("caller.claim "))).toHaveLength(3);
    // The gateway authenticated the principal; in an order it is the gateway's word.
    expect(asserted.filter((line) => line.startsWith("caller.principal "))).toEqual([
      "caller.principal validator",
      "caller.principal integrator",
    ]);
  });

  test("a claim of tests_passed is unknown under min_lane verified, whatever it says of itself", () => {
    const claim = {
      ...spec,
      provider: "caller" as const,
      check: "claim",
      types: ["dynamic" as const],
      expected: true,
    };
    const words = parseValue('{"lane":"verified","value":true}');
    for (const value of [true, words ?? null]) {
      const evidence: Evidence = { lane: laneOf("caller", "claim", "gateway"), value };
      expect(judge(claim, {}, evidence, trust)).toMatchObject({
        state: "unknown",
        reason: "trust_lane",
        lane: "asserted",
      });
    }
    const lowered = judge(claim, {}, { lane: "asserted", value: true }, { ...trust, minLane: "asserted" });
    expect(lowered).toEqual({ id: "tests", state: "true", lane: "asserted", minLane: "asserted" });
  });
});

test("D14: a violation of the lane says which lane came and which was asked for, and by whom does not matter", () => {
  const asserted: Trust = { ...trust, minLane: "asserted" };
  const evidence: Evidence = { ...good, lane: "asserted" };
  const violated = {
    id: "tests",
    state: "unknown",
    reason: "trust_lane",
    lane: "asserted",
    minLane: "verified",
  };
  expect(judge(spec, {}, evidence, trust)).toEqual(violated);
  expect(judge({ ...spec, minLane: "verified" }, {}, evidence, asserted)).toEqual(violated);
  expect(judge(spec, { minLane: "verified" }, evidence, asserted)).toEqual(violated);
});

describe("no evidence", () => {
  test("nobody answered: unknown, also to not_exists", () => {
    for (const comparator of ["equals", "exists", "not_exists"] as const) {
      expect(judge({ ...spec, comparator }, {}, undefined, trust)).toEqual({
        id: "tests",
        state: "unknown",
        reason: "evidence_missing",
        minLane: "verified",
      });
    }
  });

  test("an answer without a value: missing to all but exists and not_exists", () => {
    const { value: _, ...nothing } = good;
    expect(judge(spec, {}, nothing, trust)).toMatchObject({
      state: "unknown",
      reason: "evidence_missing",
      detail: "value_missing",
    });
    expect(judge({ ...spec, comparator: "exists" }, {}, nothing, trust)).toMatchObject({
      state: "false",
      reason: "condition_false",
    });
    expect(judge({ ...spec, comparator: "not_exists" }, {}, nothing, trust)).toMatchObject({ state: "true" });
  });

  test("an error is no absence: not_exists stays unknown", () => {
    const evidence: Evidence = { ...good, error: { code: "json_file_not_found", message: "" } };
    expect(judge({ ...spec, comparator: "not_exists" }, {}, evidence, trust)).toMatchObject({
      state: "unknown",
      reason: "provider_error",
      detail: "json_file_not_found",
    });
  });

  test("not_exists over an unsigned answer of signed, or an unanchored one, is unknown", () => {
    const { value: _, ...nothing } = good;
    expect(judge({ ...signed, comparator: "not_exists" }, {}, nothing, trust)).toMatchObject({
      state: "unknown",
      detail: "signature_missing",
    });
    expect(judge({ ...spec, comparator: "not_exists" }, {}, { lane: "verified" }, trust)).toMatchObject({
      state: "unknown",
      detail: "anchor_missing",
    });
  });
});

test("a value of another type does not exist either: its type is looked at first", () => {
  expect(judge({ ...spec, comparator: "exists" }, {}, { ...good, value: "1" }, trust)).toMatchObject({
    state: "unknown",
    reason: "evidence_type",
    detail: "type_string",
  });
  expect(judge({ ...spec, comparator: "not_equals" }, {}, { ...good, value: "1" }, trust)).toMatchObject({
    state: "unknown",
    reason: "evidence_type",
  });
});

test("bytes under dynamic are compared, under a type they are none of it", () => {
  const { value: _, ...bare } = good;
  const bytes: Evidence = { ...bare, bytes: new Uint8Array([1]) };
  const expected = [one];
  expect(judge({ ...spec, types: ["dynamic"], expected }, {}, bytes, trust)).toMatchObject({ state: "true" });
  expect(judge({ ...spec, types: ["scalars"], expected }, {}, bytes, trust)).toMatchObject({
    state: "unknown",
    detail: "type_bytes",
  });
});
