// What git holds while somebody looks once more: all refs or none, and no lock stays behind.
import { chmodSync, existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Refusal, refusal } from "../../../src/core/base/refusal.ts";
import { findGit, type Git } from "../../../src/io/exec/git.ts";
import { type Transacted, transact } from "../../../src/io/exec/ref-transaction.ts";
import { git, removeScratch, scratchRepository } from "../../support/scratch.ts";

let repo: string;
let found: Git;
beforeEach(async () => {
  repo = scratchRepository("refs", { "a.txt": "a\n" });
  found = await findGit(process.env["PATH"] ?? "", 30_000);
});
afterEach(() => removeScratch(repo));

const NO = refusal("patch_withdrawn", "it was");
const tip = (): string => git(repo, "rev-parse", "main").trim();
const refs = (): string => git(repo, "for-each-ref", "--format=%(refname)");
const locks = (): readonly string[] =>
  readdirSync(join(repo, ".git"), { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".lock"),
  );
const ask = (refusedNow: () => Promise<Refusal | undefined>, tool = found): Promise<Transacted> =>
  transact(
    tool,
    { gitDir: join(repo, ".git"), args: ["update-ref", "--stdin"] },
    `option no-deref\nverify refs/heads/main ${tip()}\ncreate refs/heads/a ${tip()}\ncreate refs/heads/b ${tip()}\n`,
    refusedNow,
  );

/** A git of which `script` says what it does before it becomes the real one. */
function wrapped(script: string): Git {
  const file = join(repo, ".git", "wrapped");
  writeFileSync(file, `#!/bin/sh\n${script}\nexec '${found.file}' "$@"\n`);
  chmodSync(file, 0o755);
  return { ...found, file };
}

// The second one answers only at its end, as far as we know.
describe.each(["", "2.31.1"])("git %s", (version) => {
  const tool = (): Git => (version === "" ? found : { ...found, version });

  test("refused: none of them", async () => {
    expect(await ask(() => Promise.resolve(NO), tool())).toEqual({ kind: "refused", refusal: NO });
    expect([refs(), locks()]).toEqual(["refs/heads/main\n", []]);
  });

  test("who looks throws: none of them", async () => {
    await expect(ask(() => Promise.reject(new Error("no configuration")), tool())).rejects.toThrow(
      "no configuration",
    );
    expect([refs(), locks()]).toEqual(["refs/heads/main\n", []]);
  });

  test("one is there already: none of them, and git says why", async () => {
    git(repo, "branch", "b");
    const done = await ask(() => Promise.resolve(undefined), tool());
    expect(done).toMatchObject({
      kind: "failed",
      failure: { message: expect.stringContaining("refs/heads/b") as string },
    });
    expect([refs(), locks()]).toEqual(["refs/heads/b\nrefs/heads/main\n", []]);
  });

  test("nothing against it: all of them", async () => {
    expect(await ask(() => Promise.resolve(undefined), tool())).toEqual({ kind: "committed" });
    expect([refs(), locks()]).toEqual(["refs/heads/a\nrefs/heads/b\nrefs/heads/main\n", []]);
  });
});

test("who looks does so while git holds the refs", async () => {
  let held = false;
  const other = git(repo, "commit-tree", "main^{tree}", "-m", "other").trim();
  await ask(() => {
    held = ["a", "b", "main"].every((name) =>
      existsSync(join(repo, ".git", "refs", "heads", `${name}.lock`)),
    );
    expect(() => git(repo, "update-ref", "refs/heads/main", other)).toThrow("cannot lock");
    return Promise.resolve(undefined);
  });
  expect(held).toBe(true);
});

test("a ref that somebody holds: nobody is asked", async () => {
  writeFileSync(join(repo, ".git", "refs", "heads", "main.lock"), "");
  const done = await ask(() => Promise.reject(new Error("asked")));
  expect(done).toMatchObject({
    kind: "failed",
    failure: { message: expect.stringContaining("main.lock") as string },
  });
  expect(refs()).toBe("refs/heads/main\n");
});

test("a git that hangs is ended, and that is no answer", async () => {
  const tool = { ...wrapped('case " $* " in *" update-ref "*) exec sleep 60;; esac'), timeoutMs: 300 };
  const done = await ask(() => Promise.resolve(undefined), tool);
  expect(done).toMatchObject({ kind: "failed", failure: { code: "exec_timeout" } });
  expect([refs(), locks()]).toEqual(["refs/heads/main\n", []]);
});

test("who looks for longer than git may take gets nothing, and others need not wait for it", async () => {
  const { promise: never } = Promise.withResolvers<undefined>();
  await expect(ask(() => never, { ...found, timeoutMs: 500 })).rejects.toMatchObject({
    code: "exec_timeout",
  });
  expect([refs(), locks()]).toEqual(["refs/heads/main\n", []]);
});
