// The public keys of one role in the trust folder: the one in use and those that were rotated out.
import { readdirSync, realpathSync } from "node:fs";
import { join } from "node:path";
import type { KeyRole } from "../../core/attestation/key-life.ts";
import { parsePublicKey, type TrustedKey } from "../../core/attestation/key.ts";
import { CountersignError } from "../../core/base/failure.ts";
import { readBounded } from "./read.ts";

const MAX_KEY_BYTES = 10_000;
const ENDING = ".pub.pem";

/**
 * `<role>.pub.pem` first, then every `<role>-*.pub.pem`. They come from the operator's folder, never from what they verify.
 * Throws `key_unusable` when the first is missing or any of them is no key: one that is left out quietly would make
 * what it signed look forged.
 */
export function roleKeys(trust: string, role: KeyRole): readonly TrustedKey[] {
  const names = namesIn(trust).filter((name) => name.startsWith(`${role}-`) && name.endsWith(ENDING));
  return [`${role}${ENDING}`, ...names.toSorted()].map((name) => readPublic(join(trust, name)));
}

function namesIn(trust: string): readonly string[] {
  try {
    return readdirSync(trust);
  } catch (cause) {
    throw unusable(`cannot list ${trust}`, cause);
  }
}

/** A regular file of a key's size: a pipe that nobody writes would hold the process for ever, a huge one fills memory. */
function readPublic(path: string): TrustedKey {
  const read = readBounded(linked(path), MAX_KEY_BYTES);
  if (read.kind === "found") return parsePublicKey(Buffer.from(read.bytes).toString("utf8"), path);
  throw unusable(
    `cannot read the public key ${path}: it ${read.kind === "absent" ? "is not there" : read.why}`,
  );
}

/** Keys are mounted as links. What cannot be followed stays as it is, and reading it says why. */
function linked(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function unusable(message: string, cause?: unknown): CountersignError {
  return new CountersignError("key_unusable", message, {
    fix: "Run countersign init; it makes what is missing.",
    cause,
  });
}
