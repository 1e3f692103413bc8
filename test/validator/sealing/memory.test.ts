// The sealer's memory: a state that is not its own is not written over, and a history is read from its end.
import {
  appendFileSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openMemory, type SealedShard } from "../../../src/validator/sealing/memory.ts";
import { removeScratch, scratch } from "../../support/scratch.ts";
import { leaves, NEXT, SHARD } from "../../support/sealer.ts";
import { treeOf } from "../../support/tree.ts";

let folder: string;
beforeEach(() => {
  folder = join(scratch("memory"), "sealer");
});
afterEach(() => removeScratch(join(folder, "..")));

function sealed(size: number, shard = SHARD): SealedShard {
  const tree = treeOf(leaves(size));
  return { shard, size, stack: [...tree.stack], closed: false, note: `note of ${size}` };
}
const state = (): string => join(folder, "state.json");

describe("states that are not ours", () => {
  test.each([
    [
      "another one",
      (file: string) => writeFileSync(file, readFileSync(file, "utf8").replace("note of 5", "note of 6")),
    ],
    ["none", (file: string) => rmSync(file)],
    ["no state", (file: string) => writeFileSync(file, "")],
  ])("%s in its place: nothing is written", async (_, change) => {
    const memory = await openMemory(folder);
    await memory.put(sealed(5));
    change(state());
    expect(memory.isOwn()).toBe(false);
    await expect(memory.put(sealed(6))).rejects.toMatchObject({ code: "state_unusable" });
  });

  test.each([
    ["nothing", ""],
    ["other JSON", "{}"],
    ["white space", '{ "shards":[],"v":1}'],
    ["a tree that is none", JSON.stringify({ shards: [{ ...sealed(5), stack: [] }], v: 1 })],
    ["another version", '{"shards":[],"v":2}'],
  ])("a state of %s counts for nothing, and says so", async (_, text) => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(state(), text);
    const memory = await openMemory(folder);
    expect([memory.shards, memory.damage]).toEqual([[], expect.stringContaining("is")]);
    await memory.put(sealed(5));
    expect((await openMemory(folder)).shards).toEqual([sealed(5)]);
  });

  test("a link for a state is none", async () => {
    mkdirSync(folder, { recursive: true });
    symlinkSync("/etc/hostname", state());
    expect((await openMemory(folder)).damage).toBe("is a symbolic link");
  });
});

describe("history", () => {
  const notes = async (): Promise<readonly string[]> => [...(await openMemory(folder)).history(SHARD)];

  test("is read newest first, over any number of chunks", async () => {
    const memory = await openMemory(folder);
    const all = Array.from({ length: 400 }, (_, n) => `${n} — ${"é".repeat(200)}\n`);
    const text = all.map((note) => `${JSON.stringify(note)}\n`).join("");
    appendFileSync(join(folder, "history", SHARD), text);
    await memory.remember(SHARD, "last");
    expect(await notes()).toEqual(["last", ...all.toReversed()]);
    const [first] = memory.history(SHARD);
    expect(first).toBe("last");
  });

  test("what a crash cut, and what is no note, is passed over", async () => {
    const memory = await openMemory(folder);
    await memory.remember(SHARD, "one");
    appendFileSync(join(folder, "history", SHARD), '"tw');
    expect(await notes()).toEqual(["one"]);
    await memory.remember(SHARD, "three");
    appendFileSync(join(folder, "history", SHARD), "17\n");
    expect(await notes()).toEqual(["three", "one"]);
  });

  test("there is none before the first note, and names that are no shard are none", async () => {
    const memory = await openMemory(folder);
    expect([...memory.history(SHARD)]).toEqual([]);
    writeFileSync(join(folder, "history", "notes"), "x");
    await memory.remember(NEXT, "x");
    expect(await memory.remembered()).toEqual([NEXT]);
  });
});

test("shards come oldest first, each replaced by its next state, and nobody else reads them", async () => {
  const memory = await openMemory(folder);
  await memory.put(sealed(3, NEXT));
  await memory.put(sealed(5));
  await memory.put(sealed(6));
  const again = await openMemory(folder);
  expect(again.shards).toEqual([sealed(6), sealed(3, NEXT)]);
  expect([again.damage, again.isOwn()]).toEqual([undefined, true]);
  expect(statSync(folder).mode & 0o077).toBe(0);
});
