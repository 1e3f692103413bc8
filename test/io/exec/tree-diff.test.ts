// git's own list of what differs: trees that are not there are no empty list, and a git that was never asked goes away.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { GitOid } from "../../../src/core/base/ids.ts";
import { applyToTree } from "../../../src/io/exec/private-git.ts";
import { beginDiff, diffTree } from "../../../src/io/exec/tree-diff.ts";
import { type Opened, openRooms, resultOf, type Rooms } from "../../support/rooms.ts";
import { git } from "../../support/scratch.ts";

let rooms: Rooms;
let opened: Opened;
beforeAll(async () => {
  rooms = await openRooms();
  opened = await rooms.open(rooms.repository());
});
afterAll(() => rooms.remove());

const NOTHING = "1".repeat(40) as GitOid;

describe("refused", () => {
  test.each([
    ["a base that is not there", () => [NOTHING, opened.tree]],
    ["a result that is not there", () => [opened.tree, NOTHING]],
    ["a commit beside a tree", () => [opened.tree, opened.commit]],
    ["an id of another format", () => ["1".repeat(64) as GitOid, opened.tree]],
    ["words", () => ["--all" as GitOid, opened.tree]],
  ] as readonly (readonly [string, () => readonly [GitOid, GitOid]])[])("%s", async (_, trees) => {
    const [from, to] = trees();
    await expect(diffTree(opened.own, from, to)).rejects.toMatchObject({ code: "exec_failed" });
  });

  test.each([
    ["says nothing", "cat >/dev/null", "exec_failed"],
    ["answers about other trees", 'read a b; echo "$a x"', "exec_failed"],
    ["stops in the middle of its list", "read a; echo \"$a\"; printf ':100644'", "exec_failed"],
    ["says what no list holds", "read a; echo \"$a\"; printf 'x\\0y\\0'", "exec_failed"],
    ["lists and then fails", 'read a; echo "$a"; exit 3', "exec_failed"],
    ["hangs", "exec /bin/sleep 60", "exec_timeout"],
    ["is killed before it is asked", "kill -9 $$", "exec_failed"],
  ])("a git that %s", async (_, says, code) => {
    const file = join(rooms.dir, "git-stub");
    writeFileSync(file, `#!/bin/sh\n${says}\n`, { mode: 0o755 });
    const own = { ...opened.own, git: { ...rooms.git, file, timeoutMs: 500 } };
    await expect(diffTree(own, opened.tree, opened.tree)).rejects.toMatchObject({ code });
  });
});

test("trees that are made after it started are found, by the first answer for good", async () => {
  const diff = beginDiff(opened.own);
  const result = (await resultOf(opened)) as GitOid;
  const changes = await diff.between(opened.tree, result);
  expect(changes.map(({ status, path }) => [status, path])).toEqual([["M", "a.txt"]]);
  await diff.close();
});

test("nothing differs between a tree and itself", async () => {
  expect(await diffTree(opened.own, opened.tree, opened.tree)).toEqual([]);
});

test("one that was never asked is gone after its end", async () => {
  const diff = beginDiff(opened.own);
  await diff.close();
  await expect(diff.between(opened.tree, opened.tree)).rejects.toMatchObject({ code: "exec_failed" });
});

test("names that are no text come as they are", async () => {
  const folder = rooms.repository({ "a.txt": "x\n" });
  writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0x66, 0xff])]), "x");
  const before = (await rooms.open(folder)).tree;
  git(folder, "add", "-A");
  git(folder, "commit", "-q", "-m", "odd");
  const { own, tree } = await rooms.open(folder);
  const [change] = await diffTree(own, before, tree);
  expect(change).toMatchObject({ status: "A", path: undefined, raw: "f\xff" });
  expect((await applyToTree(own, tree, new Uint8Array())).ok).toBe(false);
});
