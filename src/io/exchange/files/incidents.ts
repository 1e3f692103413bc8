// `incidents/` and `journal/`: what a person stopped and started again, and what else of theirs belongs in the log.
import { join } from "node:path";
import {
  type Incident,
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
import type { IncidentReader, IncidentWriter, JournalReader, JournalWriter } from "../exchange.ts";
import { MAX_INCIDENT_BYTES } from "./names.ts";
import { namesIn, readRecord } from "./record.ts";

const OPENED = ".json";
const CLOSED = ".closed.json";

export function incidentReader(folder: string): IncidentReader {
  const read = (id: IncidentId) => ({
    incident: readRecord(
      join(folder, `${id}${OPENED}`),
      MAX_INCIDENT_BYTES,
      incidentSchema,
      (value) => value.incident_id === id,
    ),
    closure: readRecord(
      join(folder, `${id}${CLOSED}`),
      MAX_INCIDENT_BYTES,
      incidentClosureSchema,
      (value) => value.incident_id === id,
    ),
  });
  const all: IncidentReader["all"] = async () =>
    (await idsIn(folder))
      .map((id) => ({ id, ...read(id) }))
      .toSorted((a, b) => (openedAt(a) < openedAt(b) ? -1 : 1));
  return {
    all,
    async open() {
      const ids = await idsIn(folder);
      return ids.flatMap((id): readonly Incident[] => {
        const { incident, closure } = read(id);
        if (closure.kind === "found") return [];
        return [incident.kind === "found" ? incident.value : unreadable(id)];
      });
    },
  };
}

/** A closure that nobody can read closes nothing, and an incident that nobody can read stops everything. */
function unreadable(id: IncidentId): Incident {
  return {
    version: 1,
    incident_id: id,
    opened: instant(0),
    person: "unknown",
    reason: "the record of this incident cannot be read",
    freezes: "everything",
    patch_id: null,
  };
}

function openedAt({ incident }: Awaited<ReturnType<IncidentReader["all"]>>[number]): string {
  return incident.kind === "found" ? incident.value.opened : "";
}

async function idsIn(folder: string): Promise<readonly IncidentId[]> {
  const names = (await namesIn(folder)).filter((name) => name.endsWith(OPENED) && !name.endsWith(CLOSED));
  return names.flatMap((name) => incidentIdSchema.safeParse(name.slice(0, -OPENED.length)).data ?? []);
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
    list: () => idsIn(folder),
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
