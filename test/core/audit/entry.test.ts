// One entry: a closed form, one line, and the hash that links it.
import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { type AuditEntry, auditLine, entrySchema, GENESIS, leafHash } from "../../../src/core/audit/entry.ts";

const entry = entrySchema.parse({
  v: 1,
  shard: "2026-11",
  seq: 41,
  ts: "2026-11-22T10:00:00.123Z",
  event: "call.allowed",
  actor: { principal: "local:stdio", session: "s" },
  data: { tool: "read-file", bytes: 12, truncated: false, cursor: null },
  prev: GENESIS,
});

describe("refusals", () => {
  test.each<[string, object]>([
    ["a field too many", { ...entry, note: "x" }],
    ["an unknown event", { ...entry, event: "call.forgotten" }],
    ["a negative number", { ...entry, seq: -1 }],
    ["a fraction of a number", { ...entry, seq: 0.5 }],
    ["another version", { ...entry, v: 2 }],
    ["a shard that is no month", { ...entry, shard: "2026-11-22" }],
    ["an instant in another spelling", { ...entry, ts: "2026-11-22T10:00:00Z" }],
    ["nobody", { ...entry, actor: { principal: "" } }],
    ["a field too many in the actor", { ...entry, actor: { principal: "p", token: "t" } }],
    ["nested data", { ...entry, data: { a: { b: 1 } } }],
    ["a fraction in data", { ...entry, data: { a: 0.5 } }],
    ["long text in data", { ...entry, data: { a: "x".repeat(1001) } }],
    ["an odd key in data", { ...entry, data: { "A b": 1 } }],
    ["a predecessor in capitals", { ...entry, prev: "A".repeat(64) }],
  ])("%s", (_, value) => {
    expect(entrySchema.safeParse(value).success).toBe(false);
    expect(() => auditLine(value as AuditEntry)).toThrow();
  });

  test("what has no canonical form", () => {
    expect(() => auditLine({ ...entry, data: { a: "\ud800" } })).toThrow(
      expect.objectContaining({ code: "canonical_domain" }),
    );
  });

  test("a line too long", () => {
    const data = Object.fromEntries(Array.from({ length: 70 }, (_, i) => [`k${i}`, "x".repeat(1000)]));
    expect(() => auditLine({ ...entry, data })).toThrow(RangeError);
  });
});

const LINE =
  '{"actor":{"principal":"local:stdio","session":"s"},"data":{"bytes":12,"cursor":null,"tool":"read-file","truncated":false},"event":"call.allowed",' +
  `"prev":"${"0".repeat(64)}","seq":41,"shard":"2026-11","ts":"2026-11-22T10:00:00.123Z","v":1}`;

test("the line is canonical and holds no line feed, whatever its data hold", () => {
  expect(auditLine(entry)).toBe(LINE);
  expect(auditLine({ ...entry, data: { a: "x\ny\u2028" } })).not.toContain("\n");
});

test("the leaf is SHA-256 of a zero byte and the line (RFC 6962), not of the line", () => {
  expect(leafHash(LINE)).toBe(createHash("sha256").update("\0").update(LINE).digest("hex"));
  expect(leafHash("")).toBe("6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
  expect(leafHash("é")).toBe(
    createHash("sha256")
      .update(Buffer.from([0, 0xc3, 0xa9]))
      .digest("hex"),
  );
});
