// What every exchange must do with incidents and the journal: seen at once, closed once, and never thawed by damage.
import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  type Incident,
  type IncidentClosure,
  type IncidentId,
  incidentIdSchema,
  type JournalRecord,
} from "../../src/core/audit/incident.ts";
import { at, patchId } from "../support/proposals.ts";
import type { OpenedExchange } from "./exchange.ts";

export const incidentId = (): IncidentId => incidentIdSchema.parse(randomUUID());

export function incident(minute: number, changes: Partial<Incident> = {}): Incident {
  return {
    version: 1,
    incident_id: incidentId(),
    opened: at(minute),
    person: "tester",
    reason: "for a test",
    freezes: "changes",
    patch_id: null,
    ...changes,
  };
}

export function closureOf({ incident_id }: Incident, reason = "it is over"): IncidentClosure {
  return { version: 1, incident_id, closed: at(59), person: "tester", reason };
}

export function incidentContract(name: string, open: () => Promise<OpenedExchange>): void {
  describe(`incidents: ${name}`, () => {
    let it: OpenedExchange;
    beforeEach(async () => {
      it = await open();
    });
    afterEach(() => it.close());

    test("none is open before somebody opened one", async () => {
      expect(it.gateway.incidents.open()).toEqual([]);
      expect(await it.gateway.incidents.all()).toEqual([]);
      expect(await it.gateway.journal.list()).toEqual([]);
    });

    test("everybody sees it at once, oldest first, also after a restart, until it is closed", async () => {
      const [late, early] = [incident(2, { patch_id: patchId(1), freezes: "everything" }), incident(1)];
      for (const one of [late, early, late]) await it.integrator.incidents.put(one);
      for (const seen of [it.gateway, it.integrator, (await it.reopen()).gateway])
        expect(seen.incidents.open()).toEqual([early, late]);
      expect(await it.integrator.incidents.close(closureOf(early))).toBe(true);
      expect(it.gateway.incidents.open()).toEqual([late]);
      expect(await it.integrator.incidents.close(closureOf(late))).toBe(true);
      expect(it.gateway.incidents.open()).toEqual([]);
      expect(await it.gateway.incidents.all()).toMatchObject(
        [early, late].map((one) => ({
          incident_id: one.incident_id,
          incident: { kind: "found", value: one },
          closure: { kind: "found", value: closureOf(one) },
        })),
      );
    });

    test("the first closing counts, and what was opened is not replaced", async () => {
      const one = incident(1);
      await it.integrator.incidents.put(one);
      await it.integrator.incidents.put({ ...one, reason: "another" });
      expect(it.gateway.incidents.open()).toEqual([one]);
      expect(await it.integrator.incidents.close(closureOf(one))).toBe(true);
      expect(await it.integrator.incidents.close(closureOf(one, "again"))).toBe(false);
      expect(await it.gateway.incidents.all()).toMatchObject([
        { closure: { value: { reason: "it is over" } } },
      ]);
    });

    test("a journal record is read as it was written", async () => {
      const record: JournalRecord = {
        version: 1,
        journal_id: incidentId(),
        at: at(1),
        person: "tester",
        kind: "bundle.exported",
        patch_id: patchId(1),
        incident_id: null,
        sha256: "0".repeat(64),
      };
      await it.integrator.journal.put(record);
      expect(await it.gateway.journal.list()).toEqual([record.journal_id]);
      expect(await it.gateway.journal.read(record.journal_id)).toMatchObject({
        kind: "found",
        value: record,
      });
    });
  });
}
