// Room kept free for the last entry: a full disk must not also take the word that it was full.
import { randomFillSync } from "node:crypto";
import { closeSync, constants, lstatSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";

/** One transaction with one entry takes some ten pages of 4 KiB. */
const BYTES = 1 << 20;

const { O_WRONLY, O_CREAT, O_EXCL, O_DSYNC } = constants;
/** With each write on the disk: node's permission model, behind which the gateway runs, has no fsync. */
const FRESH = O_WRONLY | O_CREAT | O_EXCL | O_DSYNC;

function reserveOf(database: string): string {
  return join(dirname(database), "reserve");
}

/**
 * Makes the reserve beside the database unless it is there. Random bytes: zeros would take no room on a file system that
 * compresses. Throws what the file system reports; where there is no room for the reserve, there is none for a log.
 */
export function keepReserve(database: string): void {
  const path = reserveOf(database);
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat?.isFile() === true && stat.size === BYTES) return;
  const temp = `${path}.tmp-${process.pid}`;
  const bytes = randomFillSync(Buffer.alloc(BYTES));
  try {
    rmSync(temp, { force: true });
    const fd = openSync(temp, FRESH, 0o600);
    try {
      for (let at = 0; at < BYTES;) at += writeSync(fd, bytes, at);
    } finally {
      closeSync(fd);
    }
    renameSync(temp, path);
  } catch (cause) {
    rmSync(temp, { force: true });
    throw cause;
  }
}

/** Gives its room back to the file system. */
export function releaseReserve(database: string): void {
  rmSync(reserveOf(database), { force: true });
}
