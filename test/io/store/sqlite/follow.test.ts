// Entries from one place on: no more than was asked for, of nothing but our own store.
import Database from "better-sqlite3";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openStore } from "../../../../src/io/store/sqlite/open.ts";
import { rowsFrom } from "../../../../src/io/store/sqlite/follow.ts";
import { removeScratch, scratch } from "../../../support/scratch.ts";
import { grow, rowsOf } from "../../../support/shipping.ts";

let folder: string;
let path: string;
beforeEach(() => {
  folder = scratch("follow");
  path = join(folder, "store.db");
  openStore(path, { clock: () => Date.parse("2026-11-22T10:00:00Z"), create: true }).close();
});
afterEach(() => removeScratch(folder));

const span = { from: 0, maxRows: 1000, maxBytes: 1_000_000 };
const positions = (more: Partial<typeof span>): readonly number[] => {
  const found = rowsFrom(path, { ...span, ...more });
  return found.ok ? found.rows.map(({ position }) => position) : [];
};

describe("what is not read", () => {
  test("no file: it cannot be told", () => {
    expect(() => rowsFrom(join(folder, "none.db"), span)).toThrow(
      expect.objectContaining({ code: "state_unusable" }) as Error,
    );
  });

  test.each<[string, (at: string) => void]>([
    ["a folder", (at) => mkdirSync(at)],
    ["noise", (at) => writeFileSync(at, "noise".repeat(2000))],
    [
      "a database of somebody else",
      (at) => new Database(at).exec("CREATE TABLE audit(seq, body, leaf)").close(),
    ],
  ])("%s", (_, make) => {
    const other = join(folder, "other.db");
    make(other);
    expect(rowsFrom(other, span)).toMatchObject({ ok: false });
  });
});

test("rows come in order, from the place that was asked for, with their exact lines", () => {
  grow(path, 9);
  const found = rowsFrom(path, { ...span, from: 4, maxRows: 3 });
  const wanted = rowsOf(path).slice(4, 7);
  expect(found).toEqual({
    ok: true,
    rows: wanted.map(({ seq, body, leaf }) => ({ position: seq, line: body, leaf })),
    full: true,
  });
});

test.each<[string, Partial<typeof span>, readonly number[]]>([
  ["behind the end", { from: 10 }, []],
  ["bytes are full: two, because the first is known", { maxBytes: 1 }, [0, 1]],
  ["rows are full", { from: 8, maxRows: 1 }, [8]],
])("%s", (_, more, wanted) => {
  grow(path, 9);
  expect(positions(more)).toEqual(wanted);
  expect(rowsFrom(path, { ...span, ...more })).toMatchObject({ full: wanted.length > 0 });
});
