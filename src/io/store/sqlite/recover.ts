// The first entry of a gateway's process, and before it what an earlier process began and left without an outcome.
import type { AuditEntry, AuditNote } from "../../../core/audit/entry.ts";
import { unfinished } from "../../../core/audit/unfinished.ts";
import { appendNote, type Rows } from "./vouched.ts";

/** So many entries are looked at: a write has its outcome within seconds of its intent. */
const LOOKED_AT = 1000;

/**
 * Appends `audit.recovered` for each intent without outcome since a gateway last started, and then `note`, which starts
 * this one: so each is told once. Another gateway on the same store may be at work on one of them, whose outcome then
 * follows. Only inside a write transaction. How many there were.
 */
export function beginProcess(rows: Rows, note: AuditNote): number {
  const left = unfinished(sinceStart(rows));
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

/** In their order. */
function sinceStart({ session, log }: Rows): readonly AuditEntry[] {
  const last =
    session.sql<{ position: number }>("SELECT max(seq) AS position FROM audit").get()?.position ?? 0;
  const entries: AuditEntry[] = [];
  for (let position = last; position > last - LOOKED_AT; position--) {
    const found = log.entries.at(position);
    if (found === undefined || isStart(found.entry)) break;
    entries.push(found.entry);
  }
  return entries.toReversed();
}

function isStart({ event, data }: AuditEntry): boolean {
  return event === "process.start" && data["process"] === "gateway";
}
