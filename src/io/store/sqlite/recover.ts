// The first entry of a gateway's process, and before it what an earlier process began and left without an outcome.
import { type AuditEntry, type AuditNote, entrySchema } from "../../../core/audit/entry.ts";
import { unfinished } from "../../../core/audit/unfinished.ts";
import type { Session } from "./session.ts";
import { appendNote, type Rows } from "./vouched.ts";

/** So many entries are looked at: a write has its outcome within seconds of its intent. */
const LOOKED_AT = 5000;
const PAGE = 250;

/**
 * Appends `audit.recovered` for each intent without outcome since a gateway last started, and then `note`, which starts
 * this one: so each is told once. Another gateway on the same store may be at work on one of them, whose outcome then
 * follows. Only inside a write transaction. How many there were.
 */
export function beginProcess(rows: Rows, note: AuditNote): number {
  const left = unfinished(sinceStart(rows.session));
  for (const { shard, seq, data, actor } of left) {
    const { tool = null, arguments_sha256 = null } = data;
    const about = { intent_shard: shard, intent_seq: seq, tool, arguments_sha256 };
    appendNote(rows, {
      event: "audit.recovered",
      actor: note.actor,
      data: { ...about, of: actor.principal },
    });
  }
  appendNote(rows, note);
  return left.length;
}

/** Newest first in the file, in their order here. */
function sinceStart(session: Session): readonly AuditEntry[] {
  const page = session.sql<{ line: string }>(
    "SELECT body AS line FROM audit ORDER BY seq DESC LIMIT ? OFFSET ?",
  );
  const entries: AuditEntry[] = [];
  for (let offset = 0; offset < LOOKED_AT; offset += PAGE) {
    const rows = page.all(PAGE, offset);
    for (const { line } of rows) {
      const entry = entrySchema.safeParse(JSON.parse(line)).data;
      if (entry !== undefined && isStart(entry)) return entries.toReversed();
      if (entry !== undefined) entries.push(entry);
    }
    if (rows.length < PAGE) break;
  }
  return entries.toReversed();
}

function isStart({ event, data }: AuditEntry): boolean {
  return event === "process.start" && data["process"] === "gateway";
}
