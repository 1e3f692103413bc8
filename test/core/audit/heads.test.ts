// What gateway and sealer say to each other is exact, and bounded.
import { describe, expect, test } from "vitest";
import {
  type HeadRequest,
  headRequestSchema,
  heartbeatSchema,
  leavesIn,
  MAX_REQUEST_LEAVES,
} from "../../../src/core/audit/heads.ts";
import { sha256 } from "../../../src/core/base/digest.ts";
import { instant } from "../../../src/core/base/time.ts";

const leaf = sha256("leaf");
const request: HeadRequest = { v: 1, shard: "2026-11", from: 0, leaves: leaf, closes: false, urgent: false };

describe("requests that are none", () => {
  test.each<[string, object]>([
    ["a month that is none", { shard: "2026-13" }],
    ["a path for a month", { shard: "../2026-11" }],
    ["a negative number", { from: -1 }],
    ["half a number", { from: 0.5 }],
    ["half a leaf", { leaves: leaf.slice(1) }],
    ["upper case", { leaves: leaf.toUpperCase() }],
    ["one leaf too many", { leaves: leaf.repeat(MAX_REQUEST_LEAVES + 1) }],
    ["another version", { v: 2 }],
    ["something more", { note: "x" }],
    ["no word about its end", { closes: undefined }],
  ])("%s", (_, change) => {
    expect(headRequestSchema.safeParse({ ...request, ...change }).success).toBe(false);
  });
});

test("leaves come out as they went in", () => {
  const leaves = [leaf, sha256("other"), leaf];
  const full = { ...request, leaves: leaf.repeat(MAX_REQUEST_LEAVES) };
  expect(leavesIn(headRequestSchema.parse({ ...request, leaves: leaves.join("") }))).toEqual(leaves);
  expect(leavesIn({ leaves: "" })).toEqual([]);
  expect(leavesIn(headRequestSchema.parse(full))).toHaveLength(MAX_REQUEST_LEAVES);
});

test("a heartbeat says when, what is sealed, what is wrong, and who waits", () => {
  const beat = { v: 1, at: instant(0), sealed: null, trouble: null, queue: 0 };
  const sealed = { shard: "2026-11", size: 1, root: leaf };
  expect(heartbeatSchema.safeParse(beat).success).toBe(true);
  expect(heartbeatSchema.safeParse({ ...beat, sealed, trouble: "LOG_GAP", queue: 3 }).success).toBe(true);
  expect(heartbeatSchema.safeParse({ ...beat, trouble: "TIRED" }).success).toBe(false);
  expect(heartbeatSchema.safeParse({ ...beat, queue: -1 }).success).toBe(false);
});
