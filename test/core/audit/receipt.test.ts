// A receipt proves one entry of one log, or nothing: each byte of it matters.
import { expect, test } from "vitest";
import { openReceipt, readReceiptLine, receiptCheckpoint } from "../../../src/core/audit/receipt.ts";
import { auditKey, NO_KEYS, sealLine } from "../../../src/core/audit/sealed-line.ts";
import type { AuditEntry } from "../../../src/core/audit/entry.ts";
import { originOf } from "../../../src/core/audit/checkpoint.ts";
import { receiptOf, type SealOptions } from "../../support/sealing.ts";
import { throwAwayKey } from "../../support/verdicts.ts";

const key = throwAwayKey();
const deployment = "countersign/default/lab";
const terms = {
  deployment,
  sealers: [key.publicKey],
  read: (line: string) => readReceiptLine(line, NO_KEYS),
};
const entry = { event: "verdict.received", data: { patch_id: "p" } } as const;
const made = (options: Partial<SealOptions> = {}): Uint8Array =>
  receiptOf(entry, { deployment, key, ...options });

test("with any byte changed it proves nothing", () => {
  const good = made();
  const opened = good.map((_, at) => {
    const bad = Uint8Array.from(good);
    bad[at] = (bad[at] ?? 0) ^ 1;
    return openReceipt(bad, terms).ok ? 1 : 0;
  });
  expect(opened.reduce((sum, one) => sum + one, 0)).toBe(0);
});

test.each([0, 1, 2, 6, 7, 40])("proves the entry number %i, with its checkpoint", (index) => {
  const receipt = made({ index });
  const opened = openReceipt(receipt, terms);
  expect(opened).toMatchObject({ ok: true, index, entry: { ...entry, seq: index, shard: "2026-11" } });
  expect(receiptCheckpoint(receipt)).toEqual(opened.ok && opened.checkpoint);
  expect(receiptCheckpoint(receipt)?.origin).toBe(originOf(deployment, "2026-11"));
});

test("a sealer that was rotated out still proves what it sealed; no key at all proves nothing", () => {
  const other = throwAwayKey().publicKey;
  expect(openReceipt(made(), { ...terms, sealers: [other, key.publicKey] }).ok).toBe(true);
  expect(openReceipt(made(), { ...terms, sealers: [other] })).toMatchObject({
    why: "its checkpoint: no trusted key signed it",
  });
  expect(openReceipt(made(), { ...terms, sealers: [] }).ok).toBe(false);
});

test("a line that cannot be read proves nothing, and says why", () => {
  const read = (): { ok: false; why: string } => ({ ok: false, why: "it is encrypted" });
  expect(openReceipt(made(), { ...terms, read })).toEqual({ ok: false, why: "it is encrypted" });
});

const encryption = (digit: string): NonNullable<ReturnType<typeof auditKey>> => auditKey(digit.repeat(64))!;

test("an encrypted line is read with its key, current or earlier, and proves nothing without it", () => {
  const [own, other] = [encryption("a"), encryption("b")];
  const line = (plain: string): string => sealLine(JSON.parse(plain) as AuditEntry, own, new Uint8Array(12));
  const receipt = made({ line });
  const open = (keys: Parameters<typeof readReceiptLine>[1], why?: string): ReturnType<typeof openReceipt> =>
    openReceipt(receipt, { ...terms, read: (text) => readReceiptLine(text, keys, why) });
  expect(open({ current: own, others: [] })).toMatchObject({ ok: true, entry });
  expect(open({ current: other, others: [own] })).toMatchObject({ ok: true, entry });
  const missing = open({ current: other, others: [] }, "the variable LOG_KEY is not set");
  expect(missing).toMatchObject({ ok: false });
  expect(JSON.stringify(missing)).toContain("the variable LOG_KEY is not set");
  // Encrypted for one place, and put into another: the sealer signs what it is given, the key does not open it.
  const moved = made({ line: (plain) => line(plain).replace('"seq":2', '"seq":3') });
  const read = (text: string): ReturnType<typeof readReceiptLine> =>
    readReceiptLine(text, { current: own, others: [] });
  expect(openReceipt(moved, { ...terms, read })).toMatchObject({ ok: false });
});
