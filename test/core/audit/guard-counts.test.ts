// U10: which entries count as skipped, blocked and flagged, and that no other one does.
import { expect, test } from "vitest";
import type { AuditEntry } from "../../../src/core/audit/entry.ts";
import { openGuardCounts } from "../../../src/core/audit/guard-counts.ts";

const NONE = { skipped: 0, blocked: 0, flagged: 0 };

test.each<readonly [AuditEntry["event"], AuditEntry["data"], Partial<typeof NONE>]>([
  ["call.refused", { reason: "secret_suspected" }, {}],
  ["call.allowed", { reason: "guard_flagged" }, {}],
  ["proposal.accepted", {}, {}],
  ["proposal.accepted", { guard: "bypassed" }, {}],
  ["proposal.repeated", { guard: "flagged" }, {}],
  ["guard.bypass", { patch_id: "x" }, { skipped: 1 }],
  ["call.refused", { reason: "guard_flagged" }, { blocked: 1 }],
  ["proposal.accepted", { guard: "flagged" }, { flagged: 1 }],
])("%s with %j", (event, data, expected) => {
  const counter = openGuardCounts();
  counter.add({ event, data });
  expect(counter.counts()).toEqual({ ...NONE, ...expected });
});
