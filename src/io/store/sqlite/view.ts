// What the log knows of itself: its shards, their leaf hashes, and the entries about one patch, token or record.
import { type AuditEntry, entrySchema } from "../../../core/audit/entry.ts";
import type { Digest } from "../../../core/base/digest.ts";
import type { LogView, ShardView, StoredEntry } from "../store.ts";
import type { Session } from "./session.ts";

export function logView(session: Session): LogView {
  return {
    shards: () => session.read(() => shardsOf(session)),
    leaves: (shard, from, count) =>
      session.read(() => {
        const found = shardsOf(session).find((one) => one.shard === shard);
        return found === undefined ? [] : leavesOf(session, found, from, count);
      }),
    about: (kind, id) => session.read(() => entriesAbout(session, KEYS[kind], id)),
  };
}

const KEYS = { patch: ["patch_id"], token: ["token_id"], record: ["journal_id", "incident_id"] } as const;

function shardsOf(session: Session): readonly ShardView[] {
  const found = session.sql<{ shard: string; entries: number }>(
    "SELECT json_extract(body, '$.shard') AS shard, (SELECT max(seq) + 1 FROM audit) AS entries FROM audit WHERE seq = 0",
  );
  return found.all().map((one) => ({ ...one, first: 0, closed: false }));
}

function leavesOf(session: Session, shard: ShardView, from: number, count: number): readonly Digest[] {
  const leaves = session.sql<{ leaf: Digest }>(
    "SELECT lower(hex(leaf)) AS leaf FROM audit WHERE seq >= ? AND seq < ? ORDER BY seq LIMIT ?",
  );
  const end = shard.first + shard.entries;
  return leaves.all(shard.first + from, end, count).map(({ leaf }) => leaf);
}

function entriesAbout(session: Session, keys: readonly string[], id: string): readonly StoredEntry[] {
  const found = new Map<number, StoredEntry>();
  for (const key of keys) {
    const rows = session.sql<{ seq: number; line: string; leaf: Digest }>(
      `SELECT seq, body AS line, lower(hex(leaf)) AS leaf FROM audit WHERE json_extract(body, '$.data.${key}') = ? ORDER BY seq`,
    );
    for (const { seq: position, line, leaf } of rows.all(id)) {
      const entry: AuditEntry = entrySchema.parse(JSON.parse(line));
      found.set(position, { position, shard: entry.shard, seq: entry.seq, line, leaf, entry });
    }
  }
  return [...found.values()].toSorted((a, b) => a.position - b.position);
}
