// What the log knows of itself: its shards, their leaf hashes, and the entries about one patch, token or record.
import { readLine } from "../../../core/audit/chain.ts";
import type { Digest } from "../../../core/base/digest.ts";
import type { LogView, ShardView } from "../store.ts";
import { damaged } from "./entries.ts";
import type { Session } from "./session.ts";
import type { Rows } from "./vouched.ts";

export function logView({ session, log }: Rows): LogView {
  return {
    shards: () => session.read(() => shardsOf(session)),
    leaves: (shard, from, count) =>
      session.read(() => {
        const found = shardsOf(session).find((one) => one.shard === shard);
        return found === undefined ? [] : leavesOf(session, found, from, count);
      }),
    about: (kind, id) => session.read(() => [...log.entries.about(`${kind}:${id}`)].reverse()),
  };
}

/** Shards follow one another, so that the end of each is found by halving: no entry between is read. */
function shardsOf(session: Session): readonly ShardView[] {
  const end = session.sql<{ end: number }>("SELECT max(seq) + 1 AS end FROM audit").get()?.end ?? 0;
  const found: ShardView[] = [];
  for (let first = 0; first < end;) {
    const shard = shardAt(session, first);
    let [inside, beyond] = [first, end];
    while (beyond - inside > 1) {
      const middle = Math.floor((inside + beyond) / 2);
      if (shardAt(session, middle) === shard) inside = middle;
      else beyond = middle;
    }
    // A shard is closed and the next one opened in one transaction: only the last one is open.
    found.push({ shard, first, entries: beyond - first, closed: beyond < end });
    first = beyond;
  }
  return found;
}

function shardAt(session: Session, position: number): string {
  const row = session.sql<{ line: string }>("SELECT body AS line FROM audit WHERE seq = ?").get(position);
  const read = row === undefined ? undefined : readLine(row.line);
  if (read?.ok !== true) throw damaged(`audit entry ${position} was changed or removed`);
  return read.said.kind === "plain" ? read.said.entry.shard : read.said.sealed.shard;
}

function leavesOf(session: Session, shard: ShardView, from: number, count: number): readonly Digest[] {
  const leaves = session.sql<{ leaf: Digest }>(
    "SELECT lower(hex(leaf)) AS leaf FROM audit WHERE seq >= ? AND seq < ? ORDER BY seq LIMIT ?",
  );
  const end = shard.first + shard.entries;
  return leaves.all(shard.first + from, end, count).map(({ leaf }) => leaf);
}
