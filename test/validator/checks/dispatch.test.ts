// Check `dispatch`: the operator's rules, asked again of an order that may have come past the gateway.
import { afterAll, beforeAll, expect, test } from "vitest";
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
import { removeScratch, scratchRepository } from "../../support/scratch.ts";

const change = (path: string): string =>
  `diff --git a/${path} b/${path}\n--- a/${path}\n+++ b/${path}\n@@ -1 +1 @@\n-one\n+two\n`;
const RENAME = "diff --git a/docs/a.md b/src/b.md\nrename from docs/a.md\nrename to src/b.md\n";

let repo: string;
const benches: TestBench[] = [];

beforeAll(() => {
  repo = scratchRepository("dispatch", { "src/a.ts": "one\n", "docs/a.md": "one\n" });
});
afterAll(() => {
  removeScratch(repo);
  for (const { state } of benches) removeScratch(state);
});

async function judged(
  rules: string,
  patch: string,
  changes: Partial<Order> = {},
): Promise<readonly string[]> {
  const on = await openBench(repo, rules);
  benches.push(on);
  const base = await publishNow(on);
  const id = await putOrder(on, base, patch, changes);
  await judge(on.bench, base, id, true);
  const verdict = await verdictOn(on, id);
  return [verdict.predicate.outcome, ...findingsOf(verdict)];
}

const PERMIT_DOCS =
  '[dispatch]\ndefault = "deny"\n[[dispatch.rules]]\neffect = "permit"\npaths = ["docs/**"]\n';

test.each<readonly [string, string, string, Partial<Order>, readonly string[]]>([
  ["what a rule permits", PERMIT_DOCS, change("docs/a.md"), {}, ["APPROVED"]],
  ["what no rule permits", PERMIT_DOCS, change("src/a.ts"), {}, ["REJECTED", "dispatch: dispatch_denied"]],
  [
    "a patch of which only one end is permitted",
    PERMIT_DOCS,
    RENAME,
    {},
    ["REJECTED", "dispatch: dispatch_denied"],
  ],
  [
    "another principal",
    '[dispatch]\ndefault = "deny"\n[[dispatch.rules]]\neffect = "permit"\nprincipals = ["desktop"]\n',
    change("docs/a.md"),
    { principal: "stranger" },
    ["REJECTED", "dispatch: dispatch_denied"],
  ],
  [
    "a level of risk",
    '[dispatch]\ndefault = "permit"\n[[dispatch.rules]]\neffect = "deny"\nrisk_levels = ["medium"]\n',
    change("docs/a.md"),
    { risk_level: "medium" },
    ["REJECTED", "dispatch: dispatch_denied"],
  ],
  [
    "a type of change that is an error",
    '[dispatch]\ndefault = "permit"\n[[dispatch.rules]]\neffect = "error"\nmessage = "not through this door"\nchange_types = ["refactor"]\n',
    change("docs/a.md"),
    { change_type: "refactor" },
    ["REJECTED", "dispatch: dispatch_error"],
  ],
])("%s", async (_, rules, patch, changes, expected) => {
  expect(await judged(rules, patch, changes)).toEqual(expected);
});
