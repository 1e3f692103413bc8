// Reading the audit log of a database that may be damaged, hostile or in use, without changing it.
import Database from "better-sqlite3";
import { lstatSync } from "node:fs";
import type { ChainRow } from "../../../core/audit/chain.ts";
import { NO_KEYS } from "../../../core/audit/sealed-line.ts";
import { CountersignError } from "../../../core/base/failure.ts";
import { type LogReport, unreadable, verifyLog, type Walk } from "../verify.ts";
import { schemaFault } from "./schema.ts";
import { namesIn } from "./subject-names.ts";

const PAGE = 1000;

/**
 * Verify the log in the file at `path`, read-only. Damage of any kind is a report, never an exception. Only a missing
 * file throws (`state_unusable`, exit 2): that is "cannot tell", not "damaged". The schema must be ours to the letter: a
 * view under the table's name, or a table without its key, could show the verifier whatever rows please it.
 */
export function verifyStoreFile(path: string, walk: Walk = {}): LogReport {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) {
    throw new CountersignError("state_unusable", `there is no audit log at ${path}`, {
      fix: "Check --state; the log is made by countersign init.",
    });
  }
  if (!stat.isFile()) return unreadable(new Error("it is not a regular file"));
  let db: Database.Database | undefined;
  try {
    db = new Database(path, { readonly: true, fileMustExist: true });
    db.pragma("trusted_schema = OFF");
    const fault = schemaFault(db);
    if (fault !== undefined) throw new Error(`it ${fault}`);
    return verifyLog(pages(db, aboutColumn(db)), naming(db, walk));
  } catch (cause) {
    return unreadable(cause);
  } finally {
    db?.close();
  }
}

/** Who reads entries here may read who is meant, in the same file; who was erased stays a pseudonym. */
function naming(db: Database.Database, walk: Walk): Walk {
  const { entry: told, keys = NO_KEYS } = walk;
  if (told === undefined) return walk;
  const names = namesIn(db, keys);
  return { ...walk, entry: (entry, position) => told(names.resolved(entry, position), position) };
}

/** Files of versions 1 and 2 are read as they are; there the column is not. */
function aboutColumn(db: Database.Database): string {
  const version: unknown = db.pragma("user_version", { simple: true });
  return version === 1 || version === 2 ? "" : ", about";
}

/** By primary key and in pages, so that a writer is not kept from checkpointing and no row is skipped. */
function* pages(db: Database.Database, about: string): Generator<ChainRow> {
  const page = db.prepare<[number, number], ChainRow>(
    `SELECT seq AS position, body AS line, lower(hex(leaf)) AS leaf${about} FROM audit WHERE seq > ? ORDER BY seq LIMIT ?`,
  );
  for (let after = Number.MIN_SAFE_INTEGER; ;) {
    const rows = page.all(after, PAGE);
    yield* rows;
    const last = rows.at(-1);
    if (last === undefined) return;
    after = last.position;
  }
}
