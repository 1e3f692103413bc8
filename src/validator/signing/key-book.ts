// Writes trust/keys.json and public halves: from when to when each key's signatures count.
import { closeSync, fsyncSync, openSync, renameSync, unlinkSync, writeSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { dirname, join } from "node:path";
import { type KeyBook, renderKeyBook } from "../../core/attestation/key-life.ts";
import type { KeyRecord } from "../../core/attestation/key-record.ts";
import { CountersignError } from "../../core/base/failure.ts";
import { KEY_BOOK, readKeyBook } from "../../io/file/keyring.ts";

const FILE_MODE = 0o644;

/**
 * Sets the records of `changes` and leaves the others as they are. The caller holds the lock of the keys. After a crash
 * either the old file is there or the new one.
 */
export function record(trust: string, changes: KeyBook): void {
  replace(join(trust, KEY_BOOK), renderKeyBook({ ...readKeyBook(trust), ...changes }), FILE_MODE);
}

export function recordOf(trust: string, keyid: string): KeyRecord | undefined {
  return readKeyBook(trust)[keyid];
}

/** The bytes are durable under another name before rename(2) gives them theirs, and that is durable when this returns. */
export function replace(path: string, text: string, mode: number): void {
  const aside = `${path}.${randomBytes(8).toString("hex")}`;
  try {
    write(aside, text, mode);
    renameSync(aside, path);
    syncFolder(dirname(path));
  } catch (cause) {
    remove(aside);
    if (cause instanceof CountersignError) throw cause;
    throw new CountersignError("key_unusable", `cannot write ${path}`, {
      fix: "Make its folder writable for this user.",
      cause,
    });
  }
}

export function syncFolder(path: string): void {
  const folder = openSync(path, "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

function write(path: string, text: string, mode: number): void {
  const file = openSync(path, "wx", mode);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // It was not made, or is in its place already.
  }
}
