// G05: the list on disk may be missing, cut, replaced or unreadable at any moment; each means nobody, and then again somebody.
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseRange } from "../../../src/core/identity/address.ts";
import { renderAllowList } from "../../../src/core/identity/allowlist.ts";
import { openAllowlist, writeAllowlist } from "../../../src/io/file/allowlist.ts";
import { removeScratch, scratch } from "../../support/scratch.ts";

const NOW = Date.parse("2026-11-20T12:00:00.000Z");

let folder: string;
let path: string;
let now: number;
beforeEach(() => {
  folder = scratch("allowlist");
  path = join(folder, "list.json");
  now = NOW;
});
afterEach(() => removeScratch(folder));

const text = (...cidrs: readonly string[]): string =>
  renderAllowList({
    fetched: now / 1000,
    source: "test",
    forced: false,
    ranges: cidrs.map((cidr) => parseRange(cidr)!),
  });

const open = (at = path): ((address: string) => number) => {
  const bypass = { loopback: false, private: false };
  const list = openAllowlist(at, { clock: () => now, maxAgeSeconds: 43_200, bypass });
  return (address) => {
    const passage = list.allowed(address);
    return passage.ok ? 200 : passage.status;
  };
};
const later = (): void => void (now += 1000);

test("without a file everybody passes", () => expect(open("")("8.8.8.8")).toBe(200));

describe("a list that goes bad while it is used", () => {
  test.each<readonly [string, () => void]>([
    ["deleted", () => unlinkSync(path)],
    ["truncated", () => truncateSync(path, 40)],
    ["emptied", () => truncateSync(path, 0)],
    ["replaced by {}", () => writeFileSync(path, "{}")],
    ["a folder", () => (unlinkSync(path), mkdirSync(path))],
    ["larger than a list may be", () => writeFileSync(path, " ".repeat(8_388_609))],
  ])("%s: 503, and 200 again with a good one", (_what, spoil) => {
    writeFileSync(path, text("192.0.2.0/24"));
    const ask = open();
    expect([ask("192.0.2.1"), ask("192.0.3.1")]).toEqual([200, 403]);
    spoil();
    later();
    expect(ask("192.0.2.1")).toBe(503);
    writeFileSync(join(folder, "next"), text("192.0.2.0/24"));
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) removeScratch(path);
    renameSync(join(folder, "next"), path);
    later();
    expect(ask("192.0.2.1")).toBe(200);
  });
});

test("a list gets old without being touched", () => {
  writeFileSync(path, text("192.0.2.0/24"));
  const ask = open();
  expect(ask("192.0.2.1")).toBe(200);
  now += 43_201_000;
  expect(ask("192.0.2.1")).toBe(503);
});

test("a change is seen within a second, and the file is looked at no more often than that", () => {
  writeFileSync(path, text("192.0.2.0/24"));
  const ask = open();
  expect(ask("203.0.113.1")).toBe(403);
  writeFileSync(path, text("192.0.2.0/24", "203.0.113.0/24"));
  now += 999;
  expect(ask("203.0.113.1")).toBe(403);
  now += 1;
  expect(ask("203.0.113.1")).toBe(200);
});

test("a clock that is set back does not keep an old look alive", () => {
  writeFileSync(path, text("192.0.2.0/24"));
  const ask = open();
  expect(ask("192.0.2.1")).toBe(200);
  unlinkSync(path);
  now -= 50_000;
  expect(ask("192.0.2.1")).toBe(503);
});

test("a list is written whole, for everybody to read, under any umask, and nothing is left beside it", async () => {
  const before = process.umask(0o077);
  try {
    await writeAllowlist(path, text("192.0.2.0/24"));
    await writeAllowlist(path, text("192.0.2.0/25"));
  } finally {
    process.umask(before);
  }
  expect(statSync(path).mode & 0o777).toBe(0o644);
  expect(readFileSync(path, "utf8")).toBe(text("192.0.2.0/25"));
  expect(readdirSync(folder)).toEqual(["list.json"]);
});

test("where it cannot be written, the failure is one of storage, and nothing is left", async () => {
  mkdirSync(path);
  writeFileSync(join(path, "x"), "");
  await expect(writeAllowlist(path, text("192.0.2.0/24"))).rejects.toMatchObject({ code: "storage" });
  expect(readdirSync(folder)).toEqual(["list.json"]);
});
