// Reads the audit log of a state folder as a test sees it from outside: with SQLite, not with our code.
import Database from "better-sqlite3";
import { join } from "node:path";

export interface LoggedEntry {
  readonly seq: number;
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export function auditEntries(state: string): readonly LoggedEntry[] {
  const db = new Database(join(state, "gateway", "store.db"), { readonly: true });
  const rows = db.prepare<[], { body: string }>("SELECT body FROM audit ORDER BY seq").all();
  db.close();
  return rows.map((row) => JSON.parse(row.body) as LoggedEntry);
}
