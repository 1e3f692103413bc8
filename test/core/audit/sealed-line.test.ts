// I23: encrypted lines. A key that is none is refused; a line that was touched, or laid elsewhere, does not open.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { type ChainRow, type ChainState, checkEntry, emptyChain } from "../../../src/core/audit/chain.ts";
import { type AuditEntry, entrySchema, leafHash } from "../../../src/core/audit/entry.ts";
import {
  auditKey,
  type AuditKeys,
  NO_KEYS,
  openLine,
  sealedSchema,
  type SealedLine,
  sealLine,
} from "../../../src/core/audit/sealed-line.ts";
import { canonical } from "../../../src/core/base/canonical.ts";
import { draft, keyOf, linked, months } from "../../support/chains.ts";

const hexOf = (text: string): string => createHash("sha256").update(text).digest("hex");
const entry = entrySchema.parse({
  v: 1,
  shard: "2026-11",
  seq: 41,
  ts: "2026-11-22T10:00:00.123Z",
  event: "call.allowed",
  actor: { principal: "local:stdio" },
  data: { path: "src/a.ts" },
  prev: hexOf("before"),
});
const nonce = Buffer.alloc(12, 7);
const ring = (...keys: readonly number[]): AuditKeys => {
  const [current, ...others] = keys.map(keyOf);
  return { current, others };
};
const seal = (changes: Partial<AuditEntry> = {}, key = 1): SealedLine =>
  sealedSchema.parse(JSON.parse(sealLine({ ...entry, ...changes }, keyOf(key), nonce)));

describe("refusals", () => {
  const good = hexOf("key");
  test.each([
    ["63 characters", good.slice(1)],
    ["65 characters", `${good}0`],
    ["nothing", ""],
    ["base64 of 32 bytes", Buffer.from(good, "hex").toString("base64")],
    ["a letter beyond f", `g${good.slice(1)}`],
    ["white space", ` ${good.slice(2)} `],
    ["a line break at its end", `${good}\n`],
    ["fullwidth digits", `\uff10${good.slice(1)}`],
  ])("a key of %s", (_, text) => {
    expect(auditKey(text)).toBeUndefined();
  });

  test.each([0, 8, 11, 13, 16])("a nonce of %d bytes", (bytes) => {
    expect(() => sealLine(entry, keyOf(1), new Uint8Array(bytes))).toThrow(RangeError);
  });

  test("an entry that could not be written in the clear", () => {
    expect(() => sealLine({ ...entry, data: { "A b": 1 } }, keyOf(1), nonce)).toThrow();
    expect(() => sealLine({ ...entry, data: { a: "\ud800" } }, keyOf(1), nonce)).toThrow();
  });

  const flipped = (text: string): string => {
    const bytes = Buffer.from(text, "base64");
    bytes[bytes.length - 1]! ^= 1;
    return bytes.toString("base64");
  };
  test.each<[string, (line: SealedLine) => Partial<SealedLine>]>([
    ["shard", () => ({ shard: "2026-12" })],
    ["number", () => ({ seq: 42 })],
    ["time", () => ({ ts: "2026-11-22T10:00:00.124Z" as AuditEntry["ts"] })],
    ["link", () => ({ prev: leafHash("x") })],
    ["nonce", ({ n }) => ({ n: flipped(n) })],
    ["tag", ({ c }) => ({ c: flipped(c) })],
    ["text", ({ c }) => ({ c: Buffer.from(c, "base64").reverse().toString("base64") })],
    ["length", ({ c }) => ({ c: Buffer.from(c, "base64").subarray(1).toString("base64") })],
    ["key's name, to that of another key at hand", () => ({ kid: keyOf(2).kid })],
  ])("another %s", (_, change) => {
    const line = seal();
    expect(openLine(line, ring(1, 2))).toMatchObject({ kind: "opened" });
    expect(openLine({ ...line, ...change(line) }, ring(1, 2))).toEqual({ kind: "false" });
  });

  test("a key that is not at hand is another matter than a false line", () => {
    expect(openLine(seal(), ring(2, 3))).toEqual({ kind: "locked" });
    expect(openLine(seal(), NO_KEYS)).toEqual({ kind: "locked" });
  });

  test.each([
    ["a field too many", { x: 1 }],
    ["a nonce of 13 bytes", { n: Buffer.alloc(13).toString("base64") }],
    ["a nonce that is not base64", { n: "????????????????" }],
    ["a text without a tag", { c: Buffer.alloc(16).toString("base64") }],
    ["base64 in another spelling", { c: `${"A".repeat(31)}BAB=` }],
    ["a kid in capitals", { kid: "A".repeat(32) }],
    ["its event in the clear", { event: "call.allowed" }],
  ])("a line with %s is no line", (_, change) => {
    expect(sealedSchema.safeParse({ ...seal(), ...change }).success).toBe(false);
  });
});

test("a key shows nothing of itself when it is printed", () => {
  const key = keyOf(1);
  const text = inspect(key, { depth: 9, showHidden: true }) + JSON.stringify(key);
  const secret = key.secret.export().toString("hex");
  expect(text).toContain(key.kid);
  expect(text).not.toContain(secret.slice(0, 8));
});

test("letter case of a key makes no other key", () => {
  const hex = hexOf("key");
  expect(auditKey(hex.toUpperCase())?.kid).toBe(auditKey(hex)?.kid);
});

test("nothing of actor, event and data is in the line, and it opens under a current and an earlier key", () => {
  const line = sealLine(entry, keyOf(1), nonce);
  expect(line).not.toMatch(/stdio|call|src/);
  expect(line).toBe(canonical(JSON.parse(line)));
  expect(openLine(seal(), ring(1))).toEqual({ kind: "opened", entry });
  expect(openLine(seal(), ring(2, 1))).toEqual({ kind: "opened", entry });
});

describe("vectors of another implementation", () => {
  interface Vector {
    readonly name: string;
    readonly key_sha256_of: string;
    readonly kid: string;
    readonly nonce: string;
    readonly plaintext: string;
    readonly line: string;
    readonly leaf: string;
  }
  const file = readFileSync(join(import.meta.dirname, "../../vectors/audit/encrypted-lines.json"), "utf8");
  const { vectors } = JSON.parse(file) as { vectors: readonly Vector[] };
  test.each(vectors)("$name", (vector) => {
    const key = auditKey(hexOf(vector.key_sha256_of))!;
    expect(key.kid).toBe(vector.kid);
    const sealed = sealedSchema.parse(JSON.parse(vector.line));
    const opened = openLine(sealed, { current: key, others: [] });
    if (opened.kind !== "opened") throw new Error(opened.kind);
    const { actor, data, event } = opened.entry;
    expect(canonical({ actor, data, event })).toBe(vector.plaintext);
    expect(sealLine(opened.entry, key, Buffer.from(vector.nonce, "hex"))).toBe(vector.line);
    expect(leafHash(vector.line)).toBe(vector.leaf);
  });
});

describe("in the chain", () => {
  const drafts = months({ "2026-10": 3, "2026-11": 3 }, keyOf(1));
  const rows = linked(drafts, keyOf(1));
  const walk = (log: readonly ChainRow[], keys: AuditKeys): unknown => {
    let state: ChainState = emptyChain;
    const read: (string | undefined)[] = [];
    for (const [at, one] of log.entries()) {
      const step = checkEntry(state, one, keys);
      if (!step.ok) return { at, code: step.code };
      state = step.state;
      read.push(step.entry?.event);
    }
    return read;
  };
  const all = drafts.map(({ event }) => event);

  test("everything holds with the key; without one, everything but the content", () => {
    expect(walk(rows, ring(1))).toEqual(all);
    expect(walk(rows, ring(2, 1))).toEqual(all);
    expect(walk(rows, NO_KEYS)).toEqual(all.map((event) => (event === "call.allowed" ? undefined : event)));
  });

  test("with other keys only, no entry that is encrypted holds", () => {
    expect(walk(rows, ring(2))).toEqual({ at: 1, code: "DECRYPT_FAIL" });
  });

  /** The lines as somebody would change them who computes hashes and links anew, without the key. */
  const relinked = (lines: readonly string[]): readonly ChainRow[] => {
    const made: ChainRow[] = [];
    for (const [position, text] of lines.entries()) {
      const parts = JSON.parse(text) as Record<string, unknown>;
      const line = canonical({ ...parts, prev: made.at(-1)?.leaf ?? "0".repeat(64) });
      made.push({ position, line, leaf: leafHash(line) });
    }
    return made;
  };
  const lines = rows.map(({ line }) => line);
  const parts = (at: number): Record<string, unknown> => JSON.parse(lines[at]!) as Record<string, unknown>;
  const swapped = [1, 2].map((at, i) => canonical({ ...parts(2 - i), seq: at, ts: parts(at)["ts"] }));
  test.each<[string, readonly string[]]>([
    ["two lines swapped, with their numbers", lines.toSpliced(1, 2, ...swapped)],
    ["the tag", lines.with(1, canonical({ ...parts(1), c: `${String(parts(1)["c"]).slice(0, -4)}AAAA` }))],
    ["the nonce", lines.with(1, canonical({ ...parts(1), n: parts(2)["n"] }))],
    ["the name of the key", lines.with(1, canonical({ ...parts(1), kid: "0".repeat(32) }))],
    ["the time", lines.with(1, canonical({ ...parts(1), ts: "2026-10-22T10:00:01.000Z" }))],
  ])("changed, and the chain computed anew: %s", (_, changed) => {
    const bent = relinked(changed);
    expect(walk(bent, NO_KEYS)).toMatchObject({ at: 5, code: "SHARD_LINK" });
    expect(walk(bent, ring(1))).toEqual({ at: 1, code: "DECRYPT_FAIL" });
  });

  test("changed, and nothing computed anew: the chain tells, without any key", () => {
    const [one, two] = [rows[1]!, rows[2]!];
    const bent = rows.with(1, { ...two, position: 1 }).with(2, { ...one, position: 2 });
    expect(walk(bent, NO_KEYS)).toEqual({ at: 1, code: "SEQ_GAP" });
  });

  test("a border that hides in a ciphertext is none", () => {
    const hidden = draft("2026-10", 2, "call.allowed");
    const [first, second] = linked([drafts[0]!, drafts[1]!, hidden], keyOf(1));
    const inner = entrySchema.parse({
      ...entry,
      shard: "2026-10",
      seq: 2,
      event: "shard.close",
      data: { entries: 3 },
      prev: second!.leaf,
    });
    const line = sealLine(inner, keyOf(1), nonce);
    const log = [first!, second!, { position: 2, line, leaf: leafHash(line) }];
    expect(walk(log, ring(1))).toEqual({ at: 2, code: "SHARD_LINK" });
  });
});
