// Commands of the project: what runs, what of it reaches the verdict, and what is never an approval.
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { OpenManifest } from "../../../src/core/manifest/manifest.ts";
import type { Verdict } from "../../../src/core/attestation/statement.ts";
import { judge } from "../../../src/validator/round.ts";
import {
  openBench,
  publishNow,
  putOrder,
  resultsOf,
  type TestBench,
  verdictOn,
} from "../../support/bench.ts";
import { needs } from "../../support/needs.ts";
import { git, removeScratch, scratch, scratchRepository } from "../../support/scratch.ts";
import { pieced } from "../../support/pieced.ts";

const GOOD =
  "diff --git a/src/a.ts b/src/a.ts\n--- a/src/a.ts\n+++ b/src/a.ts\n@@ -1,3 +1,3 @@\n one\n-two\n+TWO\n three\n";

let repo: string;
const states: string[] = [];

beforeAll(() => {
  repo = scratchRepository("command", { "src/a.ts": "one\ntwo\nthree\n", "docs/b.md": "b\n" });
});

afterAll(() => {
  for (const folder of [repo, ...states]) removeScratch(folder);
});

interface Told {
  readonly on: TestBench;
  readonly verdict: Verdict;
  readonly result: string | undefined;
  readonly said: readonly string[];
}

interface Scene {
  readonly more?: string;
  readonly sandboxed?: boolean;
  readonly repository?: string;
}

async function run(
  entry: string,
  { more = "", sandboxed = true, repository = repo }: Scene = {},
): Promise<Told> {
  const state = scratch("command");
  states.push(state);
  const toml = `[[validator.commands]]\nname = "tests"\n${entry}\n${more}`;
  const opened = await openBench(repository, toml, state);
  const on = sandboxed ? opened : { ...opened, bench: { ...opened.bench, sandbox: undefined } };
  const base: OpenManifest = await publishNow(on);
  const id = await putOrder(on, base, GOOD);
  await judge(on.bench, base, id, true);
  const verdict = await verdictOn(on, id);
  const check = verdict.predicate.checks.find((one) => one.id === "command-tests");
  const said = check?.findings.map(({ refusal }) => `${refusal.code}: ${refusal.message}`) ?? [];
  return { on, verdict, result: resultsOf(verdict)["command-tests"], said };
}

const sh = (script: string): string => `argv = ["/bin/sh", "-c", ${JSON.stringify(script)}]`;

test("without a sandbox nothing runs, and nothing is approved", async () => {
  const { verdict, result, said } = await run(`${sh("true")}\nresult = "reject"`, { sandboxed: false });
  expect(result).toBe("ERROR");
  expect(said).toEqual(["sandbox_missing: command-tests has no sandbox to run in"]);
  expect(verdict.predicate.outcome).toBe("MANUAL_REQUIRED");
});

test.runIf(needs("bwrap"))(
  "a command that fails is a refusal with the end of its output, without secrets",
  async () => {
    const token = pieced(["gh", "p_", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"]);
    const script = `echo first; printf '\\033[31mred\\033[0m\\n'; echo "token ${token}"; exit 3`;
    const { verdict, result, said } = await run(`${sh(script)}\nresult = "reject"`);
    expect(result).toBe("FAILED");
    expect(verdict.predicate.outcome).toBe("REJECTED");
    expect(said[0]).toMatch(/^command_failed: command-tests ended with code 3 after \d+ ms$/);
    expect(said).toContain("command_failed: first");
    expect(said).toContain("command_failed: red");
    expect(JSON.stringify(verdict)).toContain("[REDACTED:");
    expect(JSON.stringify(verdict)).not.toContain(token);
  },
);

test.runIf(needs("bwrap"))("result = manual leaves it to a person", async () => {
  const { verdict, result } = await run(`${sh("exit 1")}\nresult = "manual"`);
  expect([result, verdict.predicate.outcome]).toEqual(["WARNED", "MANUAL_REQUIRED"]);
});

test.runIf(needs("bwrap")).each([
  ["sleeps", "sleep 60", "timeout_seconds = 1", "it ran out of time"],
  ["writes for ever", "yes", "timeout_seconds = 20", "it wrote too much"],
])("a command that %s is an error, and never an approval", async (_what, script, limit, why) => {
  const { verdict, result, said } = await run(`${sh(script)}\nresult = "reject"\n${limit}`);
  expect(result).toBe("ERROR");
  expect(said[0]).toContain(why);
  expect(verdict.predicate.outcome).not.toBe("APPROVED");
});

test.runIf(needs("bwrap"))(
  "it sees the patched tree, read-only, and its run stands in verdict and log",
  async () => {
    // Why touch fails is asked for: it must have been started, and be refused by the file system.
    const script =
      "grep -qx TWO src/a.ts && { touch src/new 2>/tmp/why; grep -q 'Read-only file system' /tmp/why; } && " +
      "echo x >/dev/null && ! test -e .git && touch /tmp/mine";
    const { on, verdict, result } = await run(`${sh(script)}\nresult = "reject"`);
    expect(result).toBe("PASSED");
    expect(verdict.predicate.outcome).toBe("APPROVED");
    const tool = verdict.predicate.checks.find(({ id }) => id === "command-tests")?.tool;
    const [, run_] = /run ([0-9a-f]{16})$/.exec(tool?.version ?? "") ?? [];
    expect(tool?.name).toBe("bubblewrap");
    const line = on.logged.find((one) => one.includes(String(run_)));
    expect(line).toContain(verdict.predicate.patchId);
  },
);

test.runIf(needs("bwrap"))("links that were left out of the tree stand in the verdict", async () => {
  const linked = scratchRepository("command", { "src/a.ts": "one\ntwo\nthree\n" });
  states.push(linked);
  symlinkSync("/etc", join(linked, "out"));
  symlinkSync("src", join(linked, "in"));
  git(linked, "add", "--all");
  git(linked, "commit", "--quiet", "--message", "links");
  const { verdict, result } = await run(`${sh("test -d in && ! test -L out")}\nresult = "reject"`, {
    repository: linked,
  });
  expect(result).toBe("PASSED");
  const tool = verdict.predicate.checks.find(({ id }) => id === "command-tests")?.tool;
  expect(tool?.version).toMatch(/ run [0-9a-f]{16} without 1 links$/);
});

test("a command for other files passes without being run", async () => {
  const { result } = await run(`${sh("exit 1")}\nresult = "reject"\npaths = ["docs/**"]`, {
    sandboxed: false,
  });
  expect(result).toBe("PASSED");
});

const TOTAL = "coverage = 'TOTAL +([0-9.]+)%'";

test.runIf(needs("bwrap")).each([
  ["enough", "echo TOTAL 12%; echo TOTAL 80.5%", "PASSED"],
  [
    "too low",
    "echo TOTAL 99%; echo TOTAL 79.9%",
    "coverage_low: command-tests reports 79.9 % coverage; 80 % is asked for",
  ],
  ["none", "echo no total", "coverage_low: command-tests reports no coverage; 80 % is asked for"],
  ["impossible", "echo TOTAL 180%", "coverage_low: command-tests reports no coverage; 80 % is asked for"],
])("coverage that is %s", async (_what, script, expected) => {
  const { result, said } = await run(`${sh(script)}\nresult = "manual"\n${TOTAL}\nmin_coverage = 80`);
  expect(expected === "PASSED" ? result : said[0]).toBe(expected);
});

const gate = (least: string): string => `
[[conditions]]
id = "covered"
provider = "checks"
query = { check = "coverage", name = "command-tests" }
comparator = "greater_than_or_equal"
expected = ${least}

[gates.verdict]
require = "covered"
`;

test.runIf(needs("bwrap"))("the verdict gate can ask for the coverage", async () => {
  const entry = `${sh("echo TOTAL 80%")}\nresult = "manual"\n${TOTAL}`;
  const [held, open] = [await run(entry, { more: gate("81") }), await run(entry, { more: gate("80") })];
  expect(held.verdict.predicate.outcome).not.toBe("APPROVED");
  expect(open.verdict.predicate.outcome).toBe("APPROVED");
});
