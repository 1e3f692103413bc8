// A receipt proves one entry of one log, or nothing: each byte of it matters.
import { expect, test } from "vitest";
import { openReceipt, readPlainLine, receiptCheckpoint } from "../../../src/core/audit/receipt.ts";
import { originOf } from "../../../src/core/audit/checkpoint.ts";
import { receiptOf, type SealOptions } from "../../support/sealing.ts";
import { throwAwayKey } from "../../support/verdicts.ts";

const key = throwAwayKey();
const deployment = "countersign/default/lab";
const terms = { deployment, sealers: [key.publicKey], read: readPlainLine };
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
