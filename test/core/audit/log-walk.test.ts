// The fast walk finds what the step-by-step reader of the chain finds, goes on behind faults, and knows the roots.
import { assert, constantFrom, integer, property } from "fast-check";
import { describe, expect, test } from "vitest";
import { checkEntry, type ChainState, emptyChain } from "../../../src/core/audit/chain.ts";
import { leafHash } from "../../../src/core/audit/entry.ts";
import { type Fault, LogWalk, type WalkOptions, type WalkRow } from "../../../src/core/audit/log-walk.ts";
import { auditKey, openLine, sealedSchema, sealLine } from "../../../src/core/audit/sealed-line.ts";
import {
  entryIn,
  type LabRow,
  relinked,
  renumbered,
  rootAt,
  rowOf,
  soundLog,
} from "../../support/audit-lab.ts";

const sound = soundLog([
  ["2026-09", 20],
  ["2026-10", 30],
  ["2026-11", 25],
]);

function walk(
  rows: readonly WalkRow[],
  options: WalkOptions = {},
  all = false,
): { walk: LogWalk; faults: readonly Fault[] } {
  const one = new LogWalk(options);
  const faults: Fault[] = [];
  for (const row of rows) {
    const fault = one.take(row);
    if (fault === undefined) continue;
    faults.push(fault);
    if (!all) break;
    const again = one.resume(row);
    if (again !== undefined) faults.push(again);
  }
  return { walk: one, faults };
}

/** The first fault as `checkEntry` alone finds it. */
function stepped(rows: readonly LabRow[]): { code: string; position: number } | undefined {
  let state: ChainState = emptyChain;
  for (const row of rows) {
    const { position } = state;
    const step = checkEntry(state, row);
    if (!step.ok) return { code: step.code, position };
    state = step.state;
  }
  return undefined;
}

test("a sound log: every shard with its root, and the roots that were asked for", () => {
  const sizes = new Map([["2026-10", [1, 7, 30, 7, 99, 0]]]);
  const seen: number[] = [];
  const { walk: done, faults } = walk(sound, { sizes, seen: (_line, position) => seen.push(position) });
  const shards = done.end();
  expect(faults).toEqual([]);
  expect(seen).toEqual(sound.map(({ position }) => position));
  expect(done.entries).toBe(75);
  expect(done.bytes).toBe(Buffer.byteLength(sound.map(({ line }) => `${line}\n`).join("")));
  expect(shards.map(({ shard, first, entries }) => [shard, first, entries])).toEqual([
    ["2026-09", 0, 20],
    ["2026-10", 20, 30],
    ["2026-11", 50, 25],
  ]);
  const october = sound.slice(20, 50);
  expect(shards[1]?.root).toBe(rootAt(october, 30));
  expect([...done.roots.get("2026-10")!]).toEqual([1, 7, 30].map((size) => [size, rootAt(october, size)]));
});

test("whatever is done to rows, it stops where the step-by-step reader stops, with the same code", () => {
  const edit = (row: LabRow): LabRow => ({
    ...row,
    line: row.line.replace('"principal":"', '"principal":"x'),
  });
  const rehash = (row: LabRow): LabRow => ({ ...row, leaf: leafHash(row.line) });
  const change = constantFrom<(rows: LabRow[], n: number, m: number) => LabRow[]>(
    (rows, n) => rows.with(n, edit(rows[n]!)),
    (rows, n) => rows.with(n, rehash(edit(rows[n]!))),
    (rows, n) => rows.with(n, { ...rows[n]!, about: "patch:x" }),
    (rows, n) => rows.with(n, { ...rows[n]!, about: null }),
    (rows, n) => rows.toSpliced(n, 1),
    (rows, n) => renumbered(rows.toSpliced(n, 1)),
    (rows, n) => renumbered(rows.toSpliced(n, 0, rows[n]!)),
    (rows, n, m) => rows.with(n, { ...rows[m]!, position: n }).with(m, { ...rows[n]!, position: m }),
    (rows, n, m) => rows.with(n, rehash({ ...rows[n]!, line: rows[n]!.line.slice(0, m) })),
    (rows, n) => relinked(rows.with(n, rowOf(n, { ...entryIn(rows[n]!), event: "shard.close" })), n),
    (rows, n) => relinked(rows.with(n, rowOf(n, { ...entryIn(rows[n]!), event: "shard.open" })), n),
  );
  const place = integer({ min: 0, max: sound.length - 1 });
  assert(
    property(place, place, change, (n, m, apply) => {
      const rows = apply([...sound], n, m);
      const [fault] = walk(rows).faults;
      expect(fault && { code: fault.code, position: fault.position }).toEqual(stepped(rows));
    }),
    { numRuns: 400 },
  );
});

describe("behind a fault", () => {
  test("each thing that is wrong is told once", () => {
    const rows: WalkRow[] = [...sound];
    rows[5] = { ...sound[5]!, leaf: leafHash("x") };
    rows[30] = { ...sound[30]!, line: "{}" };
    rows[60] = { ...sound[60]!, line: null };
    rows.splice(40, 2);
    const { walk: done, faults } = walk(rows, {}, true);
    expect(faults.map(({ code, shard, seq }) => [code, shard, seq])).toEqual([
      ["LEAF_COLUMN_MISMATCH", "2026-09", 5],
      ["BAD_JSON", "2026-10", 10],
      ["SEQ_GAP", "2026-10", 20],
      ["BAD_JSON", "2026-11", 10],
    ]);
    expect(done.end().map(({ root }) => root)).toEqual([undefined, undefined, undefined]);
  });

  test("a row that is missing and the next one changed are two", () => {
    const rows = [...sound].toSpliced(10, 2, { ...sound[11]!, leaf: leafHash("x") });
    expect(walk(rows, {}, true).faults.map(({ code, seq }) => [code, seq])).toEqual([
      ["SEQ_GAP", 10],
      ["LEAF_COLUMN_MISMATCH", 11],
    ]);
  });

  test("a shard behind it has its root again", () => {
    const rows = sound.with(5, { ...sound[5]!, leaf: leafHash("x") });
    const { walk: done } = walk(rows, {}, true);
    expect(done.end().at(-1)?.root).toBe(rootAt(sound.slice(50), 25));
  });
});

test("an export of one shard, or of a part, is walked by itself", () => {
  const lines = (rows: readonly LabRow[]): WalkRow[] =>
    rows.map(({ line }, position) => ({ position, line, leaf: undefined }));
  const october = walk(lines(sound.slice(20, 50)), { behind: "any" });
  expect(october.faults).toEqual([]);
  expect(october.walk.end()[0]).toMatchObject({
    shard: "2026-10",
    entries: 30,
    root: rootAt(sound.slice(20, 50), 30),
  });
  const part = walk(lines(sound.slice(25, 60)), { behind: "any" });
  expect(part.faults).toEqual([]);
  // Nobody knows the root of a shard whose beginning is not there.
  expect(part.walk.end()[0]).toMatchObject({ shard: "2026-10", root: undefined });
  expect(walk(lines(sound.slice(25, 60).toSpliced(3, 1)), { behind: "any" }).faults[0]?.code).toBe("SEQ_GAP");
});

describe("encrypted entries", () => {
  const key = auditKey("0f".repeat(32))!;
  const rows = sound.slice(0, 4).map((row, position): LabRow => {
    if (position === 0) return row;
    const line = sealLine(entryIn(row), key, new Uint8Array(12).fill(position));
    return { ...row, line, leaf: leafHash(line), about: null };
  });
  // Each links to the encrypted line before it.
  for (let n = 2; n < rows.length; n++) {
    const line = sealLine(
      { ...entryIn(sound[n]!), prev: rows[n - 1]!.leaf },
      key,
      new Uint8Array(12).fill(n),
    );
    rows[n] = { ...rows[n]!, line, leaf: leafHash(line) };
  }

  test("hold without the key, and are counted; with it they are read", () => {
    expect(walk(rows)).toMatchObject({ faults: [], walk: { unread: 3 } });
    const read = rows.map((row) => ({ ...row, about: row.position === 3 ? sound[3]!.about : null }));
    expect(walk(read, { keys: { others: [key] } })).toMatchObject({ faults: [], walk: { unread: 0 } });
  });

  test("that were not encrypted for their place are named", () => {
    const other = sealedSchema.parse(JSON.parse(rows[2]!.line));
    const line = rows[1]!.line.replace(/"c":"[^"]+"/, `"c":"${other.c}"`);
    const bent = rows.with(1, { ...rows[1]!, line, leaf: leafHash(line) });
    expect(walk(bent, { keys: { others: [key] } }).faults[0]).toMatchObject({ code: "DECRYPT_FAIL", seq: 1 });
    expect(openLine(sealedSchema.parse(JSON.parse(line)), { others: [key] }).kind).toBe("false");
  });
});
