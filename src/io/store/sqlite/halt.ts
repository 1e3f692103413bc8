// The last entry of a log whose disk is full: written into the room that was kept for it, by a fresh connection.
import Database from "better-sqlite3";
import type { AuditNote } from "../../../core/audit/entry.ts";
import { releaseReserve } from "./reserve.ts";

/** What a session that failed wants done before it refuses everything; what came of it, for the failure's message. */
export type LastWords = (cause: unknown) => string | undefined;

/** For a session whose store is not in place yet. */
export const noLastWords: LastWords = () => undefined;

/**
 * Only where there was no room: the write did not happen, and what was durable before is. Behind any other error nobody
 * knows what is on the disk, and nothing more is written to it. `append` opens the database anew. Crash story: without
 * the entry the log ends with the last call that was answered; the next start makes the reserve again, or says why not.
 */
export function lastWords(database: string, append: (note: AuditNote) => void): LastWords {
  return (cause) => {
    const reason = fullness(cause);
    if (reason === undefined) return undefined;
    try {
      releaseReserve(database);
      append({ event: "audit.halt", actor: { principal: "countersign" }, data: { reason } });
      return "audit.halt is its last entry";
    } catch (error) {
      return `audit.halt could not be written either: ${error instanceof Error ? error.message : String(error)}`;
    }
  };
}

function fullness(cause: unknown): string | undefined {
  if (cause instanceof Database.SqliteError) return cause.code === "SQLITE_FULL" ? cause.code : undefined;
  return cause instanceof Error && "code" in cause && cause.code === "ENOSPC" ? cause.code : undefined;
}
