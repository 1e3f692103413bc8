// Providers in trouble: what may pass is asked again, what may not is a person's, and nothing of it approves.
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Bench } from "../../../src/validator/bench.ts";
import { judge } from "../../../src/validator/round.ts";
import { putOrder, verdictOn } from "../../support/bench.ts";
import {
  condition,
  created,
  GOOD,
  openGateLab,
  type Scene,
  verdictGate,
} from "../../support/verdict-gate.ts";

const lab = openGateLab();
const HOUR = condition(
  "hour",
  "time",
  '{ check = "hour" }',
  'comparator = "greater_than_or_equal"\nexpected = 0',
);
const ELSEWHERE = condition(
  "elsewhere",
  "git",
  '{ check = "target_ref" }',
  'comparator = "equals"\nexpected = "refs/heads/other"',
);

let there: Scene;

beforeAll(async () => {
  there = await lab.scene(
    `[evidence]\ntimeout_ms = 100\n${HOUR}${verdictGate('{ all = ["structure", "hour"] }')}`,
  );
});
afterAll(() => lab.remove());

const withTime = ({ on: { bench } }: Scene, ask: () => Promise<never>): Bench => ({
  ...bench,
  providers: (facts) => ({ ...bench.providers(facts), time: { ask } }),
});
const fails = (): Promise<never> => Promise.reject(new Error("boom"));
const silent = (): Promise<never> => Promise.withResolvers<never>().promise;
const signed = (outcome: string): { kind: string; outcome: string } => ({ kind: "signed", outcome });

test.each([
  ["throws", fails, "time_failed"],
  ["never answers", silent, "time_timeout"],
])("one that %s: asked again, and in the end a person decides", async (_, ask, detail) => {
  const { on, base } = there;
  const bench = withTime(there, ask);
  const id = await putOrder(on, base, GOOD);
  expect(await judge(bench, base, id, false)).toEqual({
    kind: "again",
    why: `evidence could not be had: ${detail}`,
  });
  expect((await on.bench.exchange.verdicts.read(id)).kind).toBe("absent");
  expect(await judge(bench, base, id, true)).toEqual(signed("MANUAL_REQUIRED"));
  const text = JSON.stringify(await verdictOn(on, id));
  expect(text).toContain(detail);
  expect(text).not.toContain("boom");
});

test("one that is well again at the next try approves", async () => {
  const { on, base } = there;
  const id = await putOrder(on, base, GOOD);
  expect(await judge(withTime(there, fails), base, id, false)).toMatchObject({ kind: "again" });
  expect(await judge(on.bench, base, id, false)).toEqual(signed("APPROVED"));
});

test("none of them can even be opened: the same", async () => {
  const { on, base } = there;
  const providers = (): never => {
    throw new TypeError("boom");
  };
  const bench: Bench = { ...on.bench, providers };
  const id = await putOrder(on, base, GOOD);
  expect(await judge(bench, base, id, false)).toMatchObject({ kind: "again" });
  expect(await judge(bench, base, id, true)).toEqual(signed("MANUAL_REQUIRED"));
  const { decision } = (await verdictOn(on, id)).predicate;
  expect(decision?.conditions.map(({ reason }) => reason)).toEqual(["evidence_missing", "evidence_missing"]);
});

test("nobody waits for an answer that would open nothing", async () => {
  const held = await lab.scene(`${HOUR}${ELSEWHERE}${verdictGate('{ all = ["hour", "elsewhere"] }')}`);
  const id = await putOrder(held.on, held.base, GOOD);
  expect(await judge(withTime(held, fails), held.base, id, false)).toEqual(signed("MANUAL_REQUIRED"));
});

test("nor for one about a patch that is rejected, or that a person decides anyhow", async () => {
  const { on, base } = there;
  const rejected = await putOrder(on, base, GOOD.replace(" one", " eno"));
  expect(await judge(withTime(there, fails), base, rejected, false)).toEqual(signed("REJECTED"));
  const manual = await putOrder(on, base, created("src/auth/x.ts"));
  expect(await judge(withTime(there, fails), base, manual, false)).toEqual(signed("MANUAL_REQUIRED"));
});

test("a host that cannot be reached is trouble that may pass", async () => {
  const alive = condition(
    "alive",
    "http",
    '{ check = "status", url = "https://nobody.invalid/" }',
    'comparator = "equals"\nexpected = 200',
  );
  const { on, base } = await lab.scene(
    `[evidence]\nproviders = ["http", "checks"]\n[evidence.http]\nallowed_hosts = ["nobody.invalid"]\n${alive}${verdictGate('"alive"')}`,
  );
  const id = await putOrder(on, base, GOOD);
  expect(await judge(on.bench, base, id, false)).toMatchObject({ kind: "again" });
  expect(await judge(on.bench, base, id, true)).toEqual(signed("MANUAL_REQUIRED"));
}, 30_000);
