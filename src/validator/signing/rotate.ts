// Rotation: a new pair takes a key's place, the old private half is destroyed, the old public half goes on verifying.
import { randomBytes } from "node:crypto";
import {
  chownSync,
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { newRecord } from "../../core/attestation/key-life.ts";
import type { KeyRecord, KeyRole } from "../../core/attestation/key-record.ts";
import { keyId, renderPublicKey } from "../../core/attestation/key.ts";
import { CountersignError } from "../../core/base/failure.ts";
import { instant, millisOf } from "../../core/base/time.ts";
import { readKeyBook, recordOfFile } from "../../io/file/keyring.ts";
import { record, recordOf, replace, syncFolder } from "./key-book.ts";
import { readKey, renderKey } from "./key-file.ts";
import { generate, keyFiles, type KeyPlaces } from "./keygen.ts";
import { notBegun } from "./living.ts";

const DAY_MS = 86_400_000;

export interface RotationTerms {
  readonly now: number;
  /** keys.max_age_days */
  readonly maxAgeDays: number;
  /** keys.overlap_days */
  readonly overlapDays: number;
  /** The old key is given up: nothing that it ever signed counts for landing. */
  readonly revoke: boolean;
}

export interface Rotated {
  readonly role: KeyRole;
  readonly retired: string;
  readonly inUse: string;
  /** True when an earlier rotation had been interrupted: this run finished it and began none of its own. */
  readonly finished: boolean;
}

interface Files {
  readonly key: string;
  readonly next: string;
  readonly old: string;
  readonly public: string;
}

function filesOf(at: KeyPlaces, role: KeyRole): Files {
  const { privateFile, publicFile } = keyFiles(at, role);
  const beside = (name: string): string => join(at.keys, `${role}.${name}.key.pem`);
  return { key: privateFile, next: beside("next"), old: beside("old"), public: publicFile };
}

/** A rotation of this key was interrupted; the next one finishes it. */
export function isUnfinished(at: KeyPlaces, role: KeyRole): boolean {
  const { next, old } = filesOf(at, role);
  return existsSync(next) || existsSync(old);
}

/** Rotate the key of `role`. The caller holds the lock of the keys. */
export function rotateKey(at: KeyPlaces, role: KeyRole, terms: RotationTerms): Rotated {
  const finished = isUnfinished(at, role);
  const files = filesOf(at, role);
  const leaving = idIn(hasTakenPlace({ files }) ? files.old : files.key, at);
  for (const step of rotationSteps(at, role, terms)) step();
  return {
    role,
    retired: leaving ?? lastRetired(at.trust, role),
    inUse: keyidIn(files.key, at),
    finished,
  };
}

/**
 * Refuses to exchange a key that begins later than now. Threat: under a clock that is behind, the old key would end before
 * what it signed, and all of that would be void for good. A key that is given up is believed nothing anyway, so revoking
 * asks for no clock: it is the way out where a key was made while the clock was ahead.
 */
export function assertClock(
  at: KeyPlaces,
  role: KeyRole,
  { now, maxAgeDays }: Pick<RotationTerms, "now" | "maxAgeDays">,
): void {
  const { key, next, old, public: publicFile } = filesOf(at, role);
  const inUse = idIn(key, at);
  const known = [inUse, idIn(next, at), idIn(old, at)].flatMap((id) => {
    if (id === undefined) return [];
    const ofFile = id === inUse ? recordOfFile(publicFile, role, maxAgeDays) : undefined;
    const life = recordOf(at.trust, id) ?? ofFile;
    return life === undefined ? [] : [{ id, created: life.created }];
  });
  const ahead = known.find(({ created }) => now < millisOf(created));
  if (ahead === undefined) return;
  throw new CountersignError(
    "key_unusable",
    `the ${role} key ${ahead.id} begins at ${ahead.created}, which is later than this clock`,
    { fix: notBegun(ahead.id) },
  );
}

/** Of a rotation that was interrupted in its last step, the old private half does not tell any more which key it was. */
function lastRetired(trust: string, role: KeyRole): string {
  const retired = Object.entries(readKeyBook(trust)).flatMap(([id, life]) =>
    life.role === role && life.retired !== undefined ? [{ id, at: life.retired }] : [],
  );
  return retired.toSorted((a, b) => (a.at < b.at ? 1 : -1))[0]?.id ?? "";
}

/**
 * The steps. Each one looks at what is on the disk and can be repeated, so that a run after a crash goes on where the last
 * one stopped.
 *
 * Crash story: until `takePlace` the old key is in use, and from then on the new one; both are trusted and recorded by
 * then, so a validator that starts at any point can sign, and whoever verifies knows the key. Only what is left of the old
 * private half may lie there longer than it should; `keys list` and the doctor speak of it, and the next rotation
 * finishes this one.
 */
export function rotationSteps(at: KeyPlaces, role: KeyRole, terms: RotationTerms): readonly (() => void)[] {
  const work: Work = { at, role, terms, files: filesOf(at, role) };
  const first = [makeNext, keepOldPublic, recordBoth, trustNext, keepOld, takePlace].map((step) => () => {
    if (!hasTakenPlace(work)) step(work);
  });
  return [...first, () => retireOld(work), () => destroyOld(work)];
}

interface Work {
  readonly at: KeyPlaces;
  readonly role: KeyRole;
  readonly terms: RotationTerms;
  readonly files: Files;
}

/** The new key is in place; only the old one is left to be ended. */
function hasTakenPlace({ files }: Pick<Work, "files">): boolean {
  return existsSync(files.old) && !existsSync(files.next);
}

function makeNext({ files }: Work): void {
  if (!existsSync(files.next)) replace(files.next, renderKey(generate().seed), 0o600);
}

function keepOldPublic({ at, role, files }: Work): void {
  const { publicKey } = readKey(files.key, at.repositories);
  const path = join(at.trust, `${role}-${shortName(publicKey)}.pub.pem`);
  if (!existsSync(path)) replace(path, renderPublicKey(publicKey), 0o644);
}

function recordBoth({ at, role, terms, files }: Work): void {
  const [old, next] = [keyidIn(files.key, at), keyidIn(files.next, at)];
  const known = (id: string): KeyRecord | undefined => recordOf(at.trust, id);
  const fresh = newRecord(role, terms.now, terms.maxAgeDays);
  record(at.trust, {
    [old]: known(old) ?? recordOfFile(files.public, role, terms.maxAgeDays) ?? fresh,
    [next]: known(next) ?? fresh,
  });
}

function trustNext({ at, files }: Work): void {
  replace(files.public, renderPublicKey(readKey(files.next, at.repositories).publicKey), 0o644);
}

function keepOld({ at, files }: Work): void {
  if (!existsSync(files.old)) linkSync(files.key, files.old);
  syncFolder(at.keys);
}

/** Root rotates where the users are separate; the key must then go on being the validator's to read. */
function takePlace({ at, files }: Work): void {
  const [old, next] = [statSync(files.key), statSync(files.next)];
  if (old.uid !== next.uid || old.gid !== next.gid) chownSync(files.next, old.uid, old.gid);
  renameSync(files.next, files.key);
  syncFolder(at.keys);
}

/** A file that was overwritten already is no key: it was retired before. */
function retireOld({ at, terms, files }: Work): void {
  const id = idIn(files.old, at);
  if (id !== undefined) retire(at, id, terms);
}

function destroyOld({ at, files }: Work): void {
  if (existsSync(files.old)) destroy(files.old, files.key, at.keys);
}

/** Gives up a key that signs no more: nothing that it ever signed counts for landing. The first revocation stands. */
export function revokeKey(trust: string, id: string, life: KeyRecord, now: number): void {
  if (life.revoked === undefined)
    record(trust, { [id]: { ...life, accepted_until: instant(now), revoked: instant(now) } });
}

function retire({ trust }: KeyPlaces, id: string, { now, overlapDays, revoke }: RotationTerms): void {
  const life = recordOf(trust, id);
  // Its record was made before it was replaced. After a crash the first word about its end stands, but for a revocation.
  if (life === undefined) return;
  if (life.retired !== undefined) return revoke ? revokeKey(trust, id, life, now) : undefined;
  const until = revoke ? now : now + overlapDays * DAY_MS;
  record(trust, {
    [id]: {
      ...life,
      retired: instant(now),
      accepted_until: instant(until),
      ...(revoke ? { revoked: instant(now) } : {}),
    },
  });
}

/**
 * Overwritten before the name goes: a deleted file can be read off the disk. (Not every file system and disk writes in
 * place; docs/operations.md says so.) Never when it is the key in use under its second name.
 */
function destroy(old: string, inUse: string, folder: string): void {
  const [a, b] = [statSync(old), statSync(inUse)];
  if (a.ino !== b.ino || a.dev !== b.dev) {
    const file = openSync(old, "r+");
    try {
      writeSync(file, randomBytes(a.size), 0, a.size, 0);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  }
  unlinkSync(old);
  syncFolder(folder);
}

function keyidIn(file: string, { repositories }: KeyPlaces): string {
  return keyId(readKey(file, repositories).publicKey);
}

/** Undefined where no key is, or none any more. */
function idIn(file: string, at: KeyPlaces): string | undefined {
  try {
    return existsSync(file) ? keyidIn(file, at) : undefined;
  } catch {
    return undefined;
  }
}

/** The first 8 hexadecimal characters of the digest that the keyid spells in base64. */
function shortName(publicKey: Uint8Array): string {
  return Buffer.from(keyId(publicKey).slice("SHA256:".length), "base64").toString("hex").slice(0, 8);
}
