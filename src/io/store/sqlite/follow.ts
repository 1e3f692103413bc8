// Reading entries from one place on, in a database that a gateway is writing to, without changing it or holding it up.
import Database from "better-sqlite3";
import { lstatSync } from "node:fs";
import type { ChainRow } from "../../../core/audit/chain.ts";
import { CountersignError } from "../../../core/base/failure.ts";
import { printable } from "../../../core/base/refusal.ts";
import { schemaFault } from "./schema.ts";

export interface Span {
  /** Place of the first entry in the whole log. */
  readonly from: number;
  readonly maxRows: number;
  /** Reading ends with the row that fills them, but not before the second one. */
  readonly maxBytes: number;
}

export type Followed =
  | {
      readonly ok: true;
      readonly rows: readonly ChainRow[];
      /** It ended because it had enough: there may be more. */
      readonly full: boolean;
    }
  /** It cannot be read, or is not a store of ours to the letter: a view could show whatever pleases it. */
  | { readonly ok: false; readonly why: string };

/**
 * The file is opened for each look: a database that was put in its place is seen, and none is kept open between. Throws
 * `state_unusable` when there is none, as verifyStoreFile does.
 */
export function rowsFrom(path: string, { from, maxRows, maxBytes }: Span): Followed {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined)
    throw new CountersignError("state_unusable", `there is no audit log at ${path}`, {
      fix: "Check --state; the log is made by countersign init.",
    });
  if (!stat.isFile()) return { ok: false, why: "it is not a regular file" };
  let db: Database.Database | undefined;
  try {
    db = new Database(path, { readonly: true, fileMustExist: true });
    db.pragma("trusted_schema = OFF");
    const fault = schemaFault(db);
    if (fault !== undefined) return { ok: false, why: `it ${fault}` };
    return { ok: true, ...span(db, from, maxRows, maxBytes) };
  } catch (cause) {
    return { ok: false, why: printable(cause instanceof Error ? cause.message : String(cause)) };
  } finally {
    db?.close();
  }
}

function span(
  db: Database.Database,
  from: number,
  maxRows: number,
  maxBytes: number,
): { readonly rows: readonly ChainRow[]; readonly full: boolean } {
  const rows: ChainRow[] = [];
  let bytes = 0;
  const found = db
    .prepare<[number, number], ChainRow>(
      "SELECT seq AS position, body AS line, lower(hex(leaf)) AS leaf FROM audit WHERE seq >= ? ORDER BY seq LIMIT ?",
    )
    .iterate(from, maxRows);
  for (const row of found) {
    rows.push(row);
    bytes += row.line.length;
    // Two at least: the first one is what the caller has already.
    if (bytes >= maxBytes && rows.length > 1) return { rows, full: true };
  }
  return { rows, full: rows.length === maxRows };
}
