// Facts that the validator established itself: protected paths and changes by git's list, and criteria by their files.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { standingChecks as checks } from "../../../src/validator/checks/registry.ts";
import { judge } from "../../../src/validator/round.ts";
import { putOrder, verdictOn } from "../../support/bench.ts";
import { removeScratch, scratch } from "../../support/scratch.ts";
import {
  condition,
  created,
  GOOD,
  judged,
  openGateLab,
  type Scene,
  seen,
  verdictGate,
} from "../../support/verdict-gate.ts";

const lab = openGateLab();
afterAll(() => lab.remove());

describe("G33: protected paths come from git's list", () => {
  let there: Scene;
  beforeAll(async () => {
    const unprotected = condition(
      "unprotected",
      "checks",
      '{ check = "protected" }',
      'comparator = "equals"\nexpected = false',
    );
    there = await lab.scene(`${unprotected}${verdictGate('"unprotected"')}`);
  });

  test.each([
    ["src/auth/x.ts", "MANUAL_REQUIRED", "unprotected false verified condition_false"],
    ["src/new.ts", "APPROVED", "unprotected true verified"],
  ])("%s", async (path, outcome, line) => {
    const found = await judged(there, created(path));
    expect([found.outcome, found.trace]).toEqual([outcome, [line]]);
  });

  // In the original a flag inside the untrusted file decided, and whoever wrote the file could flip it.
  test.each<readonly [string, string, string, string]>([
    [
      "a flag beside the patch",
      '{"arguments_sha256"',
      '{"a_requires_manual_override":false,"arguments_sha256"',
      "REJECTED",
    ],
    [
      "a claim",
      '"evidence":[]',
      '"evidence":[{"name":"requires_manual_override","value":false}]',
      "MANUAL_REQUIRED",
    ],
    ["another level of risk", '"risk_level":"medium"', '"risk_level":"low"', "MANUAL_REQUIRED"],
  ])("%s in the order's file changes nothing", async (_, text, flipped, outcome) => {
    const { on, base } = there;
    const id = await putOrder(on, base, created("src/auth/x.ts"), { risk_level: "medium" });
    const order = await on.bench.exchange.orders.read(id);
    const before = order.kind === "found" ? Buffer.from(order.bytes).toString("utf8") : "";
    expect(before).toContain(text);
    writeFileSync(join(on.state, "exchange", "orders", `${id}.json`), before.replace(text, flipped));
    await judge(on.bench, base, id, true);
    expect((await verdictOn(on, id)).predicate.outcome).toBe(outcome);
  });
});

// Changes by git's own list.
const git = (id: string, query: string, comparator: string, expected: string): string =>
  condition(id, "git", query, `comparator = "${comparator}"\nexpected = ${expected}`);
const GIT = [
  git("one_file", '{ check = "changed_files" }', "equals", "1"),
  git("creates", '{ check = "created_paths" }', "contains", '["src/new.ts"]'),
  git("few_lines", '{ check = "added_lines" }', "less_than_or_equal", "1"),
  git("on_main", '{ check = "target_ref" }', "equals", '"refs/heads/main"'),
  git("at_tip", '{ check = "base_is_tip" }', "equals", "true"),
  git("in_source", '{ check = "touches", globs = ["src/**"] }', "equals", "true"),
  verdictGate('{ all = ["one_file", "creates", "few_lines", "on_main", "at_tip", "in_source"] }'),
].join("");

describe("git's facts", () => {
  test("are of the tree that was built, and each of them counts", async () => {
    const there = await lab.scene(GIT);
    expect((await judged(there, created("src/new.ts"))).outcome).toBe("APPROVED");
    const { outcome, trace } = await judged(there, GOOD);
    expect(outcome).toBe("MANUAL_REQUIRED");
    expect(trace.filter((line) => line.includes(" false "))).toEqual([
      "creates false verified condition_false",
    ]);
  });

  test("are none where no tree was built", async () => {
    const { outcome, trace } = await judged(await lab.scene(GIT), GOOD.replace(" one", " eno"));
    expect(outcome).toBe("REJECTED");
    expect(trace).toHaveLength(6);
    for (const line of trace) expect(line).toMatch(/ unknown verified provider_error git_/);
  });
});

// Threat: git lists changes of a tree at which no check ever looked, and a gate opens for it.
test("a tree that its check did not look at is no fact", async () => {
  const there = await lab.scene(GIT);
  const { on, base } = there;
  const unlooked = checks.map((check) =>
    check.id === "tree" ? { ...check, run: () => Promise.reject(new TypeError("boom")) } : check,
  );
  const id = await putOrder(on, base, created("src/new.ts"));
  await judge(on.bench, base, id, true, unlooked);
  const { outcome, trace } = await seen(on, id);
  expect(outcome).toBe("MANUAL_REQUIRED");
  expect(trace).toHaveLength(6);
  for (const line of trace) expect(line).toMatch(/ unknown verified provider_error git_unavailable$/);
});

test("P19: each criterion stands in the attestation, and one whose file is gone holds, by name", async () => {
  const root = scratch("gate-json");
  writeFileSync(join(root, "coverage.json"), '{"lines": 0.91}');
  const coverage = condition(
    "coverage",
    "json",
    '{ check = "path", file = "coverage.json", jsonpath = "$.lines" }',
    'type = "number"\ncomparator = "greater_than_or_equal"\nexpected_json = "0.8"',
  );
  const there = await lab.scene(
    `[evidence.json]\nroot = "${root}"\n${coverage}${verdictGate('{ all = ["structure", "coverage"] }')}`,
  );
  const whole = await judged(there);
  expect([whole.outcome, ...whole.trace]).toEqual([
    "APPROVED",
    "structure true verified",
    "coverage true verified",
  ]);
  removeScratch(root);
  mkdirSync(root);
  const { outcome, findings, verdict } = await judged(there);
  expect([outcome, ...findings]).toEqual(["MANUAL_REQUIRED", "gate: provider_error"]);
  const finding = verdict.predicate.checks.find(({ id }) => id === "gate")?.findings[0];
  expect(finding?.refusal.where).toBe("coverage");
  expect(finding?.refusal.message).toContain("json_file_not_found");
  removeScratch(root);
});
