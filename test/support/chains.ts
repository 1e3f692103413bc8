// Logs over several months, made by hand: what a test bends is made here and not by the code that is tested.
import { createHash } from "node:crypto";
import type { ChainRow } from "../../src/core/audit/chain.ts";
import { type AuditEntry, auditLine, entrySchema, leafHash } from "../../src/core/audit/entry.ts";
import { type AuditKey, auditKey, sealLine } from "../../src/core/audit/sealed-line.ts";

/** MTH of RFC 6962 §2.1, by its recursion. */
export function rootOf(leaves: readonly string[]): Buffer {
  const [first] = leaves;
  if (first === undefined) return createHash("sha256").digest();
  if (leaves.length === 1) return Buffer.from(first, "hex");
  const split = 2 ** Math.floor(Math.log2(leaves.length - 1));
  const [left, right] = [rootOf(leaves.slice(0, split)), rootOf(leaves.slice(split))];
  return createHash("sha256").update("\u0001").update(left).update(right).digest();
}

export const keyOf = (n: number): AuditKey => {
  const key = auditKey(createHash("sha256").update(`key ${n}`).digest("hex"));
  if (key === undefined) throw new Error("no key");
  return key;
};

const nonceOf = (n: number): Uint8Array => createHash("sha256").update(`nonce ${n}`).digest().subarray(0, 12);

export interface Draft {
  readonly shard: string;
  readonly seq: number;
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export const draft = (shard: string, seq: number, event: string, data: Draft["data"] = {}): Draft => ({
  shard,
  seq,
  event,
  data,
});

/** Rows that link to each other, whatever they say. What borders on a shard is not encrypted. */
export function linked(drafts: readonly Draft[], key?: AuditKey): readonly ChainRow[] {
  const rows: ChainRow[] = [];
  for (const [position, { shard, seq, event, data }] of drafts.entries()) {
    const entry: AuditEntry = entrySchema.parse({
      v: 1,
      shard,
      seq,
      ts: `${shard}-22T10:00:00.000Z`,
      event,
      actor: { principal: "p" },
      data,
      prev: rows.at(-1)?.leaf ?? "0".repeat(64),
    });
    const isPlain = key === undefined || event.startsWith("shard.");
    const line = isPlain ? auditLine(entry) : sealLine(entry, key, nonceOf(position));
    rows.push({ position, line, leaf: leafHash(line) });
  }
  return rows;
}

/** Drafts of months with so many calls each, closed but for the last one. */
export function months(calls: Readonly<Record<string, number>>, key?: AuditKey): readonly Draft[] {
  const drafts: Draft[] = [];
  let opening: Draft["data"] = { format: 2, previous: null };
  for (const [shard, count] of Object.entries(calls)) {
    const start = drafts.length;
    drafts.push(draft(shard, 0, "shard.open", opening));
    for (let n = 1; n <= count; n++) drafts.push(draft(shard, n, "call.allowed", { n }));
    drafts.push(draft(shard, count + 1, "shard.close", { entries: count + 2 }));
    const leaves = linked(drafts, key)
      .slice(start)
      .map(({ leaf }) => leaf);
    opening = {
      format: 2,
      previous: shard,
      previous_size: leaves.length,
      previous_root: rootOf(leaves).toString("base64"),
      previous_leaf: leaves.at(-1),
    };
  }
  return drafts.slice(0, -1);
}
