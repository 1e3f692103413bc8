import { assert, constantFrom, integer, property } from "fast-check";
import { describe, expect, test } from "vitest";
import { auditLine, type AuditEntry, GENESIS, leafHash } from "../../../src/core/audit/entry.ts";
import { unreadable, verifyLog } from "../../../src/io/store/verify.ts";
import { at } from "../../support/proposals.ts";

interface Row {
  position: number;
  line: string;
  leaf: string;
}

/** A sound log of `length` entries. `text` makes another, equally sound one. */
function rows(length: number, text = ""): Row[] {
  const made: Row[] = [];
  for (let seq = 0; seq < length; seq++) {
    const event = seq === 0 ? "shard.open" : "call.allowed";
    const prev = (made.at(-1)?.leaf ?? GENESIS) as AuditEntry["prev"];
    const line = auditLine({
      v: 1,
      shard: "2026-11",
      seq,
      ts: at(seq),
      event,
      actor: { principal: "p" },
      data: seq === 0 ? { format: 1, previous: null, text } : { seq, text },
      prev,
    });
    made.push({ position: seq, line, leaf: leafHash(line) });
  }
  return made;
}
const edit = (row: Row): Row => ({ ...row, line: row.line.replace('"principal":"p"', '"principal":"q"') });
const rehash = (row: Row): Row => ({ ...row, leaf: leafHash(row.line) });

describe("the first entry that does not hold is named", () => {
  const changed = (change: (log: Row[]) => Row[]): Row[] => change(rows(10));
  test.each([
    [
      "edited",
      changed((log) => log.with(4, edit(log[4]!))),
      { code: "LEAF_COLUMN_MISMATCH", seq: 4, suspects: [4], lastGood: 3 },
    ],
    // An edited entry with a matching hash looks sound; only the link after it tells, and both are named.
    [
      "edited and hashed again",
      changed((log) => log.with(4, rehash(edit(log[4]!)))),
      { code: "PREV_MISMATCH", seq: 5, suspects: [4, 5], lastGood: 4 },
    ],
    ["deleted", changed((log) => log.toSpliced(4, 1)), { code: "SEQ_GAP", seq: 5, lastGood: 3 }],
    [
      "deleted, the rest numbered anew",
      changed((log) => log.toSpliced(4, 1).map((row, position) => ({ ...row, position }))),
      { code: "SEQ_GAP", seq: 4, lastGood: 3 },
    ],
    ["doubled", changed((log) => log.toSpliced(4, 0, log[4]!)), { code: "SEQ_DUP", seq: 4, lastGood: 4 }],
    [
      "torn",
      changed((log) => log.with(9, { ...log[9]!, line: log[9]!.line.slice(0, -5) })),
      { code: "BAD_JSON", seq: 9, lastGood: 8 },
    ],
    [
      "written with spaces",
      changed((log) => log.with(4, { ...log[4]!, line: log[4]!.line.replace(",", ", ") })),
      { code: "NOT_CANONICAL", seq: 4 },
    ],
    [
      "from another log",
      changed((log) => log.with(4, rows(10, "other")[4]!)),
      { code: "PREV_MISMATCH", seq: 4, suspects: [3, 4] },
    ],
    [
      "from another shard",
      changed((log) => log.with(4, rehash({ ...log[4]!, line: log[4]!.line.replace("2026-11", "2026-12") }))),
      { code: "SHARD_LINK", seq: 4 },
    ],
    ["the first is missing", changed((log) => log.slice(1)), { code: "SEQ_GAP", seq: 1, lastGood: null }],
    [
      "the log does not begin with shard.open",
      [rehash({ ...rows(1)[0]!, line: rows(1)[0]!.line.replace("shard.open", "process.start") })],
      { code: "SHARD_LINK", seq: 0 },
    ],
    ["nothing is there", [], { code: "EMPTY", seq: null, suspects: [], lastGood: null }],
  ])("%s", (_, log, report) => {
    expect(verifyLog(log)).toMatchObject({
      ok: false,
      ...report,
      message: expect.stringMatching(/\w/) as string,
    });
  });

  test("a log that breaks off while it is read is reported up to there", () => {
    function* breaking(): Generator<Row> {
      yield* rows(3);
      throw new Error("database disk image is malformed");
    }
    expect(verifyLog(breaking())).toMatchObject({
      code: "UNREADABLE",
      lastGood: 2,
      actual: "database disk image is malformed",
    });
    expect(unreadable(new Error("x"))).toMatchObject({ code: "UNREADABLE", lastGood: null });
  });

  test("any one change of any one row is found at or right behind that row", () => {
    const change = constantFrom<(log: Row[], n: number) => Row[]>(
      (log, n) => log.with(n, edit(log[n]!)),
      (log, n) => log.with(n, rehash(edit(log[n]!))),
      (log, n) => log.toSpliced(n, 1),
      (log, n) => log.with(n, log[n + 1]!).with(n + 1, log[n]!),
      (log, n) => log.toSpliced(n, 0, log[n]!),
      (log, n) => log.with(n, rows(30, "other")[n]!),
    );
    assert(
      property(integer({ min: 1, max: 27 }), change, (n, apply) => {
        const report = verifyLog(apply(rows(30), n));
        return !report.ok && report.seq !== null && report.seq >= n && report.seq <= n + 1;
      }),
    );
  });
});

test("entries are handed on only as far as they hold", () => {
  const log = rows(25);
  const cut = log.with(12, { ...log[12]!, leaf: "0".repeat(64) });
  const seen: number[] = [];
  expect(verifyLog(cut, { entry: ({ seq }) => seen.push(seq) }).ok).toBe(false);
  expect(seen).toEqual([...Array(12).keys()]);
});

test("a sound log is sound, and progress is told", () => {
  const told: number[] = [];
  const log = rows(25);
  expect(verifyLog(log, { progress: (entries) => told.push(entries) })).toEqual({
    ok: true,
    entries: 25,
    head: log.at(-1)!.leaf,
    shard: "2026-11",
    unread: 0,
  });
  expect(told).toEqual([25]);
});
