// Single entries of the log, read back with their content: each has its own hash, and opens under one of the keys.
import { aboutOf } from "../../../core/audit/about.ts";
import { readLine } from "../../../core/audit/chain.ts";
import { leafHash } from "../../../core/audit/entry.ts";
import { type AuditKeys, openLine } from "../../../core/audit/sealed-line.ts";
import type { Digest } from "../../../core/base/digest.ts";
import { CountersignError } from "../../../core/base/failure.ts";
import type { StoredEntry } from "../store.ts";
import type { Session } from "./session.ts";

/** A row as the chain wants it. */
export interface LogRow {
  readonly position: number;
  readonly line: string;
  readonly leaf: string;
  readonly about: string | null;
}

export const COLUMNS = "seq AS position, body AS line, lower(hex(leaf)) AS leaf, about";

export interface Entries {
  at(position: number): StoredEntry | undefined;
  /** Newest first, in pages: what vouches is nearly always the first. */
  about(about: string): Generator<StoredEntry>;
}

const PAGE = 16;

export function entriesOf(session: Session, keys: AuditKeys): Entries {
  return {
    at(position) {
      const row = session.sql<LogRow>(`SELECT ${COLUMNS} FROM audit WHERE seq = ?`).get(position);
      return row === undefined ? undefined : opened(row, keys);
    },
    *about(about) {
      const page = session.sql<LogRow>(
        `SELECT ${COLUMNS} FROM audit WHERE about = ? AND seq < ? ORDER BY seq DESC LIMIT ?`,
      );
      for (let before = Number.MAX_SAFE_INTEGER; ;) {
        const rows = page.all(about, before, PAGE);
        for (const row of rows) {
          const found = opened(row, keys);
          // No CHECK holds the column of an encrypted line to what it says.
          if (aboutOf(found.entry) !== about)
            throw damaged(`audit entry ${row.position} is not about ${about}, as its column says`);
          yield found;
        }
        const last = rows.at(-1);
        if (last === undefined || rows.length < PAGE) return;
        before = last.position;
      }
    },
  };
}

function opened({ position, line, leaf }: LogRow, keys: AuditKeys): StoredEntry {
  const read = readLine(line);
  if (!read.ok || leafHash(line) !== leaf) throw damaged(`audit entry ${position} was changed`);
  const { said } = read;
  const found =
    said.kind === "plain" ? ({ kind: "opened", entry: said.entry } as const) : openLine(said.sealed, keys);
  if (found.kind === "opened") {
    const { entry } = found;
    return { position, shard: entry.shard, seq: entry.seq, line, leaf: leaf as Digest, entry };
  }
  throw found.kind === "false" || said.kind === "plain"
    ? damaged(`audit entry ${position} is not what was encrypted for its place`)
    : locked(position, said.sealed.kid);
}

export function damaged(what: string): CountersignError {
  return new CountersignError("storage", `${what}; nothing is written to a log that is not sound`, {
    fix: "Run countersign audit verify, keep the file as evidence, and restore the state folder from a backup.",
  });
}

/** An operator's mistake, and no damage: the key is missing, not the entry. */
export function locked(position: number, kid: string): CountersignError {
  return new CountersignError(
    "config_invalid",
    `audit.encryption_key: entry ${position} of the log is encrypted under key ${kid}, which is not configured`,
    { fix: "Name the key in audit.encryption_key, or an earlier one in audit.previous_keys." },
  );
}
