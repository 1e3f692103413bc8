import { expect, test } from "vitest";
import { resourceCall } from "../../../src/gateway/mcp/resources.ts";

test.each([
  "file:///etc/passwd",
  "repo:///.env",
  "countersign://",
  "countersign://other",
  "countersign://manifest/",
  "countersign://file/%zz",
  "countersign://file/%ff",
  `countersign://file/${"a".repeat(9000)}`,
  "COUNTERSIGN://manifest",
  "",
])("is no resource: %s", (uri) => {
  expect(resourceCall(uri).ok).toBe(false);
});

test.each([
  ["countersign://manifest", "read-manifest", {}],
  ["countersign://file/src/a.ts", "read-file", { path: "src/a.ts" }],
  ["countersign://file/src/with%20space%3F.ts", "read-file", { path: "src/with space?.ts" }],
  // Decoded once and then a key like any other: it is not in the manifest.
  ["countersign://file/..%2f..%2fetc/passwd", "read-file", { path: "../../etc/passwd" }],
  ["countersign://file/%252e%252e/x", "read-file", { path: "%2e%2e/x" }],
  ["countersign://patch/1", "patch-status", { patch_id: "1" }],
])("%s is a call of %s", (uri, tool, args) => {
  expect(resourceCall(uri)).toEqual({ ok: true, value: { tool, args } });
});
