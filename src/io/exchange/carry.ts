// Carries a person's records from the exchange into the audit log: landings, incidents and the journal, once each.
import type { AuditData, AuditNote } from "../../core/audit/entry.ts";
import type { Incident, IncidentClosure, JournalRecord } from "../../core/audit/incident.ts";
import { traceData } from "../../core/audit/trace.ts";
import { canonical } from "../../core/base/canonical.ts";
import { sha256 } from "../../core/base/digest.ts";
import { printable } from "../../core/base/refusal.ts";
import type { DecisionRecord } from "../../core/gate/record.ts";
import type { Landing } from "../../core/proposal/landing.ts";
import type { Store } from "../store/store.ts";
import type { IncidentReader, JournalReader, LandingReader, StoredIncident } from "./exchange.ts";

export interface Carried {
  /** Landings that are in the log now and were not before. */
  readonly landings: readonly Landing[];
  /** Records that cannot be read as such, with the reason; they stay where they are and are reported by the caller. */
  readonly damaged: readonly Damaged[];
}

interface Damaged {
  readonly name: string;
  readonly why: string;
}

export interface CarriedPlaces {
  readonly landings: LandingReader;
  readonly incidents: Pick<IncidentReader, "all">;
  readonly journal: JournalReader;
}

/**
 * Append every record that the log does not hold yet: landings, then incidents, then the journal. An incident that is
 * seen here was opened behind every landing that was made before it, and landings are looked for after it, so that the
 * log tells of them in the order in which they were. `seen` is the caller's memory between two rounds (a name is added
 * once it is settled); it is only a shortcut, since the store itself carries each record once, whoever brings it and how
 * often. Throws `storage`.
 */
export async function carryAll(
  { landings, incidents, journal }: CarriedPlaces,
  store: Pick<Store, "land" | "carry">,
  seen: Set<string> = new Set(),
): Promise<Carried> {
  const known = await incidents.all();
  const landed = await carryLandings(landings, store, seen);
  const damaged = [...landed.damaged];
  for (const incident of known) damaged.push(...carryIncident(incident, store, seen));
  for (const id of await journal.list()) {
    if (seen.has(id)) continue;
    const found = await journal.read(id);
    if (found.kind === "absent") continue;
    seen.add(id);
    if (found.kind === "found") store.carry(id, journalNote(found.value));
    else damaged.push({ name: `journal/${id}`, why: found.why });
  }
  return { landings: landed.landings, damaged };
}

/** Its opening and, once there is one, its end: each by a name of its own. */
function carryIncident(
  { incident_id: id, incident, closure }: StoredIncident,
  store: Pick<Store, "carry">,
  seen: Set<string>,
): readonly Damaged[] {
  const opened = incident.kind === "found" ? incident.value : undefined;
  const places = [
    { name: id, found: incident, note: (): AuditNote | undefined => opened && openedNote(opened) },
    {
      name: `${id}.closed`,
      found: closure,
      note: (): AuditNote | undefined =>
        closure.kind === "found" ? closedNote(closure.value, opened) : undefined,
    },
  ];
  return places.flatMap(({ name, found, note }) => {
    if (seen.has(name) || found.kind === "absent") return [];
    seen.add(name);
    const said = note();
    if (said !== undefined) store.carry(name, said);
    return found.kind === "damaged" ? [{ name: `incidents/${name}`, why: found.why }] : [];
  });
}

/** What the log says about an incident that was opened. */
export function openedNote({ incident_id, patch_id, person, reason, freezes, opened }: Incident): AuditNote {
  const data = { category: "incident", incident_id, patch_id, reason: worded(reason), freezes, at: opened };
  return { event: "incident.opened", actor: byPerson(person), data };
}

/** And about its end. */
export function closedNote(
  { incident_id, person, reason, closed }: IncidentClosure,
  opened: Incident | undefined,
): AuditNote {
  const patch_id = opened?.patch_id ?? null;
  const data = { category: "incident", incident_id, patch_id, reason: worded(reason), at: closed };
  return { event: "incident.closed", actor: byPerson(person), data };
}

function journalNote({
  journal_id,
  patch_id,
  incident_id,
  person,
  kind,
  sha256: digest,
  at,
  about,
}: JournalRecord): AuditNote {
  const what = kind === "bundle.exported" ? "bundle_sha256" : "sha256";
  return {
    event: kind,
    actor: byPerson(person),
    data: {
      journal_id,
      patch_id,
      incident_id,
      [what]: digest,
      at,
      ...(about === undefined ? {} : { about: worded(about) }),
    },
  };
}

/** A name that the integrator gave, not one that was proved. */
function byPerson(person: string): AuditNote["actor"] {
  return { principal: `person:${printable(person)}`.slice(0, 200) };
}

/** All of it, as far as an entry has room: `printable` cuts what is longer than a line. */
function worded(text: string): string {
  const pieces = text.match(/[^]{1,400}/gu) ?? [];
  return pieces.map(printable).join("").slice(0, 1000).toWellFormed();
}

/** The landings alone; see `carryAll`. */
export async function carryLandings(
  landings: LandingReader,
  store: Pick<Store, "land">,
  seen: Set<string> = new Set(),
): Promise<Carried> {
  const found: Landing[] = [];
  const damaged: Damaged[] = [];
  for (const name of await landings.list()) {
    if (seen.has(name)) continue;
    const record = await landings.read(name);
    if (record.kind === "absent") continue;
    // Records are created whole, so what is damaged now stays damaged: naming it once is enough.
    seen.add(name);
    if (record.kind === "found") found.push(record.value);
    else damaged.push({ name, why: record.why });
  }
  found.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  return { landings: found.filter((landing) => store.land(landing, landingNote(landing))), damaged };
}

/** What the log says about an attempt to land. */
export function landingNote(landing: Landing): AuditNote {
  const { result } = landing;
  return {
    event: `landing.${result.kind}`,
    actor: byPerson(landing.person),
    data: {
      patch_id: landing.patch_id,
      attempt: landing.attempt,
      at: landing.at,
      confirmed: landing.confirmed,
      dry_run: landing.dry_run,
      patch_sha256: landing.patch_sha256,
      statement_sha256: landing.statement_sha256,
      ...(landing.decision === undefined ? {} : decisionData(landing.decision)),
      ...(result.kind === "landed"
        ? { branch: result.branch, commit: result.commit, tree: result.tree }
        : {}),
      ...(result.kind === "refused"
        ? { reason: result.refusal.code, where: result.refusal.where, ref: result.refusal.ref }
        : {}),
    },
  };
}

/** The conditions as an entry of a call tells them, and the digest of the whole record, which nobody signed. */
function decisionData(record: DecisionRecord): AuditData {
  return {
    policy_state: record.state,
    ...traceData(record.conditions),
    decision_sha256: sha256(canonical(record)),
  };
}
