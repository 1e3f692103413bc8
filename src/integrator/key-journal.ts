// Every end of a signing key leaves a trace in the log: made of trust/keys.json, so that no crash and no other user loses one.
import { canonical } from "../core/base/canonical.ts";
import { sha256 } from "../core/base/digest.ts";
import type { KeyRecord } from "../core/attestation/key-record.ts";
import { type IncidentId, incidentIdSchema, type JournalRecord } from "../core/audit/incident.ts";
import type { Instant } from "../core/base/time.ts";
import type { JournalWriter } from "../io/exchange/exchange.ts";
import { readKeyBook } from "../io/file/keyring.ts";

interface KeyEnd {
  readonly keyid: string;
  readonly what: "rotated out" | "revoked";
  readonly life: KeyRecord;
  readonly at: Instant;
}

/**
 * Put a record for each key that was rotated out or revoked and has none; returns how many. The id of a record is made of
 * what it is about, so the validator's user may rotate, and the next command of a person brings the record.
 */
export async function journalKeys(
  journal: JournalWriter,
  trust: string,
  { person, reason }: { readonly person: string; readonly reason?: string | undefined },
): Promise<number> {
  const known = new Set(await journal.list());
  const missing = endsIn(trust).filter((end) => !known.has(idOf(end)));
  for (const end of missing) await journal.put(recordOf(end, person, reason));
  return missing.length;
}

function endsIn(trust: string): readonly KeyEnd[] {
  return Object.entries(readKeyBook(trust)).flatMap(([keyid, life]): readonly KeyEnd[] => [
    ...(life.retired === undefined ? [] : [{ keyid, what: "rotated out" as const, life, at: life.retired }]),
    ...(life.revoked === undefined ? [] : [{ keyid, what: "revoked" as const, life, at: life.revoked }]),
  ]);
}

function recordOf(end: KeyEnd, person: string, reason: string | undefined): JournalRecord {
  const { keyid, what, life, at } = end;
  return {
    version: 1,
    journal_id: idOf(end),
    at,
    person,
    kind: "keys.rotated",
    patch_id: null,
    incident_id: null,
    sha256: sha256(canonical({ keyid, ...life })),
    about: `${life.role} ${keyid} ${what}${reason === undefined ? "" : `: ${reason}`}`,
  };
}

/** A name of the form of a random UUID, drawn from what it names. */
function idOf({ keyid, what, at }: Omit<KeyEnd, "life">): IncidentId {
  const hex = sha256(canonical({ keyid, what, at }));
  const [a, b, c, d, e] = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(13, 16),
    hex.slice(17, 20),
    hex.slice(20, 32),
  ];
  return incidentIdSchema.parse(`${a}-${b}-4${c}-8${d}-${e}`);
}
