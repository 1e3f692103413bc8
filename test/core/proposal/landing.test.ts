// Records of landings: one closed form for each result.
import { expect, test } from "vitest";
import { refusal } from "../../../src/core/base/refusal.ts";
import { landingSchema } from "../../../src/core/proposal/landing.ts";

const OID = "b".repeat(40);
const landing = {
  version: 1,
  attempt: "0f8fad5b-d9cb-469f-a165-70867728950e",
  patch_id: "1f8fad5b-d9cb-469f-a165-70867728950e",
  at: "2026-11-22T10:00:00.000Z",
  person: "p",
  confirmed: false,
  dry_run: false,
  patch_sha256: null,
  statement_sha256: "a".repeat(64),
  result: { kind: "landed", branch: "refs/heads/x", commit: OID, tree: OID },
};

test.each<[string, object]>([
  ["a field too many", { ...landing, force: true }],
  ["a result too many", { ...landing, result: { ...landing.result, refusal: refusal("internal", "x") } }],
  ["a landing without its commit", { ...landing, result: { kind: "landed", branch: "x", tree: OID } }],
  ["a refusal without reason", { ...landing, result: { kind: "refused" } }],
  ["another result", { ...landing, result: { kind: "merged" } }],
  ["nobody", { ...landing, person: "" }],
])("refused: %s", (_, value) => {
  expect(landingSchema.safeParse(value).success).toBe(false);
});

test.each<object>([
  landing.result,
  { kind: "passed" },
  { kind: "refused", refusal: refusal("base_moved", "x", "y") },
])("read: %j", (result) => {
  expect(landingSchema.parse({ ...landing, result })).toEqual({ ...landing, result });
});
