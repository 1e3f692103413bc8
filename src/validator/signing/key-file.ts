// The private key on disk: PKCS#8 PEM, readable by its owner only, outside the repository; anything else stops the start.
import * as ed from "@noble/ed25519";
import { hash } from "node:crypto";
import { closeSync, constants, fstatSync, openSync, readFileSync, realpathSync, type Stats } from "node:fs";
import { isAbsolute, relative, sep } from "node:path";
import { fromBase64, toBase64 } from "../../core/base/bytes.ts";
import { CountersignError } from "../../core/base/failure.ts";

ed.hashes.sha512 = (message) => new Uint8Array(hash("sha512", message, "buffer"));

/** PKCS#8 header of an Ed25519 private key (RFC 8410 §7): version 0, algorithm 1.3.101.112, OCTET STRING of 32 bytes. */
const HEADER = Buffer.from("302e020100300506032b657004220420", "hex");
const MAX_KEY_BYTES = 4096;
const OTHERS = 0o077;

export interface PrivateKey {
  readonly seed: Uint8Array;
  readonly publicKey: Uint8Array;
}

/**
 * Read the key at `path`. Throws `key_unusable` when it is missing, readable by anybody else, not such a key, or when its
 * real place (links resolved) lies in one of `repositories`: whatever is there travels with clones, images and backups.
 */
export function readKey(path: string, repositories: readonly string[]): PrivateKey {
  const bytes = readOwnerOnly(path, {
    what: "private key",
    anew: "Make a new one with countersign keys new.",
    repositories,
  });
  const seed = decode(bytes.toString("utf8"), path);
  return { seed, publicKey: ed.getPublicKey(seed) };
}

export function renderKey(seed: Uint8Array): string {
  return `-----BEGIN PRIVATE KEY-----\n${toBase64(Buffer.concat([HEADER, seed]))}\n-----END PRIVATE KEY-----\n`;
}

/** True when `path` is `folder` or below it; both are compared as they really are, links resolved. */
export function isInside(path: string, folder: string): boolean {
  const way = relative(realpathSync(folder), realpathSync(path));
  return way === "" || (way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}

/** True when the key's mode lets nobody but its owner read or write it. */
function isPrivate({ mode }: Stats): boolean {
  return (mode & OTHERS) === 0;
}

export interface Secret {
  /** What it is, for messages. */
  readonly what: string;
  /** How to come by a new one, in a sentence. */
  readonly anew: string;
  /** Folders in which it must not lie. */
  readonly repositories: readonly string[];
}

/** Bytes of a small file that its owner alone can read. Throws `key_unusable`. */
export function readOwnerOnly(path: string, { what, anew, repositories }: Secret): Buffer {
  let file: number;
  try {
    // Not blocking: a FIFO in the key's place must not hold the start.
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (cause) {
    throw unusable(
      `the ${what} ${path} cannot be read`,
      `Restore it and make it readable for this user. ${anew}`,
      cause,
    );
  }
  try {
    // Judged on the open file, so that it cannot be exchanged between the look and the reading.
    const state = fstatSync(file);
    if (!state.isFile() || state.size > MAX_KEY_BYTES)
      throw unusable(`${path} is not a ${what}: not a small regular file`, anew);
    if (!isPrivate(state)) {
      const mode = (state.mode & 0o777).toString(8).padStart(4, "0");
      throw unusable(
        `the ${what} ${path} can be read by others (mode ${mode})`,
        `chmod 600 ${path}; if anybody else may have read it: ${anew}`,
      );
    }
    const inside = repositories.find((folder) => isInside(path, folder));
    if (inside !== undefined)
      throw unusable(
        `the ${what} ${path} lies inside the repository ${inside}`,
        `Move it out of the repository; it is known to whoever has a copy of that. ${anew}`,
      );
    return readFileSync(file);
  } finally {
    closeSync(file);
  }
}

function decode(pem: string, path: string): Uint8Array {
  const body = /^-----BEGIN PRIVATE KEY-----\n([A-Za-z0-9+/=\n]+)\n-----END PRIVATE KEY-----\n?$/.exec(
    pem.replaceAll("\r\n", "\n"),
  );
  const der = body?.[1] === undefined ? undefined : fromBase64(body[1].replaceAll("\n", ""));
  if (der?.length !== HEADER.length + 32 || !Buffer.from(der.subarray(0, HEADER.length)).equals(HEADER))
    throw notAKey(path);
  return Uint8Array.from(der.subarray(HEADER.length));
}

function notAKey(path: string): CountersignError {
  return unusable(
    `${path} is not an Ed25519 private key (PKCS#8 PEM, not encrypted)`,
    "Make one with countersign keys new.",
  );
}

function unusable(message: string, fix: string, cause?: unknown): CountersignError {
  return new CountersignError("key_unusable", message, { fix, cause });
}
