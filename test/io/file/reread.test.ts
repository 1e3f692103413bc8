// A file of the operator's: read again with every way to change it, and never believed when it cannot be read.
import { execFileSync } from "node:child_process";
import { mkdirSync, renameSync, symlinkSync, unlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { rereading } from "../../../src/io/file/reread.ts";
import { removeScratch, scratch } from "../../support/scratch.ts";

let folder: string;
let path: string;
beforeEach(() => {
  folder = scratch("reread");
  path = join(folder, "file");
});
afterEach(() => removeScratch(folder));

const said = (read: ReturnType<typeof rereading>): string => {
  const content = read();
  return content.ok ? Buffer.from(content.bytes).toString() : content.why;
};

test("what does not change is the same object, and is not read twice", () => {
  writeFileSync(path, "one");
  const read = rereading(path, 100);
  expect(read()).toBe(read());
});

test("a change is seen, whatever date it is given, and whoever makes it", () => {
  writeFileSync(path, "one");
  utimesSync(path, 1, 1);
  const read = rereading(path, 100);
  expect(said(read)).toBe("one");
  writeFileSync(path, "two");
  utimesSync(path, 1, 1);
  expect(said(read)).toBe("two");
  writeFileSync(join(folder, "new"), "six");
  utimesSync(join(folder, "new"), 1, 1);
  renameSync(join(folder, "new"), path);
  expect(said(read)).toBe("six");
});

test("gone is gone, and back is back", () => {
  writeFileSync(path, "one");
  const read = rereading(path, 100);
  expect(said(read)).toBe("one");
  unlinkSync(path);
  expect(said(read)).toBe("is missing");
  writeFileSync(path, "two");
  expect(said(read)).toBe("two");
});

test("a link that is moved on leads to the new file", () => {
  writeFileSync(join(folder, "1"), "one");
  writeFileSync(join(folder, "2"), "two");
  symlinkSync("1", path);
  const read = rereading(path, 100);
  expect(said(read)).toBe("one");
  symlinkSync("2", join(folder, "next"));
  renameSync(join(folder, "next"), path);
  expect(said(read)).toBe("two");
});

test.each<readonly [string, (path: string) => void, string]>([
  ["nothing", () => undefined, "is missing"],
  ["a folder", (at) => mkdirSync(at), "is not a regular file"],
  ["a fifo", (at) => void execFileSync("mkfifo", [at]), "is not a regular file"],
  ["a device", (at) => symlinkSync("/dev/zero", at), "is not a regular file"],
  ["too much", (at) => writeFileSync(at, "x".repeat(101)), "is larger than 100 bytes"],
  ["a circle of links", (at) => symlinkSync(at, at), "is missing"],
])("%s is a fault", (_what, make, why) => {
  make(path);
  expect(said(rereading(path, 100))).toBe(why);
});
