// The keys of one state folder side by side: private ones, public ones, and which of them are trusted.
import { type Dirent, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { keyId, parsePublicKey, type TrustedKey } from "../../core/attestation/key.ts";
import { CountersignError } from "../../core/base/failure.ts";
import { readKey } from "./key-file.ts";

export interface ListedKey {
  readonly kind: "private" | "public";
  readonly file: string;
  /** Octal, like 0600. */
  readonly mode: string;
  /** Undefined when the file cannot be used; `problem` then says why. */
  readonly keyid: string | undefined;
  /** A public key in the trust folder, or a private key whose public half is there. */
  readonly trusted: boolean;
  readonly problem: string | undefined;
}

const PRIVATE = ".key.pem";
const PUBLIC = ".pub.pem";
const MAX_PUBLIC = 4096;

/** Every key in `keys` and `trust`. */
export function listKeys(keys: string, trust: string, repositories: readonly string[]): readonly ListedKey[] {
  const known = new Set(trustedKeys(trust, () => undefined).map((key) => key.keyid));
  const privates = filesIn(keys, PRIVATE).map((file) =>
    listed("private", file, known, () => keyId(readKey(file, repositories).publicKey)),
  );
  const publics = filesIn(trust, PUBLIC).map((file) =>
    listed("public", file, known, () => readPublic(file).keyid),
  );
  return [...privates, ...publics];
}

/** Every usable public key in the trust folder; the others are reported to `unusable`. */
export function trustedKeys(trust: string, unusable: (cause: unknown) => void): readonly TrustedKey[] {
  return filesIn(trust, PUBLIC).flatMap((file) => {
    try {
      return [readPublic(file)];
    } catch (cause) {
      unusable(cause);
      return [];
    }
  });
}

function listed(
  kind: ListedKey["kind"],
  file: string,
  known: ReadonlySet<string>,
  keyOf: () => string,
): ListedKey {
  const mode = (statSync(file).mode & 0o777).toString(8).padStart(4, "0");
  try {
    const keyid = keyOf();
    return { kind, file, mode, keyid, trusted: known.has(keyid), problem: undefined };
  } catch (cause) {
    if (!(cause instanceof CountersignError)) throw cause;
    return { kind, file, mode, keyid: undefined, trusted: false, problem: cause.message };
  }
}

function readPublic(file: string): TrustedKey {
  const state = statSync(file);
  if (!state.isFile() || state.size > MAX_PUBLIC)
    throw new CountersignError("key_unusable", `${file} is not a public key`);
  return parsePublicKey(readFileSync(file, "utf8"), file);
}

function filesIn(folder: string, ending: string): readonly string[] {
  let entries: readonly Dirent[];
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
  return entries
    .filter(({ name }) => name.endsWith(ending))
    .map(({ name }) => join(folder, name))
    .toSorted();
}
