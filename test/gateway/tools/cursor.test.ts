import { expect, test } from "vitest";
import { sha256 } from "../../../src/core/base/digest.ts";
import { listingId, makeCursor, readCursor } from "../../../src/gateway/tools/cursor.ts";

const listing = listingId(sha256("manifest"), { tool: "read-manifest", glob: null });

test.each([
  [
    "of another manifest",
    makeCursor(listingId(sha256("other"), { tool: "read-manifest", glob: null }), { item: 1, line: 0 }),
  ],
  [
    "of another filter",
    makeCursor(listingId(sha256("manifest"), { tool: "read-manifest", glob: "*" }), { item: 1, line: 0 }),
  ],
  [
    "of another tool",
    makeCursor(listingId(sha256("manifest"), { tool: "search-files", glob: null }), { item: 1, line: 0 }),
  ],
  ["empty", ""],
  ["no base64", "!!!"],
  ["base64 with other spelling", `${makeCursor(listing, { item: 1, line: 0 })}=`],
  ["negative", Buffer.from(`${listing}.-1.0`).toString("base64")],
  ["huge", Buffer.from(`${listing}.1e9.0`).toString("base64")],
  ["with a tail", Buffer.from(`${listing}.1.0.0`).toString("base64")],
  ["not UTF-8", Buffer.from([0xff, 0xfe]).toString("base64")],
])("refuses a cursor %s", (_, cursor) => {
  const read = readCursor(cursor, listing);
  expect(read.ok ? "accepted" : read.refusal.code).toBe("cursor_invalid");
});

test("reads its own cursor, and none as the start", () => {
  expect(readCursor(makeCursor(listing, { item: 7, line: 9 }), listing)).toEqual({
    ok: true,
    value: { item: 7, line: 9 },
  });
  expect(readCursor(undefined, listing)).toEqual({ ok: true, value: { item: 0, line: 0 } });
});
