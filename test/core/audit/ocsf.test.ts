// The view for other tools: one class, each event with its place and leaf, and nothing of an entry that could not be read.
import { expect, test } from "vitest";
import { type AuditEntry, auditEvents, GENESIS } from "../../../src/core/audit/entry.ts";
import { ocsfEvent } from "../../../src/core/audit/ocsf.ts";

const place = { deployment: "countersign/local/r", shard: "2026-11", seq: 4, leaf: GENESIS };
const entry = (event: AuditEntry["event"], data: AuditEntry["data"] = {}): AuditEntry => ({
  v: 1,
  shard: "2026-11",
  seq: 4,
  ts: "2026-11-22T10:00:00.123Z" as AuditEntry["ts"],
  event,
  actor: { principal: "agent", session: "s1", credential: "token:1", correlation: "c1" },
  data,
  prev: GENESIS,
});

test("a call", () => {
  expect(
    ocsfEvent(
      place,
      entry("call.refused", { tool: "propose-patch", reason: "rate_limited", address: "192.0.2.1" }),
    ),
  ).toEqual({
    category_uid: 6,
    category_name: "Application Activity",
    class_uid: 6003,
    class_name: "API Activity",
    activity_id: 1,
    activity_name: "Create",
    type_uid: 600_301,
    type_name: "API Activity: Create",
    metadata: {
      version: "1.4.0",
      product: { name: "countersign", vendor_name: "countersign" },
      log_name: "countersign/local/r/audit/2026-11",
      sequence: 4,
      uid: GENESIS,
    },
    time: Date.parse("2026-11-22T10:00:00.123Z"),
    severity_id: 2,
    status_id: 2,
    status: "Failure",
    status_code: "rate_limited",
    message: "call.refused",
    actor: { user: { name: "agent", credential_uid: "token:1" }, session: { uid: "s1" } },
    api: { operation: "propose-patch", service: { name: "countersign" }, request: { uid: "c1" } },
    src_endpoint: { ip: "192.0.2.1" },
    unmapped: {
      shard: "2026-11",
      seq: 4,
      leaf: GENESIS,
      event: "call.refused",
      data: { tool: "propose-patch", reason: "rate_limited", address: "192.0.2.1" },
    },
  });
});

test.each([...auditEvents])(
  "%s has a class, a type that follows from its activity, and its place",
  (event) => {
    const made = ocsfEvent(place, entry(event));
    expect(made["type_uid"]).toBe(600_300 + Number(made["activity_id"]));
    expect([1, 2, 3, 4, 99]).toContain(made["activity_id"]);
    expect(made).toMatchObject({ message: event, unmapped: { shard: "2026-11", seq: 4, leaf: GENESIS } });
  },
);

test.each([
  ["incident.opened", 4, 2],
  ["audit.halt", 4, 2],
  ["call.allowed", 1, 1],
  ["alert.raised", 2, 1],
] as const)("%s: severity %i, status %i", (event, severity, status) => {
  expect(ocsfEvent(place, entry(event))).toMatchObject({ severity_id: severity, status_id: status });
});

test("of an encrypted entry only its place is told", () => {
  const made = ocsfEvent(place, undefined);
  expect(made).toMatchObject({ class_uid: 6003, activity_id: 99, unmapped: { encrypted: true, seq: 4 } });
  expect(JSON.stringify(made)).not.toContain("agent");
});
