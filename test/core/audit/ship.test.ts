// Where a shipment goes on: behind the very entry that was shipped last, or nowhere.
import { describe, expect, test } from "vitest";
import { checkEntry, emptyChain } from "../../../src/core/audit/chain.ts";
import { auditLine, entrySchema, GENESIS, leafHash } from "../../../src/core/audit/entry.ts";
import { resume, shippedAt, shippedRecord, type Shipped } from "../../../src/core/audit/ship.ts";

const line = (seq: number, prev: string, data: object): string =>
  auditLine(
    entrySchema.parse({
      v: 1,
      shard: "2026-11",
      seq,
      ts: "2026-11-22T10:00:00.000Z",
      event: seq === 0 ? "shard.open" : "call.allowed",
      actor: { principal: "p" },
      data,
      prev,
    }),
  );
const first = line(0, GENESIS, { format: 2, previous: null });
const second = line(1, leafHash(first), { n: 1 });
const row = (position: number, text: string, leaf: string = leafHash(text)) => ({
  position,
  line: text,
  leaf,
});
const shipped: Shipped = { position: 1, shard: "2026-11", seq: 1, leaf: leafHash(second) };

describe("a log that was shipped from, and", () => {
  test.each([
    ["ends before", undefined, "ROLLBACK"],
    ["ends before, with a later row at hand", row(2, second), "ROLLBACK"],
    ["has another entry there", row(1, line(1, leafHash(first), { n: 2 })), "ROLLBACK"],
    [
      "has that entry, changed under its old hash",
      row(1, second.replace('"n":1', '"n":2'), leafHash(second)),
      "LEAF_COLUMN_MISMATCH",
    ],
    ["has noise there under its old hash", row(1, "noise", leafHash(second)), "LEAF_COLUMN_MISMATCH"],
  ])("%s", (_, found, code) => {
    expect(resume(shipped, found)).toMatchObject({ ok: false, fault: { code, position: 1 } });
  });
});

test("it goes on behind the entry that was shipped last, and from the beginning when there was none", () => {
  const resumed = resume(shipped, row(1, second));
  expect(resumed).toMatchObject({ ok: true, state: { position: 2, nextSeq: 2, head: leafHash(second) } });
  expect(resumed.ok && shippedAt(resumed.state)).toEqual(shipped);
  expect(resume(undefined, row(5, second))).toEqual({ ok: true, state: emptyChain });
  expect(shippedAt(emptyChain)).toBeUndefined();
});

test("the same is remembered of an entry whether it was checked or gone on behind", () => {
  const zero = checkEntry(emptyChain, row(0, first));
  const one = zero.ok ? checkEntry(zero.state, row(1, second)) : zero;
  expect(one.ok && shippedAt(one.state)).toEqual(shipped);
});

test("a record is one line of JSON: origin, place, leaf and the exact line", () => {
  const record = shippedRecord("countersign/team/lab", shipped, second);
  expect(record).not.toContain("\n");
  expect(JSON.parse(record)).toEqual({
    origin: "countersign/team/lab/audit/2026-11",
    shard: "2026-11",
    seq: 1,
    leaf: leafHash(second),
    line: second,
  });
  expect(JSON.parse(shippedRecord("d", shipped, second, { event: "e" }))).toMatchObject({
    entry: { event: "e" },
  });
});
