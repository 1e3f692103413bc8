// New key pairs: private half for its owner only, public half beside the others that are trusted; nothing is overwritten.
import { generateKeyPairSync } from "node:crypto";
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  realpathSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { keyId, renderPublicKey } from "../../core/attestation/key.ts";
import { type KeyRole, keyRoles } from "../../core/attestation/key-record.ts";
import { CountersignError } from "../../core/base/failure.ts";
import { ATTESTATION_KEY, ATTESTATION_PUBLIC, SEALER_KEY, SEALER_PUBLIC } from "../../io/file/layout.ts";
import { isInside, renderKey } from "./key-file.ts";

export interface KeyPlaces {
  /** Folder of the private half, made with mode 0700 when missing. */
  readonly keys: string;
  /** Folder of the public half. */
  readonly trust: string;
  /** Folders in which no key may lie. */
  readonly repositories: readonly string[];
}

export interface NewKey {
  readonly role: KeyRole;
  readonly keyid: string;
  readonly privateFile: string;
  readonly publicFile: string;
}

/** Where the halves of the key in use lie. */
export function keyFiles({ keys, trust }: Pick<KeyPlaces, "keys" | "trust">, role: KeyRole): KeyFiles {
  return role === "attestation"
    ? { privateFile: join(keys, ATTESTATION_KEY), publicFile: join(trust, ATTESTATION_PUBLIC) }
    : { privateFile: join(keys, SEALER_KEY), publicFile: join(trust, SEALER_PUBLIC) };
}
export type KeyFiles = Pick<NewKey, "privateFile" | "publicFile">;

/**
 * Roles of which a half is missing; all of them when every role has both, so that making them says what is in the
 * way. A crash between two keys leaves one for the next run.
 */
export function missingRoles(places: Pick<KeyPlaces, "keys" | "trust">): readonly KeyRole[] {
  const missing = keyRoles.filter((role) => {
    const { privateFile, publicFile } = keyFiles(places, role);
    return !existsSync(privateFile) || !existsSync(publicFile);
  });
  return missing.length === 0 ? keyRoles : missing;
}

/** Make a key pair. Throws `key_unusable` when either file exists, or when the place lies inside a repository. */
export function newKey(places: KeyPlaces, role: KeyRole = "attestation"): NewKey {
  const { seed, publicKey } = generate();
  makeFolder(places.keys, 0o700);
  makeFolder(places.trust, 0o755);
  for (const repository of places.repositories) {
    if (isInside(places.keys, repository))
      throw refused(
        `${places.keys} lies inside the repository ${realpathSync(repository)}`,
        "Choose a folder outside with --state DIR or --out DIR.",
      );
  }
  const { privateFile, publicFile } = keyFiles(places, role);
  if (existsSync(publicFile)) throw taken(publicFile);
  create(privateFile, renderKey(seed), 0o600);
  try {
    create(publicFile, renderPublicKey(publicKey), 0o644);
  } catch (cause) {
    // A private key whose public half is nowhere would sign what nobody can verify.
    unlinkSync(privateFile);
    throw cause;
  }
  return { role, keyid: keyId(publicKey), privateFile, publicFile };
}

export function generate(): { seed: Uint8Array; publicKey: Uint8Array } {
  const pair = generateKeyPairSync("ed25519", {
    privateKeyEncoding: { type: "pkcs8", format: "der" },
    publicKeyEncoding: { type: "spki", format: "der" },
  });
  return {
    seed: Uint8Array.from(pair.privateKey.subarray(-32)),
    publicKey: Uint8Array.from(pair.publicKey.subarray(-32)),
  };
}

/** The folder above `folder` that is a repository, or undefined: for keys whose state names none. */
export function repositoryAround(folder: string): string | undefined {
  let at = folder;
  while (!existsSync(at)) at = dirname(at);
  at = realpathSync(at);
  for (;;) {
    if (existsSync(join(at, ".git")) || (existsSync(join(at, "HEAD")) && existsSync(join(at, "objects"))))
      return at;
    const above = dirname(at);
    if (above === at) return undefined;
    at = above;
  }
}

function create(path: string, text: string, mode: number): void {
  let file: number;
  try {
    // "wx": O_EXCL also refuses a symbolic link that somebody put there to redirect the write.
    file = openSync(path, "wx", mode);
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "EEXIST") throw taken(path);
    throw refused(`cannot write ${path}`, "Make its folder writable for this user.", cause);
  }
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function makeFolder(path: string, mode: number): void {
  try {
    mkdirSync(path, { recursive: true, mode });
  } catch (cause) {
    throw refused(`cannot make the folder ${path}`, "Choose a folder that can be written.", cause);
  }
}

function taken(path: string): CountersignError {
  return refused(
    `${path} exists and is not overwritten`,
    "Keep it; or move it away first, if every verdict of the old key may become void.",
  );
}

function refused(message: string, fix: string, cause?: unknown): CountersignError {
  return new CountersignError("key_unusable", message, { fix, cause });
}
