// What an entry is about: one thing or none, and never what agents can pile up.
import { expect, test } from "vitest";
import { aboutOf } from "../../../src/core/audit/about.ts";
import type { AuditData, AuditEvent } from "../../../src/core/audit/entry.ts";

test.each<[AuditEvent, AuditData, string | null]>([
  ["call.allowed", { tool: "patch-status", patch_id: "p" }, null],
  ["call.refused", { patch_id: "p" }, null],
  ["proposal.repeated", { patch_id: "p" }, null],
  ["process.start", {}, null],
  ["verdict.received", { patch_id: null }, null],
  ["verdict.received", { patch_id: 7 }, null],
  ["verdict.received", { patch_id: "p" }, "patch:p"],
  ["token.issued", { token_id: "t" }, "token:t"],
  ["incident.opened", { incident_id: "i", patch_id: "p" }, "record:i"],
  ["incident.closed", { incident_id: "i" }, "record:i"],
  ["bundle.exported", { journal_id: "j", incident_id: "i", patch_id: "p" }, "record:j"],
  // What vouches for a row is found by the row, whatever else it names, and whatever event it is.
  ["verdict.received", { patch_id: "p", incident_id: "i", row_sha256: "x" }, "patch:p"],
  ["token.revoked", { token_id: "t", patch_id: "p", row_sha256: "x" }, "token:t"],
  ["call.allowed", { patch_id: "p", row_sha256: "x" }, "patch:p"],
  ["call.allowed", { row_sha256: "x" }, null],
])("%s %j is about %s", (event, data, about) => {
  expect(aboutOf({ event, data })).toBe(about);
});
