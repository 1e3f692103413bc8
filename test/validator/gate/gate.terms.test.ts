// The terms of a verdict gate: values stay with the validator, and dev.permissive ends at its moment.
import { afterAll, describe, expect, test } from "vitest";
import { sha256 } from "../../../src/core/base/digest.ts";
import { instant } from "../../../src/core/base/time.ts";
import type { Order } from "../../../src/core/proposal/order.ts";
import type { Bench } from "../../../src/validator/bench.ts";
import { NOON } from "../../support/proposals.ts";
import {
  CLAIMED,
  condition,
  GOOD,
  judged,
  openGateLab,
  type Scene,
  verdictGate,
} from "../../support/verdict-gate.ts";

const lab = openGateLab();
afterAll(() => lab.remove());

describe("values stay here", () => {
  const CANARY = ["canary", "7f3a", "91c2", "b6d8"].join("-");
  const POLICY = `[evidence.env]\nallow = ["DEPLOY_TARGET"]\n${condition(
    "deployed",
    "env",
    '{ check = "get", key = "DEPLOY_TARGET" }',
    'comparator = "equals"\nexpected = "production"',
  )}${verdictGate('"deployed"')}`;

  test("a secret that a condition asks for is in no verdict and no line of the log", async () => {
    const there = await lab.scene(POLICY, { DEPLOY_TARGET: CANARY });
    const { outcome, verdict } = await judged(there);
    expect(outcome).toBe("MANUAL_REQUIRED");
    const [record] = verdict.predicate.decision?.conditions ?? [];
    expect(record).toMatchObject({ state: "false", reason: "condition_false", value: null });
    // Not the plain hash either: whoever knows what it could be would know what it is.
    expect(record?.digest).toMatch(/^[0-9a-f]{64}$/);
    expect([sha256(CANARY), sha256(JSON.stringify(CANARY))]).not.toContain(record?.digest);
    expect(`${JSON.stringify(verdict)}${there.on.logged.join("")}`).not.toContain(CANARY);
  });

  test("and another validator's key gives another hash of the same value", async () => {
    const digestOf = async (): Promise<unknown> => {
      const { verdict } = await judged(await lab.scene(POLICY, { DEPLOY_TARGET: CANARY }));
      return verdict.predicate.decision?.conditions[0]?.digest;
    };
    expect(await digestOf()).not.toBe(await digestOf());
  });

  test.each([
    ["the policy alone", "allow_raw_values = true\n", null],
    ["the provider alone", 'raw_providers = ["env"]\n', null],
    ["both", 'allow_raw_values = true\nraw_providers = ["env"]\n', '"production"'],
  ])("opened by %s", async (_, keys, shown) => {
    const there = await lab.scene(`[evidence]\n${keys}${POLICY}`, { DEPLOY_TARGET: "production" });
    const { outcome, verdict } = await judged(there);
    expect([outcome, verdict.predicate.decision?.conditions[0]?.value]).toEqual(["APPROVED", shown]);
  });

  test("a variable that the policy does not allow is refused when the policy is loaded", async () => {
    await expect(lab.scene(POLICY.replace('["DEPLOY_TARGET"]', "[]"))).rejects.toMatchObject({
      code: "config_invalid",
    });
  });
});

describe("D16: dev.permissive", () => {
  const DAY = 86_400_000;
  /** The bench's configuration was written a minute before NOON. */
  const until = NOON - 60_000 + DAY;
  const policy = (dev = "", gate = ""): string =>
    `[dev]\npermissive = true\nttl_days = 1\n${dev}${CLAIMED}${verdictGate('"claimed"')}${gate}`;
  const claim: Partial<Order> = {
    evidence: [{ name: "tests_passed", value: true }],
    expires: instant(until + DAY),
  };
  const at = async (now: number, toml = policy()): Promise<Scene> => {
    const there = await lab.scene(toml);
    there.on.clock.now = now;
    return there;
  };
  const LANE = ["MANUAL_REQUIRED", "claimed unknown asserted trust_lane"];

  test("lowers the lane while it lasts, and is stamped into the verdict, which ends with it", async () => {
    const { outcome, verdict } = await judged(await at(until - 1000), GOOD, claim);
    expect(outcome).toBe("APPROVED");
    const { decision, expires } = verdict.predicate;
    expect(decision).toMatchObject({ permissive_until: instant(until), min_lane: "verified" });
    expect(decision?.conditions[0]).toMatchObject({ lane: "asserted", min_lane: "asserted", state: "true" });
    expect(expires).toBe(instant(until));
  });

  test("ends at its moment, in a validator that runs on", async () => {
    const { outcome, trace, verdict } = await judged(await at(until), GOOD, claim);
    expect([outcome, ...trace]).toEqual(LANE);
    expect(verdict.predicate.decision?.permissive_until).toBeNull();
  });

  // Threat: a slow provider carries a round that began in time over the end.
  test("does not hold for what is decided behind its end, when the round began before it", async () => {
    const there = await at(until - 1);
    const { bench, clock } = there.on;
    const slow: Bench = {
      ...bench,
      providers: (facts) => {
        clock.now = until;
        return bench.providers(facts);
      },
    };
    const { outcome, trace } = await judged(there, GOOD, claim, slow);
    expect([outcome, ...trace]).toEqual(LANE);
  });

  test.each([
    ["exempt providers", policy('exempt_providers = ["caller"]\n')],
    ["a gate that asks for verified evidence itself", policy("", 'min_lane = "verified"\n')],
    [
      "a condition that asks for it",
      policy().replace('id = "claimed"\n', 'id = "claimed"\nmin_lane = "verified"\n'),
    ],
  ])("leaves %s strict", async (_, toml) => {
    const { outcome, trace } = await judged(await at(NOON, toml), GOOD, claim);
    expect([outcome, ...trace]).toEqual(LANE);
  });
});
