// Records of a person in a bundle: each says what its entry in the sealed log says, word for word.
import type { AuditData, AuditNote } from "../../core/audit/entry.ts";
import {
  type Incident,
  type IncidentClosure,
  incidentClosureSchema,
  type IncidentId,
  incidentSchema,
} from "../../core/audit/incident.ts";
import { isPseudonym } from "../../core/audit/subject.ts";
import { parseCanonical } from "../../core/base/canonical.ts";
import type { PatchId } from "../../core/base/ids.ts";
import type { Landing } from "../../core/proposal/landing.ts";
import { landingSchema } from "../../core/proposal/landing.ts";
import { closedNote, landingNote, openedNote } from "../../io/exchange/carry.ts";
import { hold, needed, type Parts, Unproven } from "./parts.ts";
import type { SealedLog } from "./sealed-log.ts";

export const landingName = (prefix: string, attempt: string): string => `${prefix}landings/${attempt}.json`;
export const incidentName = (id: IncidentId): string => `incidents/${id}.json`;
export const closureName = (id: IncidentId): string => `incidents/${id}.closed.json`;

/** Attempts to land, each with its entry, and each entry with its attempt. What their writer says about themselves is told of nobody else. */
export function provenLandings(
  parts: Parts,
  prefix: string,
  id: PatchId,
  log: SealedLog,
): readonly Landing[] {
  const landings = parts.below(`${prefix}landings/`).map((name) => {
    const landing = needed(
      landingSchema.safeParse(parseCanonical(taken(parts, name))).data,
      name,
      "it is no record of a landing",
    );
    hold(landing.patch_id === id, name, `it is about patch ${landing.patch_id}`);
    hold(name === landingName(prefix, landing.attempt), name, "it is of another attempt");
    assertLogged(log, landingNote(landing), name);
    return landing;
  });
  const known = new Set<unknown>(landings.map(({ attempt }) => attempt));
  for (const event of ["landing.landed", "landing.passed", "landing.refused"])
    for (const { attempt } of entriesOf(log, event, id))
      hold(known.has(attempt), landingName(prefix, String(attempt)), missed(event));
  return landings;
}

export interface ProvenIncident {
  readonly incident: Incident;
  readonly closure: IncidentClosure | undefined;
}

export function provenIncidents(parts: Parts, log: SealedLog): readonly ProvenIncident[] {
  const names = parts.below("incidents/").filter((name) => !name.endsWith(".closed.json"));
  return names.map((name) => {
    const incident = needed(
      incidentSchema.safeParse(parseCanonical(taken(parts, name))).data,
      name,
      "it is no record of an incident",
    );
    hold(name === incidentName(incident.incident_id), name, "it is of another incident");
    assertLogged(log, openedNote(incident), name);
    return { incident, closure: closureOf(parts, incident, log) };
  });
}

/** No incident that names the patch is left out, nor how one ended. */
export function assertIncidents(id: PatchId, known: readonly ProvenIncident[], log: SealedLog): void {
  const idIn = ({ incident_id }: AuditData): IncidentId => String(incident_id) as IncidentId;
  const of = (wanted: string): ProvenIncident | undefined =>
    known.find(({ incident }) => incident.incident_id === wanted);
  for (const data of entriesOf(log, "incident.opened", id))
    hold(of(idIn(data)) !== undefined, incidentName(idIn(data)), missed("incident.opened"));
  for (const data of entriesOf(log, "incident.closed", id))
    hold(of(idIn(data))?.closure !== undefined, closureName(idIn(data)), missed("incident.closed"));
}

const missed = (event: string): string => `it is missing, and the sealed log has its entry ${event}`;

function closureOf(parts: Parts, incident: Incident, log: SealedLog): IncidentClosure | undefined {
  const name = closureName(incident.incident_id);
  const bytes = parts.take(name);
  if (bytes === undefined) return undefined;
  const closure = needed(
    incidentClosureSchema.safeParse(parseCanonical(bytes)).data,
    name,
    "it is no record of the end of an incident",
  );
  hold(closure.incident_id === incident.incident_id, name, "it is of another incident");
  assertLogged(log, closedNote(closure, incident), name);
  return closure;
}

function taken(parts: Parts, name: string): Uint8Array {
  return needed(parts.take(name), name, "it is missing");
}

/**
 * One entry says what the record makes of itself, and may say more: the store adds what it vouches for. Encrypted entries
 * that nobody can read here are no contradiction.
 */
function assertLogged(log: SealedLog, { event, actor, data }: AuditNote, where: string): void {
  const isSaid = log.entries.some(
    ({ entry }) =>
      entry?.event === event &&
      // Where the log names nobody (audit.personal), it proves that somebody did it, and not who.
      (entry.actor.principal === actor.principal || isPseudonym(entry.actor.principal)) &&
      Object.entries(data).every(([name, value]) => entry.data[name] === value),
  );
  if (!isSaid && log.locked === 0)
    throw new Unproven(where, `the sealed log has no entry ${event} that says the same`);
}

/** The entries of an event about a patch. */
export function entriesOf(log: SealedLog, event: string, id: PatchId): readonly AuditData[] {
  return log.entries.flatMap(({ entry }) =>
    entry?.event === event && entry.data["patch_id"] === id ? [entry.data] : [],
  );
}
