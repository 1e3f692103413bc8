// A signing key with its life: opened only when it is the right one for its use, and fit to sign only until its end.
import { keyFiles, type KeyPlaces } from "./keygen.ts";
import type { KeyRecord, KeyRole } from "../../core/attestation/key-record.ts";
import { stateOf } from "../../core/attestation/key-life.ts";
import { keyRoles } from "../../core/attestation/key-record.ts";
import { keyId } from "../../core/attestation/key.ts";
import { CountersignError } from "../../core/base/failure.ts";
import { type Clock, instant } from "../../core/base/time.ts";
import { readKeyBook, recordOfFile, roleKeys } from "../../io/file/keyring.ts";
import { type PrivateKey, readKey } from "./key-file.ts";

export interface LivingKey extends PrivateKey {
  readonly keyid: string;
  /** Why it may sign nothing now; undefined while it may. */
  readonly unfit: () => CountersignError | undefined;
}

export interface LifeTerms {
  readonly clock: Clock;
  /** keys.max_age_days, for a key that has no record. */
  readonly maxAgeDays: number;
}

/**
 * The key of `role`, for its own use. Throws `key_unusable` when it is unusable, when nobody would believe it, when it is
 * the key of another role as well (each would then vouch for what the other signs), and when it has ended.
 */
export function openLivingKey(at: KeyPlaces, role: KeyRole, terms: LifeTerms): LivingKey {
  const { privateFile, publicFile } = keyFiles(at, role);
  const key = readKey(privateFile, at.repositories);
  const keyid = keyId(key.publicKey);
  const believed = roleKeys(at.trust, role).find((known) => known.keyid === keyid);
  if (believed === undefined)
    throw new CountersignError(
      "key_unusable",
      `the public half of ${privateFile} (${keyid}) is not among the ${role} keys in ${at.trust}`,
      { fix: "Put it there; without it nobody could verify what this validator signs." },
    );
  const other = keyRoles.find((each) => each !== role && isPublicHalf(at, each, keyid));
  if (other !== undefined)
    throw new CountersignError("key_unusable", `the ${role} key is the ${other} key as well`, {
      fix: `Make another one: countersign keys rotate --role ${role}.`,
    });
  const life = believed.life ?? endOfFile(publicFile, role, terms.maxAgeDays);
  const living = { ...key, keyid, unfit: () => life && unfit(role, keyid, life, terms.clock()) };
  const why = living.unfit();
  if (why !== undefined) throw why;
  return living;
}

/** The time of a file can be that of a copy, so it says when the key ends and not when it began. */
function endOfFile(file: string, role: KeyRole, days: number): KeyRecord | undefined {
  const life = recordOfFile(file, role, days);
  return life === undefined ? undefined : { ...life, created: instant(0) };
}

function isPublicHalf({ trust }: KeyPlaces, role: KeyRole, keyid: string): boolean {
  try {
    return roleKeys(trust, role).some((known) => known.keyid === keyid);
  } catch {
    return false; // whoever opens that role says what is the matter with it
  }
}

const why = {
  expired: ({ not_after }: KeyRecord) => `ended at ${not_after}`,
  retired: ({ retired }: KeyRecord) => `was rotated out at ${retired}`,
  overlap: ({ retired }: KeyRecord) => `was rotated out at ${retired}`,
  revoked: ({ revoked }: KeyRecord) => `was revoked at ${revoked}`,
  "not begun": ({ created }: KeyRecord) => `begins at ${created}, which is later than this clock`,
} as const;

/** What to do about a key of a time that is to come: revoking gives it a successor that begins now. */
export function notBegun(keyid: string): string {
  return `Set the clock right. Where it is, it was ahead when the key was made: countersign keys rotate --revoke ${keyid}`;
}

/** Why the key may sign nothing at `now`. */
export function unfit(
  role: KeyRole,
  keyid: string,
  life: KeyRecord,
  now: number,
): CountersignError | undefined {
  const state = stateOf(life, now);
  if (state === "in use") return undefined;
  const fix = state === "not begun" ? notBegun(keyid) : "Run: countersign keys rotate";
  return new CountersignError("key_unusable", `the ${role} key ${keyid} ${why[state](life)}`, { fix });
}

/** The keyids that are in use now, as one text: a validator that sees another one ends, and starts anew under it. */
export function keysInUse(at: KeyPlaces): string {
  const ids = keyRoles.map((role) =>
    keyId(readKey(keyFiles(at, role).privateFile, at.repositories).publicKey),
  );
  // A revocation or another end of a key is another life of it.
  const book = readKeyBook(at.trust);
  return JSON.stringify(ids.map((id) => [id, book[id] ?? null]));
}
