// Check `dependencies`: what a file of code declares for itself asks for a person, in whole rounds, and only an operator excepts it.
import { afterEach, beforeEach, expect, test } from "vitest";
import { judge } from "../../../src/validator/round.ts";
import { openBench, publishNow, putOrder, verdictOn } from "../../support/bench.ts";
import { removeScratch, scratchRepository } from "../../support/scratch.ts";

let repo: string;
beforeEach(() => {
  repo = scratchRepository("inline", { "a.md": "one\n" });
});
afterEach(() => removeScratch(repo));

async function judged(path: string, text: string, toml = ""): Promise<readonly unknown[]> {
  const on = await openBench(repo, toml);
  const base = await publishNow(on);
  const lines = text.split("\n");
  const body = lines.map((line) => `+${line}\n`).join("");
  const head = `diff --git a/${path} b/${path}\nnew file mode 100644\n--- /dev/null\n+++ b/${path}\n`;
  const id = await putOrder(on, base, `${head}@@ -0,0 +1,${lines.length} @@\n${body}`);
  await judge(on.bench, base, id, true);
  const { outcome, checks } = (await verdictOn(on, id)).predicate;
  removeScratch(on.state);
  const { result, findings } = checks.find(({ id: check }) => check === "dependencies")!;
  return [outcome, result, ...findings.map(({ rule, line, refusal: { code } }) => `${rule} ${line} ${code}`)];
}

const SCRIPT = '# /// script\n# dependencies = ["left-pad"]\n# ///\nx = 1';

test.each([
  ["tools/x.py", SCRIPT, 1],
  ["tools/x.ts", 'const a = 1;\nexport { x } from "npm:left-pad@1";', 2],
])("%s asks for a person", async (path, text, line) => {
  expect(await judged(path, text)).toEqual([
    "MANUAL_REQUIRED",
    "WARNED",
    `inline-dependency ${line} path_dependency`,
  ]);
});

test("an operator lets it pass, and that stays in the verdict", async () => {
  const toml = `[rules]\nexclude = [{ rules = ["inline-dependency"], paths = ["tools/**"], reason = "our own scripts" }]\n`;
  expect(await judged("tools/x.py", SCRIPT, toml)).toEqual([
    "APPROVED",
    "PASSED",
    "inline-dependency 1 finding_let_pass",
  ]);
});

test("a script without any passes", async () => {
  expect(await judged("tools/x.py", "# three lines\nx = 1\ny = 2")).toEqual(["APPROVED", "PASSED"]);
});
