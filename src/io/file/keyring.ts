// The public keys of one role in the trust folder: the one in use and those that were rotated out, each with its life.
import { type BigIntStats, readdirSync, realpathSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { type KeyBook, newRecord, parseKeyBook } from "../../core/attestation/key-life.ts";
import type { KeyRecord, KeyRole } from "../../core/attestation/key-record.ts";
import { parsePublicKey, type TrustedKey } from "../../core/attestation/key.ts";
import { CountersignError } from "../../core/base/failure.ts";
import { readBounded } from "./read.ts";

/** Lives of the keys, by keyid. Written by `keys new` and `keys rotate`. */
export const KEY_BOOK = "keys.json";

const MAX_KEY_BYTES = 10_000;
const MAX_BOOK_BYTES = 1_048_576;
const ENDING = ".pub.pem";

/**
 * `<role>.pub.pem` first, then every `<role>-*.pub.pem`. They come from the operator's folder, never from what they verify.
 * Throws `key_unusable` when the first is missing or any of them is no key: one that is left out quietly would make
 * what it signed look forged.
 */
export function roleKeys(trust: string, role: KeyRole): readonly TrustedKey[] {
  const book = readKeyBook(trust);
  const names = namesIn(trust).filter((name) => name.startsWith(`${role}-`) && name.endsWith(ENDING));
  const keys = new Map<string, TrustedKey>();
  for (const name of [`${role}${ENDING}`, ...names.toSorted()]) {
    const path = join(trust, name);
    const key = withLife(readPublic(path), book);
    // Whoever could exchange the two would have checkpoints signed by what signs verdicts.
    if (key.life !== undefined && key.life.role !== role)
      throw new CountersignError(
        "key_unusable",
        `${path} is the ${key.life.role} key, and not the ${role} key`,
        {
          fix: `Put the ${role} key's public half there.`,
        },
      );
    // A rotation that was interrupted leaves one key under two names.
    if (!keys.has(key.keyid)) keys.set(key.keyid, key);
  }
  return [...keys.values()];
}

/** One public key of a file, with its life if there is a record beside it. */
export function pinnedKey(path: string, fix: string): TrustedKey {
  return withLife(readPublic(path, fix), readKeyBook(dirname(path)));
}

/** The keys of a role as they are now: read again when anything in the folder changed, so that a rotation needs no restart. */
export function openKeyring(trust: string, role: KeyRole): () => readonly TrustedKey[] {
  // Nothing yet, which an empty folder is not: that one has no keys, and says so.
  let seen: string | undefined;
  let keys: readonly TrustedKey[] = [];
  return () => {
    // Looked at before the reading: what changes meanwhile is seen at the next call.
    const now = stateOfFolder(trust, role);
    if (now === seen) return keys;
    keys = roleKeys(trust, role);
    seen = now;
    return keys;
  };
}

/** Records of all keys; none where there is no file. Throws `key_unusable` when it is damaged: it may hold a revocation. */
export function readKeyBook(trust: string): KeyBook {
  const path = join(trust, KEY_BOOK);
  const read = readBounded(linked(path), MAX_BOOK_BYTES);
  if (read.kind === "absent") return {};
  const book = read.kind === "found" ? parseKeyBook(read.bytes) : undefined;
  if (book !== undefined) return book;
  throw new CountersignError("key_unusable", `${path} is not a record of keys`, {
    fix: "Restore it. If you remove it, keys have no ends but the times of their files, and revoked ones count again. If it is something else that has this name, keep the keys in another folder.",
  });
}

/** What stands for the record of a key that has none: its life begins with its file. Undefined when there is no file. */
export function recordOfFile(path: string, role: KeyRole, days: number): KeyRecord | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  return found === undefined ? undefined : newRecord(role, Math.floor(found.mtimeMs), days);
}

function withLife(key: TrustedKey, book: KeyBook): TrustedKey {
  const life = book[key.keyid];
  return life === undefined ? key : { ...key, life };
}

function stateOfFolder(trust: string, role: KeyRole): string {
  const names = namesIn(trust).filter((name) => name === KEY_BOOK || isKeyOf(name, role));
  return names
    .toSorted()
    .map((name) => `${name} ${identity(join(trust, name))}`)
    .join("\n");
}

function isKeyOf(name: string, role: KeyRole): boolean {
  return name.endsWith(ENDING) && (name.startsWith(`${role}-`) || name === `${role}${ENDING}`);
}

/** Of the file that a link leads to: keys are mounted as links. */
function identity(path: string): string {
  const found: BigIntStats | undefined = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found === undefined ? "" : [found.ino, found.size, found.mtimeNs, found.ctimeNs].join(" ");
}

function namesIn(trust: string): readonly string[] {
  try {
    return readdirSync(trust);
  } catch (cause) {
    throw unusable(`cannot list ${trust}`, MAKE, cause);
  }
}

const MAKE = "Put it there, or run countersign init; it makes what is missing.";

/** A regular file of a key's size: a pipe that nobody writes would hold the process for ever, a huge one fills memory. */
function readPublic(path: string, fix: string = MAKE): TrustedKey {
  const read = readBounded(linked(path), MAX_KEY_BYTES);
  if (read.kind === "found") return parsePublicKey(Buffer.from(read.bytes).toString("utf8"), path);
  const why = read.kind === "absent" ? "is not there" : read.why;
  throw unusable(`cannot read the public key ${path}: it ${why}`, fix);
}

/** Keys are mounted as links. What cannot be followed stays as it is, and reading it says why. */
function linked(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function unusable(message: string, fix: string, cause?: unknown): CountersignError {
  return new CountersignError("key_unusable", message, { fix, cause });
}
