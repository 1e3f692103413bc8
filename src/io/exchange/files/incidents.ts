// `incidents/` and `journal/`: what a person stopped and started again, and what else of theirs belongs in the log.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import {
  type Incident,
  type IncidentClosure,
  incidentClosureSchema,
  type IncidentId,
  incidentIdSchema,
  incidentSchema,
  journalSchema,
} from "../../../core/audit/incident.ts";
import { utf8 } from "../../../core/base/bytes.ts";
import { canonical } from "../../../core/base/canonical.ts";
import { instant } from "../../../core/base/time.ts";
import { createFile } from "../../file/durable.ts";
import type {
  Found,
  IncidentReader,
  IncidentWriter,
  JournalReader,
  JournalWriter,
  StoredIncident,
} from "../exchange.ts";
import { MAX_INCIDENT_BYTES } from "./names.ts";
import { namesIn, readRecord } from "./record.ts";

const OPENED = ".json";
const CLOSED = ".closed.json";

export function incidentReader(folder: string): IncidentReader {
  /** Closed ones whose closure was read, with its name: it is never replaced, so that it is there is enough from then on. */
  const ended = new Map<string, string>();
  return {
    open() {
      const names = namesNow(folder);
      if (names === undefined) return [unreadable(NOBODY, "the folder of incidents cannot be read")];
      const there = new Set(names);
      const isClosed = (name: string): boolean => there.has(ended.get(name) ?? "");
      // Closed ones stay for good, and every call looks: what was seen closed costs a look at two names.
      return idsAmong(names.filter((name) => !isClosed(name)))
        .filter((id) => {
          const isOver = there.has(`${id}${CLOSED}`) && readClosure(folder, id).kind === "found";
          if (isOver) ended.set(`${id}${OPENED}`, `${id}${CLOSED}`);
          return !isOver;
        })
        .map((id) => readIncident(folder, id) ?? unreadable(id, "the record of this incident cannot be read"))
        .toSorted((a, b) => (a.opened < b.opened ? -1 : 1));
    },
    async all() {
      return idsAmong(await namesIn(folder))
        .map((id) => ({
          incident_id: id,
          incident: readOpened(folder, id),
          closure: readClosure(folder, id),
        }))
        .toSorted((a, b) => (openedAt(a) < openedAt(b) ? -1 : 1));
    },
  };
}

function readOpened(folder: string, id: IncidentId): Found<Incident> {
  const path = join(folder, `${id}${OPENED}`);
  return readRecord(path, MAX_INCIDENT_BYTES, incidentSchema, (value) => value.incident_id === id);
}

function readIncident(folder: string, id: IncidentId): Incident | undefined {
  const found = readOpened(folder, id);
  return found.kind === "found" ? found.value : undefined;
}

/** A closure that nobody can read closes nothing. */
function readClosure(folder: string, id: IncidentId): Found<IncidentClosure> {
  const path = join(folder, `${id}${CLOSED}`);
  return readRecord(path, MAX_INCIDENT_BYTES, incidentClosureSchema, (value) => value.incident_id === id);
}

const NOBODY = incidentIdSchema.parse("00000000-0000-4000-8000-000000000000");

/** An incident that nobody can read stops everything. */
function unreadable(id: IncidentId, reason: string): Incident {
  return {
    version: 1,
    incident_id: id,
    opened: instant(0),
    person: "unknown",
    reason,
    freezes: "everything",
    patch_id: null,
  };
}

function openedAt({ incident }: StoredIncident): string {
  return incident.kind === "found" ? incident.value.opened : "";
}

/** None while the folder is not there yet; undefined when it cannot be listed. */
function namesNow(folder: string): readonly string[] | undefined {
  try {
    return readdirSync(folder);
  } catch (cause) {
    return cause instanceof Error && "code" in cause && cause.code === "ENOENT" ? [] : undefined;
  }
}

function idsAmong(names: readonly string[]): readonly IncidentId[] {
  return names
    .filter((name) => name.endsWith(OPENED) && !name.endsWith(CLOSED))
    .flatMap((name) => incidentIdSchema.safeParse(name.slice(0, -OPENED.length)).data ?? []);
}

export function incidentWriter(folder: string): IncidentWriter {
  return {
    ...incidentReader(folder),
    async put(incident) {
      const text = canonical(incidentSchema.parse(incident));
      await createFile(join(folder, `${incident.incident_id}${OPENED}`), utf8(text));
    },
    async close(closure) {
      const text = canonical(incidentClosureSchema.parse(closure));
      return createFile(join(folder, `${closure.incident_id}${CLOSED}`), utf8(text));
    },
  };
}

export function journalReader(folder: string): JournalReader {
  return {
    list: async () => idsAmong(await namesIn(folder)),
    async read(id) {
      return readRecord(
        join(folder, `${id}${OPENED}`),
        MAX_INCIDENT_BYTES,
        journalSchema,
        (value) => value.journal_id === id,
      );
    },
  };
}

export function journalWriter(folder: string): JournalWriter {
  return {
    ...journalReader(folder),
    async put(record) {
      const text = canonical(journalSchema.parse(record));
      await createFile(join(folder, `${record.journal_id}${OPENED}`), utf8(text));
    },
  };
}
