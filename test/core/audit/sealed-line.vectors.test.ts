// AES-256-GCM as entries are encrypted with it: the cases of the GCM specification (McGrew and Viega, appendix B), and changed copies.
import { createCipheriv, createDecipheriv } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { auditKey, openLine, sealedSchema, sealLine } from "../../../src/core/audit/sealed-line.ts";
import { entrySchema, GENESIS } from "../../../src/core/audit/entry.ts";

interface Case {
  readonly name: string;
  readonly key: string;
  readonly iv: string;
  readonly aad: string;
  readonly text: string;
  readonly sealed: string;
  readonly tag: string;
}
const cases = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../vectors/aes-gcm/spec.json"), "utf8"),
) as readonly Case[];
const bytes = (hex: string): Buffer => Buffer.from(hex, "hex");

function open({ key, iv, aad, sealed, tag }: Case): string | undefined {
  try {
    const cipher = createDecipheriv("aes-256-gcm", bytes(key), bytes(iv), { authTagLength: 16 });
    cipher.setAAD(bytes(aad));
    cipher.setAuthTag(bytes(tag));
    return Buffer.concat([cipher.update(bytes(sealed)), cipher.final()]).toString("hex");
  } catch {
    return undefined;
  }
}

const bent = (hex: string, at = 0): string => {
  const changed = bytes(hex);
  changed[at]! ^= 1;
  return changed.toString("hex");
};

describe.each(cases)("$name", (one) => {
  test("is sealed to these bytes and opened again", () => {
    const cipher = createCipheriv("aes-256-gcm", bytes(one.key), bytes(one.iv), { authTagLength: 16 });
    cipher.setAAD(bytes(one.aad));
    const sealed = Buffer.concat([cipher.update(bytes(one.text)), cipher.final()]);
    expect([sealed.toString("hex"), cipher.getAuthTag().toString("hex")]).toEqual([one.sealed, one.tag]);
    expect(open(one)).toBe(one.text);
  });

  test.each<[string, (from: Case) => Case]>([
    ["key", (from) => ({ ...from, key: bent(from.key, 31) })],
    ["nonce", (from) => ({ ...from, iv: bent(from.iv, 11) })],
    ["tag", (from) => ({ ...from, tag: bent(from.tag, 15) })],
    ["tag, cut short", (from) => ({ ...from, tag: from.tag.slice(0, 24) })],
    ["no tag", (from) => ({ ...from, tag: "" })],
    ["data beside the text", (from) => ({ ...from, aad: from.aad === "" ? "00" : bent(from.aad) })],
    ["a byte more", (from) => ({ ...from, sealed: `${from.sealed}00` })],
  ])("is not opened with another %s", (_, change) => {
    expect(open(change(one))).toBeUndefined();
  });

  test("is not opened with any byte changed", () => {
    for (let at = 0; at < one.sealed.length / 2; at++)
      expect(open({ ...one, sealed: bent(one.sealed, at) })).toBeUndefined();
  });
});

// The same through our own line: what is bound beside the text is everything that stays readable.
test("an encrypted line does not open with any character of its readable part changed", () => {
  const key = auditKey("7f".repeat(32));
  if (key === undefined) throw new Error("no key");
  const entry = entrySchema.parse({
    v: 1,
    shard: "2026-11",
    seq: 7,
    ts: "2026-11-22T10:00:00.000Z",
    event: "call.allowed",
    actor: { principal: "p" },
    data: { n: 1 },
    prev: GENESIS,
  });
  const line = sealLine(entry, key, new Uint8Array(12).fill(9));
  const ring = { others: [key] };
  expect(openLine(sealedSchema.parse(JSON.parse(line)), ring)).toEqual({ kind: "opened", entry });
  let tried = 0;
  for (let at = 0; at < line.length; at++) {
    const next = line[at] === "0" ? "1" : /[0-9a-zA-Z]/.test(line[at] ?? "") ? "0" : undefined;
    const changed =
      next === undefined ? undefined : parsed(`${line.slice(0, at)}${next}${line.slice(at + 1)}`);
    if (changed === undefined) continue;
    tried += 1;
    expect(openLine(changed, ring).kind, `character ${at}`).not.toBe("opened");
  }
  expect(tried).toBeGreaterThan(200);
});

function parsed(text: string): ReturnType<typeof sealedSchema.parse> | undefined {
  try {
    return sealedSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
