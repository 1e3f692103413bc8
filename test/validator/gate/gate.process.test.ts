// The verdict gate in a real process: its environment, and the key that is made at its start.
import { spawnSync } from "node:child_process";
import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { instant } from "../../../src/core/base/time.ts";
import { openBench, publishNow, putOrder, verdictOn } from "../../support/bench.ts";
import { removeScratch, scratchRepository } from "../../support/scratch.ts";

const program = join(import.meta.dirname, "../../../bin/countersign.js");
const PATCH = "diff --git a/a.ts b/a.ts\n--- a/a.ts\n+++ b/a.ts\n@@ -1 +1 @@\n-one\n+two\n";
const PATIENCE = 60_000;

let repo: string;
beforeAll(() => {
  repo = scratchRepository("gate-process", { "a.ts": "one\n" });
});
afterAll(() => removeScratch(repo));

test(
  "the verdict gate reads the process's environment, and the key that hides what it read is made at the start",
  async () => {
    const toml = `[evidence.env]\nallow = ["DEPLOY_TARGET"]\n[[conditions]]\nid = "deployed"\nprovider = "env"\nquery = { check = "get", key = "DEPLOY_TARGET" }\ncomparator = "equals"\nexpected = "production"\n[gates.verdict]\nrequire = "deployed"\n`;
    const there = await openBench(repo, toml);
    const key = join(there.state, "keys", "disclosure.key");
    rmSync(key);
    writeFileSync(
      join(there.state, "repository.json"),
      JSON.stringify({ version: 1, path: repo, git_dir: join(repo, ".git") }),
    );
    const base = await publishNow(there);
    const outcomeUnder = async (target: string): Promise<string> => {
      const id = await putOrder(there, base, PATCH, { expires: instant(Date.now() + 3_600_000) });
      const { status, stderr } = spawnSync(
        process.execPath,
        [program, "validator", "--once", "--state", there.state],
        { encoding: "utf8", timeout: PATIENCE, env: { PATH: process.env["PATH"], DEPLOY_TARGET: target } },
      );
      expect({ status, stderr }).toEqual({
        status: 0,
        stderr: expect.not.stringContaining(target) as string,
      });
      const verdict = await verdictOn(there, id);
      expect(JSON.stringify(verdict)).not.toContain(target);
      return verdict.predicate.outcome;
    };
    expect(await outcomeUnder("production")).toBe("APPROVED");
    expect(statSync(key).mode & 0o777).toBe(0o600);
    const made = readFileSync(key);
    expect(await outcomeUnder("playground")).toBe("MANUAL_REQUIRED");
    expect(readFileSync(key).equals(made)).toBe(true);
    removeScratch(there.state);
  },
  PATIENCE,
);
