// Check `words`: an order that somebody wrote past the gateway holds a secret; it is refused, and nothing of it is said again.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { OpenManifest } from "../../../src/core/manifest/manifest.ts";
import type { Order } from "../../../src/core/proposal/order.ts";
import { judge } from "../../../src/validator/round.ts";
import {
  findingsOf,
  openBench,
  publishNow,
  putOrder,
  type TestBench,
  verdictOn,
} from "../../support/bench.ts";
import { context, dsse } from "../../support/evidence.ts";
import { removeScratch, scratchRepository } from "../../support/scratch.ts";
import { pieced } from "../../support/pieced.ts";

const PATCH = "diff --git a/a.ts b/a.ts\n--- a/a.ts\n+++ b/a.ts\n@@ -1 +1 @@\n-one\n+two\n";
/** Put together here, so that no scanner of this repository finds a token in it. */
const CANARY = pieced(["gh", "p_", "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3hJ6"]);
const PASSWORD = pieced(["hX7", "q2Lp9", "Vt4Zk8"]);

const envelope = (over: Parameters<typeof context>[0] = {}): string =>
  Buffer.from(dsse(context(over)).bytes).toString();

let repo: string;
let on: TestBench;
let base: OpenManifest;

beforeAll(async () => {
  repo = scratchRepository("words", { "a.ts": "one\n" });
  on = await openBench(repo);
  base = await publishNow(on);
});
afterAll(() => {
  removeScratch(repo);
  removeScratch(on.state);
});

test.each<readonly [string, Partial<Order>, string]>([
  ["title", { title: `Use ${CANARY}` }, "title"],
  ["rationale", { rationale: `The old key was ${CANARY}, it is gone.` }, "rationale"],
  [
    "claim",
    {
      evidence: [
        { name: "tests", value: true },
        { name: "log", value: CANARY },
      ],
    },
    "evidence[1]",
  ],
  ["claim that its name gives away", { evidence: [{ name: "password", value: PASSWORD }] }, "evidence[0]"],
  ["envelope", { evidence: [{ envelope: envelope({ params: { key: CANARY } }) }] }, "evidence[0]"],
  [
    "envelope whose parameter's name gives it away",
    { evidence: [{ envelope: envelope({ params: { password: PASSWORD } }) }] },
    "evidence[0]",
  ],
])("a secret in the %s is refused without echo", async (_, changes, where) => {
  on.logged.length = 0;
  const id = await putOrder(on, base, PATCH, changes);
  expect(await judge(on.bench, base, id, true)).toEqual({ kind: "signed", outcome: "REJECTED" });
  const verdict = await verdictOn(on, id);
  expect(findingsOf(verdict)).toEqual(["words: secret_suspected"]);
  expect(
    verdict.predicate.checks.find(({ id: check }) => check === "words")?.findings[0]?.refusal.where,
  ).toBe(where);
  const said = `${JSON.stringify(verdict)}${on.logged.join("")}${readFileSync(join(on.state, "exchange", "verdicts", `${id}.dsse.json`), "utf8")}`;
  for (const secret of [CANARY, PASSWORD]) {
    expect(said).not.toContain(secret);
    expect(said).not.toContain(secret.slice(0, 10));
  }
});

test("ordinary words, claims and envelopes pass", async () => {
  const evidence: Order["evidence"] = [
    { name: "tests_passed", value: true },
    { name: "commit", value: "0123456789abcdef0123456789abcdef01234567" },
    { name: "shards", value: 4 },
    { name: "nothing", value: null },
    { envelope: envelope() },
  ];
  const id = await putOrder(on, base, PATCH, { title: "Rotate the token of the store", evidence });
  expect(await judge(on.bench, base, id, true)).toEqual({ kind: "signed", outcome: "APPROVED" });
});
