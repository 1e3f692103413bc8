// Statuses of refusals on the REST door.
import { expect, test } from "vitest";
import { reasonCodes } from "../../../src/core/base/reason.ts";
import { statusOf } from "../../../src/gateway/http/status.ts";

test("every refusal is an error to HTTP", () => {
  expect(reasonCodes.filter((code) => !(statusOf(code) >= 400 && statusOf(code) < 600))).toEqual([]);
});

test.each([
  [400, "input_invalid"],
  [401, "auth_missing"],
  [403, "unauthorized"],
  [404, "not_listed"],
  [404, "patch_unknown"],
  [404, "tool_unknown"],
  [409, "base_stale"],
  [409, "idempotency_conflict"],
  [409, "patch_closed"],
  [413, "call_too_large"],
  [415, "media_type"],
  [422, "diff_malformed"],
  [422, "path_protected"],
  [429, "rate_calls"],
  [429, "rate_proposals"],
  [429, "budget_exhausted"],
  [500, "internal"],
  [503, "manifest_unavailable"],
] as const)("%d: %s", (status, code) => {
  expect(statusOf(code)).toBe(status);
});
