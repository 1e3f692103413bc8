// The chain: each way of bending a log has its own code, and the place is where the bend shows.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type ChainFault, type ChainState, checkEntry, emptyChain } from "../../../src/core/audit/chain.ts";
import { auditLine, entrySchema, leafHash } from "../../../src/core/audit/entry.ts";

interface Row {
  readonly position: number;
  readonly line: string;
  readonly leaf: string;
}

const shape = (seq: number, prev: string, more: object = {}): string =>
  auditLine(
    entrySchema.parse({
      v: 1,
      shard: "2026-11",
      seq,
      ts: "2026-11-22T10:00:00.000Z",
      event: seq === 0 ? "shard.open" : "call.allowed",
      actor: { principal: "p" },
      data: seq === 0 ? { format: 1, previous: null } : { n: seq },
      prev,
      ...more,
    }),
  );
const row = (seq: number, line: string): Row => ({ position: seq, line, leaf: leafHash(line) });

function log(length: number): readonly Row[] {
  const rows: Row[] = [];
  for (let seq = 0; seq < length; seq++) rows.push(row(seq, shape(seq, rows.at(-1)?.leaf ?? "0".repeat(64))));
  return rows;
}

function walk(rows: readonly Row[]): { at: number; code: ChainFault } | ChainState {
  let state = emptyChain;
  for (const [at, one] of rows.entries()) {
    const step = checkEntry(state, one);
    if (!step.ok) return { at, code: step.code };
    state = step.state;
  }
  return state;
}

const good = log(6);
const change = (at: number, to: Partial<Row>): readonly Row[] =>
  good.map((one, i) => (i === at ? { ...one, ...to } : one));
const line3 = good[3]!.line;

describe("bends", () => {
  test.each<[string, readonly Row[], number, ChainFault]>([
    ["no JSON", change(3, { line: "x" }), 3, "BAD_JSON"],
    ["torn", change(3, { line: line3.slice(0, -5) }), 3, "BAD_JSON"],
    ["not an entry", change(3, { line: "{}" }), 3, "BAD_JSON"],
    ["a field too many", change(3, { line: line3.replace('"v":1', '"v":1,"w":1') }), 3, "BAD_JSON"],
    ["white space", change(3, { line: line3.replace('"v":1', '"v": 1') }), 3, "NOT_CANONICAL"],
    ["a field twice", change(3, { line: line3.replace('"v":1', '"v":1,"v":1') }), 3, "NOT_CANONICAL"],
    [
      "keys in another order",
      change(3, { line: `{"v":1,${line3.slice(1).replace(',"v":1', "")}` }),
      3,
      "NOT_CANONICAL",
    ],
    [
      "a swallowed key",
      change(3, { line: line3.replace('"data":{', '"data":{"__proto__":1,') }),
      3,
      "NOT_CANONICAL",
    ],
    // These two have no canonical form at all, and once ended the walk with a crash.
    ["a lone surrogate", change(3, { line: line3.replace('"n":3', '"n":"\\ud800"') }), 3, "NOT_CANONICAL"],
    ["minus zero", change(3, { line: line3.replace('"n":3', '"n":-0') }), 3, "NOT_CANONICAL"],
    ["another column", change(3, { position: 7 }), 3, "SEQ_GAP"],
    ["a row lost", good.toSpliced(3, 1), 3, "SEQ_GAP"],
    ["the first row lost", good.slice(1), 0, "SEQ_GAP"],
    ["a row twice", good.toSpliced(3, 0, good[3]!), 4, "SEQ_DUP"],
    ["two rows swapped", good.toSpliced(2, 2, good[3]!, good[2]!), 2, "SEQ_GAP"],
    ["another shard", change(3, row(3, shape(3, good[2]!.leaf, { shard: "2026-12" }))), 3, "SHARD_LINK"],
    [
      "changed, with its hash: shows in the next one",
      change(3, row(3, shape(3, good[2]!.leaf, { data: { n: 99 } }))),
      4,
      "PREV_MISMATCH",
    ],
    [
      "changed, without its hash",
      change(3, { line: shape(3, good[2]!.leaf, { data: { n: 99 } }) }),
      3,
      "LEAF_COLUMN_MISMATCH",
    ],
    ["the hash alone", change(3, { leaf: "f".repeat(64) }), 3, "LEAF_COLUMN_MISMATCH"],
    ["a beginning that links to something", [row(0, shape(0, "f".repeat(64)))], 0, "PREV_MISMATCH"],
    [
      "a row linked to the one before the last",
      [...good, row(6, shape(6, good[4]!.leaf))],
      6,
      "PREV_MISMATCH",
    ],
  ])("%s", (_, rows, at, code) => {
    expect(walk(rows)).toEqual({ at, code });
  });

  const escape = "\u001b[2J\u009b1m\u202e";
  test.each<[string, Row]>([
    ["a line of rubbish", { position: 0, line: `${escape}{`, leaf: "" }],
    ["a key that no entry has", row(0, JSON.stringify({ ...JSON.parse(good[0]!.line), [escape]: 1 }))],
    ["white space", row(0, good[0]!.line.replace("{", `{"${escape}":1, `))],
    ["its hash", { ...good[0]!, leaf: escape.repeat(300) }],
    ["rubbish without end", { position: 0, line: `{"${"A".repeat(9000)}":1}`, leaf: "" }],
  ])("are told without repeating what a terminal would obey: %s", (_, bent) => {
    const step = checkEntry(emptyChain, bent);
    if (step.ok) throw new Error("the bend was not seen");
    expect(step.expected + step.actual).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(step.actual.length).toBeLessThanOrEqual(501);
  });

  test("any change to any line is seen, at that row or at the next", () => {
    const bend = fc.tuple(
      fc.nat({ max: good.length - 2 }),
      fc.nat(),
      fc.string({ unit: "binary", minLength: 1, maxLength: 1 }),
    );
    fc.assert(
      fc.property(bend, ([at, where, letter]) => {
        const { line } = good[at]!;
        const cut = where % line.length;
        const bent = line.slice(0, cut) + letter + line.slice(cut + 1);
        if (bent === line) return;
        for (const leaf of [good[at]!.leaf, leafHash(bent)]) {
          const seen = walk(change(at, { line: bent, leaf }));
          expect("code" in seen ? seen.at - at : -1).toBeOneOf([0, 1]);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe("a good log", () => {
  test("ends where its last leaf is", () => {
    expect(walk(good)).toMatchObject({ position: 6, shard: "2026-11", nextSeq: 6, head: good[5]!.leaf });
    expect(walk([])).toMatchObject({ position: 0, shard: undefined, nextSeq: 0, head: "0".repeat(64) });
  });

  // The chain alone cannot see this; the sealer's checkpoints are there for it.
  test("is still good when its end is cut off", () => {
    expect(walk(good.slice(0, 3))).toMatchObject({ nextSeq: 3 });
  });
});
