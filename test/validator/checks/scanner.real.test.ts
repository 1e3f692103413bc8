// gitleaks, semgrep and bandit themselves, in the real sandbox: what is planted is found, and nothing in a patch silences it.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { OpenManifest } from "../../../src/core/manifest/manifest.ts";
import { judge } from "../../../src/validator/round.ts";
import { openBench, publishNow, putOrder, type TestBench, verdictOn } from "../../support/bench.ts";
import { creating, realScanners, scannersToml } from "../../support/scanners.ts";
import { removeScratch, scratchRepository } from "../../support/scratch.ts";
import { pieced } from "../../support/pieced.ts";

const folder = realScanners();
/** Put together here: no file of this repository holds anything that looks like a secret. */
const KEY = pieced(["AKIA", "Z7QX4KJ2", "M3N5P6RT"]);
const OLD_KEY = pieced(["AKIA", "Q2WE5RT7", "UZ3PA4SX"]);
const SHELL = "subprocess.call(words, shell=True)";

describe.runIf(folder !== undefined)("real scanners", { timeout: 120_000 }, () => {
  let repo: string;
  let on: TestBench;
  let base: OpenManifest;

  beforeAll(async () => {
    repo = scratchRepository("scanners", {
      "src/old.py": `import subprocess\n\n\ndef old(words):\n    ${SHELL}\n\n\ndef a():\n    return 1\n`,
      "src/key.py": `# one\n# two\n# three\n# four\n# five\nKEY = "${OLD_KEY}"\n`,
    });
    on = await openBench(repo, scannersToml(["gitleaks", "semgrep", "bandit"]), undefined, {
      PATH: folder ?? "",
    });
    base = await publishNow(on);
  });

  afterAll(() => {
    removeScratch(repo);
    removeScratch(on.state);
  });

  async function scanned(patch: string): Promise<{ outcome: string; found: readonly string[]; all: string }> {
    const id = await putOrder(on, base, patch);
    expect(await judge(on.bench, base, id, true)).toMatchObject({ kind: "signed" });
    const { predicate } = await verdictOn(on, id);
    const found = predicate.checks
      .filter(({ id: check }) => check.startsWith("scanner-"))
      .flatMap(({ result, findings }) =>
        findings.map(({ rule, refusal }) => `${result} ${rule} ${refusal.code} ${refusal.where}`),
      );
    return { outcome: predicate.outcome, found, all: JSON.stringify(predicate) };
  }

  test("nothing to find: approved, with version and digest of each program", async () => {
    const { outcome, found, all } = await scanned(
      creating({ "src/new.py": ["def one():", "    return 1"], "src/new.ts": ["export const one = 1;"] }),
    );
    expect(found).toEqual([]);
    expect(outcome).toBe("APPROVED");
    for (const name of ["gitleaks", "semgrep", "bandit"])
      expect(all).toMatch(new RegExp(`"name":"${name}","version":"[0-9a-z.]+ sha256:[0-9a-f]{24}`));
  });

  const PLANTED = ["import subprocess", "", "def f(words):", `    ${SHELL}`];
  test.each([
    ["bandit: a shell", { "src/new.py": PLANTED }, "WARNED bandit.b602 scanner_finding src/new.py:4"],
    [
      "semgrep: a shell",
      { "src/new.py": PLANTED },
      "WARNED semgrep.python-shell-command-of-a-value scanner_finding src/new.py:4",
    ],
    [
      "semgrep: eval",
      { "src/new.ts": ["export const f = (words: string) => eval(words);"] },
      "WARNED semgrep.javascript-eval-of-a-value scanner_finding src/new.ts:1",
    ],
    [
      "gitleaks: a key",
      { "src/new.ts": ["// here", `export const key = "${KEY}";`] },
      "FAILED gitleaks.aws-access-token secret_suspected src/new.ts:2",
    ],
  ])("%s is found", async (_title, files, expected) => {
    const { outcome, found, all } = await scanned(creating(files));
    expect(found).toContain(expected);
    expect(outcome).not.toBe("APPROVED");
    expect(all).not.toContain(KEY);
  });

  test("what the patch leaves alone: old faults do not count, an old secret asks for a person", async () => {
    const patch = (path: string, text: string): string =>
      `diff --git a/${path} b/${path}\n--- a/${path}\n+++ b/${path}\n${text}`;
    const edit = "@@ -7,3 +7,3 @@\n \n def a():\n-    return 1\n+    return 2\n";
    const { found, outcome } = await scanned(patch("src/old.py", edit));
    expect({ found, outcome }).toEqual({ found: [], outcome: "APPROVED" });
    const top = "@@ -1,3 +1,3 @@\n-# one\n+# eins\n # two\n # three\n";
    const { found: old } = await scanned(patch("src/key.py", top));
    expect(old).toEqual(["WARNED gitleaks.aws-access-token secret_suspected src/key.py:6"]);
  });

  test("a file that bandit cannot read is no approval", async () => {
    const { found, outcome } = await scanned(creating({ "src/new.py": ["def f(:"] }));
    expect(found).toContain("ERROR error scanner_failed bandit");
    expect(outcome).toBe("MANUAL_REQUIRED");
  });
});
