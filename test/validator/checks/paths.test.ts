// Check `paths`: what the configuration does with kinds of change, in whole rounds, and as the gateway composes them.
import { execFileSync } from "node:child_process";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { composePatch, type ReadServed } from "../../../src/core/proposal/compose.ts";
import { judge } from "../../../src/validator/round.ts";
import { findingsOf, openBench, publishNow, putOrder, verdictOn } from "../../support/bench.ts";
import { git, removeScratch, scratchRepository } from "../../support/scratch.ts";

const MODE = "diff --git a/run.sh b/run.sh\nold mode 100644\nnew mode 100755\n";
const MODE_AND_LINE = `${MODE}--- a/run.sh\n+++ b/run.sh\n@@ -1 +1 @@\n-one\n+two\n`;
const RENAME = "diff --git a/run.sh b/go.sh\nrename from run.sh\nrename to go.sh\n";
const CRLF = "diff --git a/a.ts b/a.ts\n--- a/a.ts\n+++ b/a.ts\n@@ -1,2 +1,2 @@\n one\n-two\n+two\r\n";

let repo: string;
beforeEach(() => {
  repo = scratchRepository("kinds", { "run.sh": "one\n", "a.ts": "one\ntwo\n" });
});
afterEach(() => removeScratch(repo));

/** By way of the gateway's composition, as everything that agents propose comes. */
async function judged(diff: string, patch: string): Promise<readonly string[]> {
  const on = await openBench(repo, `[patch]\n${patch}\n`);
  const base = await publishNow(on);
  const read: ReadServed = async (path) => {
    const entry = base.byPath.get(path);
    const found = entry === undefined ? undefined : await on.bench.exchange.published.blob(entry.sha256);
    return found?.kind === "found" ? { bytes: found.bytes, masks: [] } : undefined;
  };
  const made = await composePatch({ diff }, base, read, on.bench.setup.config);
  if (!made.ok) throw new Error(made.refusal.message);
  const id = await putOrder(on, base, made.value.patch);
  expect(await judge(on.bench, base, id, true)).toMatchObject({ kind: "signed" });
  const verdict = await verdictOn(on, id);
  removeScratch(on.state);
  return [verdict.predicate.outcome, ...findingsOf(verdict)];
}

describe("a kind of change is", () => {
  test.each([
    ["rejected by default: a mode change", MODE, "", ["REJECTED", "paths: diff_mode"]],
    ["rejected: a rename", RENAME, 'renames = "reject"', ["REJECTED", "paths: change_kind"]],
    ["rejected: line ends", CRLF, 'crlf = "reject"', ["REJECTED", "paths: change_kind"]],
    [
      "a person's: a mode change alone",
      MODE,
      'mode_changes = "manual"',
      ["MANUAL_REQUIRED", "paths: diff_mode"],
    ],
    [
      "a person's: a mode and a line",
      MODE_AND_LINE,
      'mode_changes = "manual"',
      ["MANUAL_REQUIRED", "paths: diff_mode"],
    ],
    ["a person's: a rename", RENAME, 'renames = "manual"', ["MANUAL_REQUIRED", "paths: change_kind"]],
    ["accepted: a rename", RENAME, "", ["APPROVED"]],
  ])("%s", async (_, diff, patch, expected) => {
    const seen = await judged(diff, patch);
    expect([seen[0], ...seen.filter((one) => one.startsWith("paths"))]).toEqual(expected);
  });
});

test("a mode change whose old mode is another is refused before it is a patch", async () => {
  execFileSync("chmod", ["+x", "run.sh"], { cwd: repo });
  git(repo, "commit", "-qam", "executable");
  await expect(judged(MODE, 'mode_changes = "manual"')).rejects.toThrow("mode 100755");
});
