// Which shard may begin: one after the other, each behind the end of the one before.
import type { SealedShard } from "./memory.ts";

/**
 * Why `shard`, which is not begun, must not begin now. Threat: a request for the year 9999 would end the log for ever,
 * because no month before it could ever begin again; clocks may differ by less than a month.
 */
export function orderFault(
  shard: string,
  sealed: readonly Pick<SealedShard, "shard" | "closed">[],
  regrowing: readonly string[],
  now: number,
): string | undefined {
  const newest = [...sealed.map((state) => state.shard), ...regrowing].toSorted().at(-1);
  if (newest !== undefined && shard < newest) return `${newest} is begun, and ${shard} lies before it`;
  if (shard > monthAfter(now)) return `${shard} lies in the future`;
  const open = sealed.find(({ closed, shard: other }) => !closed || regrowing.includes(other));
  if (open !== undefined) return `${open.shard} is not sealed to its end`;
  return regrowing.length > 0 ? `${regrowing[0] ?? ""} is grown again` : undefined;
}

function monthAfter(now: number): string {
  const date = new Date(now);
  return new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1)).toISOString().slice(0, 7);
}
