// D15, D16: the strictest of three minimums, and dev.permissive while it lasts; every combination is in test/vectors/gate/lanes.jsonl.
import { describe, expect, test } from "vitest";
import type { Trust } from "../../../src/core/gate/evidence.ts";
import { meets, requiredLane } from "../../../src/core/gate/lane.ts";
import type { Lane } from "../../../src/core/identity/scope.ts";

const trust: Trust = {
  minLane: "verified",
  now: 1000,
  maxAgeSeconds: 60,
  bind: "tree",
  anchors: new Map(),
  keys: [],
  subject: { resource: "urn:countersign:repository:x" },
};
const asserted: Trust = { ...trust, minLane: "asserted" };
const json = { provider: "json" } as const;

describe("D15: a condition or a gate raises the lane and never lowers it", () => {
  test.each<[Lane, Lane | undefined, Lane | undefined, Lane]>([
    ["verified", "asserted", "asserted", "verified"],
    ["verified", "asserted", undefined, "verified"],
    ["verified", undefined, "asserted", "verified"],
    ["asserted", undefined, undefined, "asserted"],
    ["asserted", "verified", undefined, "verified"],
    ["asserted", undefined, "verified", "verified"],
    ["asserted", "asserted", "asserted", "asserted"],
  ])("policy %s, condition %s, gate %s: %s", (policy, own, gate, lane) => {
    const spec = own === undefined ? json : { ...json, minLane: own };
    expect(
      requiredLane(spec, gate === undefined ? {} : { minLane: gate }, { ...trust, minLane: policy }),
    ).toBe(lane);
  });
});

describe("D16: dev.permissive", () => {
  const permissive = (until: number, now = 1000): Trust => ({
    ...trust,
    now,
    permissive: { until, exempt: ["env"] },
  });

  test("lowers what the policy asks for, to the millisecond before it ends", () => {
    expect(requiredLane(json, {}, permissive(1001))).toBe("asserted");
    expect(requiredLane(json, {}, permissive(1000))).toBe("verified");
    expect(requiredLane(json, {}, permissive(999))).toBe("verified");
  });

  test("leaves exempt providers strict, and what condition and gate ask for", () => {
    expect(requiredLane({ provider: "env" }, {}, permissive(2000))).toBe("verified");
    expect(requiredLane({ ...json, minLane: "verified" }, {}, permissive(2000))).toBe("verified");
    expect(requiredLane(json, { minLane: "verified" }, permissive(2000))).toBe("verified");
  });

  test("an exempt provider stays under a policy that asks for less", () => {
    expect(requiredLane({ provider: "env" }, {}, { ...permissive(2000), minLane: "asserted" })).toBe(
      "asserted",
    );
  });

  test("a time that is no number lowers nothing", () => {
    expect(requiredLane(json, {}, permissive(Number.NaN))).toBe("verified");
    expect(requiredLane(json, {}, permissive(2000, Number.NaN))).toBe("verified");
  });
});

test("lanes that there are not: evidence of one is not enough, a minimum of one asks for verified", () => {
  for (const odd of ["", "VERIFIED", "trusted", undefined] as unknown as Lane[]) {
    expect(meets(odd, "asserted")).toBe(false);
    expect(meets(odd, "verified")).toBe(false);
  }
  expect(requiredLane({ ...json, minLane: "any" as Lane }, {}, asserted)).toBe("verified");
  expect(requiredLane(json, {}, { ...trust, minLane: "" as Lane })).toBe("verified");
  expect([
    meets("verified", "verified"),
    meets("verified", "asserted"),
    meets("asserted", "asserted"),
    meets("asserted", "verified"),
  ]).toEqual([true, true, true, false]);
});
