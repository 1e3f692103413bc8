// I31: what is kept of a person opens at its place, under that person's key, and nowhere else.
import { createSecretKey } from "node:crypto";
import { expect, test } from "vitest";
import { auditKey, NO_KEYS } from "../../../src/core/audit/sealed-line.ts";
import {
  nameIndex,
  openFields,
  sealFields,
  unwrapKey,
  wrapKey,
} from "../../../src/core/audit/subject-seal.ts";

const secret = createSecretKey(new Uint8Array(32).fill(1));
const other = createSecretKey(new Uint8Array(32).fill(2));
const nonce = new Uint8Array(12).fill(3);
const ct = sealFields({ name: "bob" }, secret, nonce, "p 1");

test("another key, place, nonce, or a changed byte opens nothing", () => {
  expect(openFields(ct, other, nonce, "p 1")).toBeUndefined();
  expect(openFields(ct, secret, nonce, "p 2")).toBeUndefined();
  expect(openFields(ct, secret, new Uint8Array(12), "p 1")).toBeUndefined();
  for (const [at] of ct.entries()) {
    const bent = Buffer.from(ct);
    bent[at] = (bent[at] ?? 0) ^ 1;
    expect(openFields(bent, secret, nonce, "p 1"), `byte ${at}`).toBeUndefined();
  }
  expect(openFields(ct.subarray(0, 4), secret, nonce, "p 1")).toBeUndefined();
  expect(openFields(ct, secret, nonce, "p 1")).toEqual({ name: "bob" });
});

const bytes = new Uint8Array(32).fill(9);
const [current, next] = [auditKey("a1".repeat(32)), auditKey("b2".repeat(32))];

test("a person's key is wrapped where the log is encrypted, and opens with that key, also a previous one", () => {
  const held = wrapKey(bytes, "p", { current, others: [] }, (n) => new Uint8Array(n).fill(4));
  expect(held.kid).toBe(current?.kid);
  expect(Buffer.from(held.key).includes(Buffer.from(bytes))).toBe(false);
  expect(unwrapKey(held, "p", NO_KEYS)).toBeUndefined();
  expect(unwrapKey(held, "p", { current: next, others: [] })).toBeUndefined();
  expect(unwrapKey(held, "q", { current, others: [] })).toBeUndefined();
  const ring = { current: next, others: current === undefined ? [] : [current] };
  expect(unwrapKey(held, "p", ring)?.export()).toEqual(Buffer.from(bytes));
});

test("without an encryption key it lies beside what it opens, and goes with it", () => {
  const held = wrapKey(bytes, "p", NO_KEYS, () => new Uint8Array(0));
  expect(held).toEqual({ key: bytes, kid: null });
  expect(unwrapKey(held, "p", NO_KEYS)?.export()).toEqual(Buffer.from(bytes));
});

test("a name is found in any letter case, and by nobody without the store's secret", () => {
  expect(nameIndex(secret, "Bob")).toEqual(nameIndex(secret, "bob"));
  expect(nameIndex(secret, "bob")).not.toEqual(nameIndex(other, "bob"));
  expect(nameIndex(secret, "os:Bob")).not.toEqual(nameIndex(secret, "os:bob"));
});
