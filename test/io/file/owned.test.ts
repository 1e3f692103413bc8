// Files that say who may call: whoever could write one could call, so it is read only when nobody else can.
import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ownedFault, readOwned } from "../../../src/io/file/owned.ts";
import { removeScratch, scratch } from "../../support/scratch.ts";

let dir: string;
let path: string;
beforeEach(() => {
  dir = scratch("owned");
  path = join(dir, "people.toml");
  writeFileSync(path, "text", { mode: 0o600 });
});
afterEach(() => removeScratch(dir));

test.each([0o400, 0o600, 0o640, 0o644, 0o444])("mode %o is read", (mode) => {
  chmodSync(path, mode);
  expect(readOwned(path, 10)).toBe("text");
});

test.each([
  [0o666, /writable by others/],
  [0o620, /writable by its group/],
  [0o602, /writable by others/],
])("mode %o is not", (mode, why) => {
  chmodSync(path, mode);
  expect(() => readOwned(path, 10)).toThrow(why);
});

test("through a link the file counts, not the link", () => {
  const link = join(dir, "link");
  symlinkSync(path, link);
  expect(readOwned(link, 10)).toBe("text");
  chmodSync(path, 0o666);
  expect(() => readOwned(link, 10)).toThrow(/writable by others/);
});

/** Opening one waits for a writer, and the command, or the gateway that reads it again, would hang with it. */
test("a fifo, a folder and too large a file are refused at once", () => {
  const fifo = join(dir, "fifo");
  execFileSync("mkfifo", [fifo]);
  expect(() => readOwned(fifo, 10)).toThrow(/not a regular file/);
  expect(() => readOwned(dir, 10)).toThrow(/not a regular file/);
  expect(() => readOwned(path, 3)).toThrow(/larger than 3 bytes/);
  expect(() => readOwned(join(dir, "none"), 3)).toThrow(/ENOENT/);
});

describe("owners", () => {
  const file = (uid: number): { uid: number; mode: number } => ({ uid, mode: 0o100644 });
  test.each<[string, number, number | undefined, number | undefined, boolean]>([
    ["our own", 1000, 1000, undefined, true],
    ["root's", 0, 1000, undefined, true],
    ["the folder's owner's", 1001, 1000, 1001, true],
    ["a stranger's", 1001, 1000, 1000, false],
    ["a stranger's, and the folder cannot be seen", 1001, 1000, undefined, false],
    ["a stranger's, to root", 1001, 0, 0, false],
    ["anybody's, where there are no users", 0, undefined, undefined, true],
  ])("%s", (_, owner, us, folder, good) => {
    expect(ownedFault(file(owner), us, folder) === undefined).toBe(good);
  });
});

test.runIf(process.getuid?.() === 0)("a stranger's file in a folder that everybody writes", () => {
  const open = join(dir, "open");
  mkdirSync(open);
  chmodSync(open, 0o777);
  const planted = join(open, "people.toml");
  writeFileSync(planted, "text", { mode: 0o644 });
  expect(readOwned(planted, 10)).toBe("text");
  chownSync(planted, 65_534, 65_534);
  expect(() => readOwned(planted, 10)).toThrow(/belongs to another user \(65534\)/);
});
