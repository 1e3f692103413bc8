import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readBounded } from "../../../src/io/file/read.ts";
import { removeScratch, scratch } from "../../support/scratch.ts";

let folder: string;
const at = (name: string): string => join(folder, name);

beforeAll(() => {
  folder = scratch("read");
  writeFileSync(at("ten"), "0123456789");
  writeFileSync(at("empty"), "");
  symlinkSync(at("ten"), at("link"));
  symlinkSync(at("nowhere"), at("dangling"));
  mkdirSync(at("folder"));
  execFileSync("mkfifo", [at("fifo")]);
  writeFileSync(at("sparse"), "");
  truncateSync(at("sparse"), 2 ** 40);
});
afterAll(() => removeScratch(folder));

test.each([
  ["link", "is a symbolic link"],
  ["dangling", "is a symbolic link"],
  ["folder", "is not a regular file"],
  // Opening it must not wait for somebody to write into it.
  ["fifo", "is not a regular file"],
  // A terabyte is refused by its size, not read.
  ["sparse", "is larger than 10 bytes"],
])("%s is damaged: %s", (name, why) => {
  expect(readBounded(at(name), 10)).toEqual({ kind: "damaged", why });
});

test("one byte over the limit is damaged, the limit itself is read", () => {
  expect(readBounded(at("ten"), 9)).toEqual({ kind: "damaged", why: "is larger than 9 bytes" });
  expect(readBounded(at("ten"), 10)).toEqual({ kind: "found", bytes: Buffer.from("0123456789") });
  expect(readBounded(at("empty"), 0)).toEqual({ kind: "found", bytes: Buffer.alloc(0) });
});

test("what is not there is absent, also below a file", () => {
  expect(readBounded(at("nowhere"), 10)).toEqual({ kind: "absent" });
  expect(readBounded(at("ten/below"), 10)).toEqual({ kind: "absent" });
});

test.skipIf(process.getuid?.() === 0)("an unreadable file is damaged", () => {
  writeFileSync(at("shut"), "x");
  chmodSync(at("shut"), 0);
  expect(readBounded(at("shut"), 10)).toMatchObject({ kind: "damaged" });
});

test("trouble of this process is a failure, not somebody's damaged file", () => {
  expect(() => readBounded(at("x".repeat(300)), 10)).toThrow(expect.objectContaining({ code: "storage" }));
});
