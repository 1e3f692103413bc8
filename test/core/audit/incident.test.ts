// What an incident stops, and what may be said of it.
import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { incidentFault, incidentIdSchema, incidentSchema } from "../../../src/core/audit/incident.ts";

const id = incidentIdSchema.parse(randomUUID());
const changes = { incident_id: id, freezes: "changes" } as const;
const everything = { incident_id: incidentIdSchema.parse(randomUUID()), freezes: "everything" } as const;

describe("incidentFault", () => {
  test.each([
    ["nothing", [], undefined, undefined],
    ["changes", [changes], id, undefined],
    ["everything", [everything], everything.incident_id, everything.incident_id],
    ["both: the wider one is named", [changes, everything], everything.incident_id, everything.incident_id],
  ] as const)("%s", (_what, open, onChanges, onCalls) => {
    expect(incidentFault(open, "changes")?.where).toBe(onChanges);
    expect(incidentFault(open, "everything")?.where).toBe(onCalls);
  });

  test("names the incident and not the reason", () => {
    const secret = "an agent must not read this";
    const said = incidentFault([{ ...changes, reason: secret } as typeof changes], "changes");
    expect(said?.code).toBe("incident_open");
    expect(JSON.stringify(said)).not.toContain(secret);
  });
});

test.each(["", "no", "x".repeat(901), "two\nlines", "a\u001b[2Jb", "\ud800 half"])(
  "the reason %j is none",
  (reason) => {
    const record = {
      version: 1,
      incident_id: id,
      opened: "2026-11-23T10:00:00.000Z",
      person: "p",
      freezes: "changes",
    };
    expect(incidentSchema.safeParse({ ...record, patch_id: null, reason }).success).toBe(false);
    expect(incidentSchema.safeParse({ ...record, patch_id: null, reason: "why not" }).success).toBe(true);
  },
);
