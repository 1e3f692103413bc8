import { copyFileSync, mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { verifyStoreFile } from "../../../../src/io/store/sqlite/inspect.ts";
import { openStore } from "../../../../src/io/store/sqlite/open.ts";
import { note, NOON } from "../../../support/proposals.ts";
import { removeScratch, scratch } from "../../../support/scratch.ts";
import { filledStore, meddle, meddleWithLog } from "../../../support/stores.ts";

let original: string;
beforeAll(() => {
  original = scratch("inspect-original");
  filledStore(join(original, "store.db"), 2000);
});
afterAll(() => removeScratch(original));

let folder: string;
let path: string;
beforeEach(() => {
  folder = scratch("inspect");
  path = join(folder, "store.db");
  copyFileSync(join(original, "store.db"), path);
});
afterEach(() => removeScratch(folder));

test("a missing file is not a damaged one: that cannot be told", () => {
  expect(() => verifyStoreFile(join(folder, "nowhere.db"))).toThrow(
    expect.objectContaining({ code: "state_unusable", exitCode: 2 }),
  );
});

const rewrite = (change: (bytes: Buffer) => void): void => {
  const bytes = readFileSync(path);
  change(bytes);
  writeFileSync(path, bytes);
};
test.each([
  ["no database", () => writeFileSync(path, "x".repeat(9000)), { code: "UNREADABLE", lastGood: null }],
  ["empty", () => writeFileSync(path, ""), { code: "UNREADABLE" }],
  ["a folder", () => ((path = join(folder, "folder")), mkdirSync(path)), { code: "UNREADABLE" }],
  [
    "half of it",
    () => truncateSync(path, Math.floor(statSync(path).size / 8192) * 4096),
    { code: "UNREADABLE" },
  ],
  [
    "zeros in its middle",
    () => rewrite((bytes) => bytes.fill(0, 40 * 4096, 60 * 4096)),
    { code: "UNREADABLE" },
  ],
  [
    "an edited byte",
    () => rewrite((bytes) => bytes.write('"n":999', bytes.indexOf('"n":777'))),
    { code: "LEAF_COLUMN_MISMATCH", seq: 779, lastGood: 778 },
  ],
  ["without its table", () => meddle(path, "ALTER TABLE audit RENAME TO other"), { code: "UNREADABLE" }],
  [
    "with a view for a table",
    () => meddle(path, "ALTER TABLE audit RENAME TO other; CREATE VIEW audit AS SELECT * FROM other"),
    { code: "UNREADABLE" },
  ],
  ["emptied", () => meddleWithLog(path, "DELETE FROM audit"), { code: "EMPTY" }],
  [
    "with a hole",
    () => meddleWithLog(path, "DELETE FROM audit WHERE seq = 1500"),
    { code: "SEQ_GAP", seq: 1501, lastGood: 1499 },
  ],
  [
    "without its beginning",
    () => meddleWithLog(path, "DELETE FROM audit WHERE seq < 100"),
    { code: "SEQ_GAP", seq: 100, lastGood: null },
  ],
  [
    "with a row before the first",
    () => meddleWithLog(path, "INSERT INTO audit VALUES (-1, '{}', x'00', NULL)"),
    { code: "BAD_JSON", seq: -1 },
  ],
])("%s is reported, never thrown", (_, damage, report) => {
  damage();
  expect(verifyStoreFile(path)).toMatchObject({ ok: false, ...report });
});

test("a store in use is verified without disturbing it", () => {
  const store = openStore(path, { clock: () => NOON });
  store.record(note("call.allowed"));
  const told: number[] = [];
  expect(verifyStoreFile(path, { progress: (entries) => told.push(entries) })).toMatchObject({
    ok: true,
    entries: 2003,
  });
  expect(told).toEqual([2003]);
  expect(store.record(note("call.allowed")).seq).toBe(2003);
  store.close();
});

test("the file is not changed by looking at it", () => {
  copyFileSync(path, `${path}.before`);
  verifyStoreFile(path);
  expect(readFileSync(path).equals(readFileSync(`${path}.before`))).toBe(true);
});
