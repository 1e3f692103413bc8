// The key of the hashes that stand for evidence values in verdicts: 32 random bytes, for the validator's eyes only.
import { randomBytes } from "node:crypto";
import { closeSync, existsSync, fsyncSync, linkSync, openSync, unlinkSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { CountersignError } from "../../core/base/failure.ts";
import { isInside, readOwnerOnly } from "./key-file.ts";

export const DISCLOSURE_KEY = "disclosure.key";
const BYTES = 32;

/**
 * The key in the folder `keys`, made when it is missing. Whoever knows it can guess the values behind the hashes of
 * verdicts, so it never lies where others can read it, nor in one of `repositories`. Throws `key_unusable`.
 */
export function openDisclosureKey(keys: string, repositories: readonly string[]): Uint8Array {
  const path = join(keys, DISCLOSURE_KEY);
  if (!existsSync(path)) make(path, repositories);
  const key = readOwnerOnly(path, {
    what: "disclosure key",
    anew: "Move it away: the next start makes a new one, with which hashes of earlier verdicts cannot be compared.",
    repositories,
  });
  if (key.length === BYTES) return Uint8Array.from(key);
  throw unusable(
    `the disclosure key ${path} does not hold ${BYTES} bytes`,
    "Move it away: the next start makes a new one.",
  );
}

/**
 * Crash story: the bytes are durable under another name before link(2) gives them theirs, and it does so only if nobody
 * has it. Whoever loses that race reads the winner's key, and half a key is never read.
 */
function make(path: string, repositories: readonly string[]): void {
  const folder = dirname(path);
  const aside = `${path}.${randomBytes(8).toString("hex")}`;
  try {
    const inside = repositories.find((repository) => isInside(folder, repository));
    if (inside !== undefined)
      throw unusable(`${folder} lies inside the repository ${inside}`, "Move the state folder out of it.");
    write(aside);
    try {
      linkSync(aside, path);
    } finally {
      unlinkSync(aside);
    }
  } catch (cause) {
    if (cause instanceof CountersignError) throw cause;
    if (cause instanceof Error && "code" in cause && cause.code === "EEXIST") return;
    throw unusable(
      `cannot make the disclosure key ${path}`,
      "Make its folder writable for the validator's user, or put 32 random bytes there (mode 0600).",
      cause,
    );
  }
}

function write(path: string): void {
  const file = openSync(path, "wx", 0o600);
  try {
    writeSync(file, randomBytes(BYTES));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function unusable(message: string, fix: string, cause?: unknown): CountersignError {
  return new CountersignError("key_unusable", message, { fix, cause });
}
