// Exceptions in a whole round: a finding that was let pass stays in the signed verdict, and nothing else is let pass with it.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { OpenManifest } from "../../../src/core/manifest/manifest.ts";
import { refusal } from "../../../src/core/base/refusal.ts";
import { asFinding, type Check, judgedBy } from "../../../src/validator/checks/check.ts";
import { checksOf } from "../../../src/validator/checks/registry.ts";
import { judge } from "../../../src/validator/round.ts";
import {
  openBench,
  publishNow,
  putOrder,
  resultsOf,
  type TestBench,
  verdictOn,
} from "../../support/bench.ts";
import { removeScratch, scratchRepository } from "../../support/scratch.ts";

const RULES = `
[rules]
exclude = [
  { rules = ["security", "continuous-integration", "executable"], paths = ["**"], reason = "this repository is about it" },
]
suppress = [
  { rule = "javascript", path = "package.json", reason = "being moved this week", expires = "2026-11-22T10:30:00Z" },
  { rule = "python", path = "src/a.ts", reason = "never needed at all", expires = "2027-11-22T12:00:00Z" },
]
`;

let repo: string;
let on: TestBench;
let base: OpenManifest;

beforeAll(async () => {
  repo = scratchRepository("excepted", {
    "src/a.ts": "one\n",
    "auth/login.ts": "one\n",
    "auth/package.json": "one\n",
    "package.json": "one\n",
    ".github/workflows/a.yml": "one\n",
  });
  on = await openBench(repo, RULES);
  base = await publishNow(on);
});
afterAll(() => {
  removeScratch(repo);
  removeScratch(on.state);
});

const change = (path: string): string =>
  `diff --git a/${path} b/${path}\n--- a/${path}\n+++ b/${path}\n@@ -1 +1 @@\n-one\n+two\n`;
const executable =
  "diff --git a/src/x.ts b/src/x.ts\nnew file mode 100755\n--- /dev/null\n+++ b/src/x.ts\n@@ -0,0 +1 @@\n+x\n";

async function judged(
  patch: string,
  checks: readonly Check[] = checksOf(on.bench),
): Promise<{ outcome: string; results: Readonly<Record<string, string>>; said: readonly string[] }> {
  on.logged.length = 0;
  const id = await putOrder(on, base, patch);
  expect(await judge(on.bench, base, id, true, checks)).toMatchObject({ kind: "signed" });
  const verdict = await verdictOn(on, id);
  const said = verdict.predicate.checks.flatMap(({ findings }) =>
    findings.map(({ rule, refusal: { code, where } }) => `${rule} ${code} ${where}`),
  );
  return { outcome: verdict.predicate.outcome, results: resultsOf(verdict), said };
}

describe("no exception", () => {
  test.each([
    ["a blocked path", change(".github/workflows/a.yml"), "REJECTED", "path_blocked"],
    ["a new executable", executable, "MANUAL_REQUIRED", "diff_mode"],
    [
      "a further rule of the same file",
      change("auth/package.json"),
      "MANUAL_REQUIRED",
      "javascript path_dependency",
    ],
  ])("reaches %s", async (_, patch, outcome, finding) => {
    const seen = await judged(patch);
    expect(seen.outcome).toBe(outcome);
    expect(seen.said.join("\n")).toContain(finding);
  });

  test("reaches a check that knows none, or does not say which findings block", async () => {
    const finding = asFinding("security", refusal("secret_suspected", "found", "src/a.ts:1"));
    const own = (id: string, over: Partial<Check>): Check => ({
      id,
      tool: "countersign",
      after: [],
      run: () => Promise.resolve(judgedBy([finding], [])),
      ...over,
    });
    const mute = own("mute", {
      exceptable: true,
      run: () => Promise.resolve({ result: "FAILED", findings: [finding] }),
    });
    const seen = await judged(change("src/a.ts"), [
      own("strict", {}),
      mute,
      own("mild", { exceptable: true }),
    ]);
    expect(seen.results).toMatchObject({ strict: "FAILED", mute: "FAILED", mild: "PASSED" });
  });
});

test("a finding that was let pass is in the approval, with the operator's reason, and in the log without the path", async () => {
  const seen = await judged(change("auth/login.ts"));
  expect(seen).toMatchObject({ outcome: "APPROVED", results: { paths: "PASSED" } });
  expect(seen.said).toEqual(["security finding_let_pass auth/login.ts"]);
  const line = on.logged.find((one) => one.includes("finding let pass"));
  expect(line).toContain('"rule":"security"');
  expect(line).not.toContain("login");
});

test("a suppression ends at its instant, and says that it is over", async () => {
  const noon = on.clock.now;
  const end = Date.UTC(2026, 10, 22, 10, 30);
  on.clock.now = end - 1;
  expect(await judged(change("package.json"))).toMatchObject({ outcome: "APPROVED" });
  on.clock.now = end;
  const after = await judged(change("package.json"));
  on.clock.now = noon;
  expect(after).toMatchObject({
    outcome: "MANUAL_REQUIRED",
    said: ["javascript path_dependency package.json"],
  });
  expect(on.logged.join("")).toContain("lets nothing pass");
});

test("a suppression that nothing needs is told of", async () => {
  await judged(change("src/a.ts"));
  expect(on.logged.join("")).toContain("lets nothing pass");
});
