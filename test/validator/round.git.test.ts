// What a round asks of git: how often, and that no git that hangs, dies, floods or says nothing ever ends in an approval.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { OpenManifest } from "../../src/core/manifest/manifest.ts";
import type { Bench } from "../../src/validator/bench.ts";
import { judge } from "../../src/validator/round.ts";
import { Shelf } from "../../src/validator/shelf.ts";
import { findingsOf, openBench, publishNow, putOrder, type TestBench, verdictOn } from "../support/bench.ts";
import { removeScratch, scratchRepository } from "../support/scratch.ts";

const GOOD =
  "diff --git a/src/a.ts b/src/a.ts\n--- a/src/a.ts\n+++ b/src/a.ts\n@@ -1,3 +1,3 @@\n one\n-two\n+TWO\n three\n";

let repo: string;
let on: TestBench;
let base: OpenManifest;

beforeAll(async () => {
  repo = scratchRepository("round-git", { "src/a.ts": "one\ntwo\nthree\n" });
  on = await openBench(repo);
  base = await publishNow(on);
});

afterAll(() => {
  removeScratch(repo);
  removeScratch(on.state);
});

/** A git that does `what` when it is called with this command, and is git otherwise. */
function stub(command: string, what: string, timeoutMs = 20_000): Bench {
  const file = join(on.state, "git-stub");
  const { git: real } = on.bench;
  const text = `#!/bin/sh\ncase " $* " in *" ${command} "*) ${what};; esac\nexec '${real.file}' "$@"\n`;
  writeFileSync(file, text, { mode: 0o755 });
  return { ...on.bench, git: { ...real, file, timeoutMs } };
}

const HOW: Readonly<Record<string, string>> = {
  hangs: "exec /bin/sleep 60",
  "is killed": "kill -9 $$",
  "ends with an error": "exit 70",
  "says nothing": "exit 0",
  "floods both pipes": "while :; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; echo x >&2; done",
};

/** Every command of a round; the last two only where nothing is kept yet. */
const COMMANDS: readonly (readonly [string, (bench: Bench) => Bench])[] = [
  ["apply", (bench) => bench],
  ["write-tree", (bench) => bench],
  ["diff-tree", (bench) => bench],
  ["cat-file", (bench) => bench],
  ["read-tree", (bench) => ({ ...bench, shelf: new Shelf() })],
  ["ls-tree", (bench) => ({ ...bench, shelf: new Shelf() })],
];

describe.each(COMMANDS)("git %s", (command, prepared) => {
  test.each(Object.entries(HOW))("that %s approves nothing", async (how, what) => {
    const bench = prepared(stub(command, what, how === "hangs" ? 400 : 20_000));
    const id = await putOrder(on, base, GOOD);
    const judged = await judge(bench, base, id, true);
    expect(judged).toMatchObject({
      kind: "signed",
      outcome: expect.not.stringMatching("APPROVED") as string,
    });
    const verdict = await verdictOn(on, id);
    expect(findingsOf(verdict).length).toBeGreaterThan(0);
  });

  test.each(["hangs", "is killed", "ends with an error"])("that %s is tried again first", async (how) => {
    const bench = prepared(stub(command, HOW[how] ?? "", how === "hangs" ? 400 : 20_000));
    const id = await putOrder(on, base, GOOD);
    expect(await judge(bench, base, id, false)).toMatchObject({ kind: "again" });
    expect((await on.bench.exchange.verdicts.read(id)).kind).toBe("absent");
    expect(await judge(on.bench, base, id, false)).toEqual({ kind: "signed", outcome: "APPROVED" });
  });
});

describe("what a round asks of git", () => {
  async function asked(bench: Bench, patch: string): Promise<readonly string[]> {
    const log = join(on.state, "git-calls");
    writeFileSync(log, "");
    const file = join(on.state, "git-recorder");
    const text = `#!/bin/sh\nfor word; do case $word in [a-z]*-[a-z]*|apply) echo $word >>'${log}'; break;; esac; done\nexec '${bench.git.file}' "$@"\n`;
    writeFileSync(file, text, { mode: 0o755 });
    const id = await putOrder(on, base, patch);
    await judge({ ...bench, git: { ...bench.git, file } }, base, id, false);
    return readFileSync(log, "utf8").trim().split("\n").toSorted();
  }

  const FOUR = ["apply", "cat-file", "diff-tree", "write-tree"];

  test("four things on a base that is known", async () => {
    expect(await asked(on.bench, GOOD)).toEqual(FOUR);
  });

  test("the base's index and paths once more where nothing is kept", async () => {
    const shelf = new Shelf();
    expect(await asked({ ...on.bench, shelf }, GOOD)).toEqual([...FOUR, "ls-tree", "read-tree"].toSorted());
    expect(await asked({ ...on.bench, shelf }, GOOD)).toEqual(FOUR);
  });

  test("nothing is applied where something stands against the patch", async () => {
    expect(await asked(on.bench, GOOD.replaceAll("src/a.ts", ".git/config"))).not.toContain("apply");
  });
});
