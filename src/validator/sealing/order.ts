// Which shard may begin: one after the other, each behind the end of the one before.
import { monthAfter, monthOf } from "../../core/audit/shard.ts";
import { instant } from "../../core/base/time.ts";
import type { SealedShard } from "./memory.ts";

export interface OrderFacts {
  readonly sealed: readonly Pick<SealedShard, "shard" | "closed">[];
  /** Shards that are grown anew. */
  readonly regrowing: readonly string[];
  /** The month that the operator admitted, although it lies in the future, or before one that is begun. */
  readonly admitted: string | undefined;
  readonly now: number;
}

/**
 * Why `shard`, which is not begun, must not begin now. Threat: a request for the year 9999 would end the log for ever,
 * because no month before it could ever begin again; clocks may differ by less than a month. Only the newest has to be
 * closed: an older one was, before the next one began. One before the oldest is a month that this sealer has lost.
 */
export function orderFault(
  shard: string,
  { sealed, regrowing, admitted, now }: OrderFacts,
): string | undefined {
  const isAdmitted = shard === admitted;
  const known = [...sealed.map((state) => state.shard), ...regrowing].toSorted();
  const [oldest, newest] = [known[0], known.at(-1)];
  if (oldest !== undefined && shard < oldest) return undefined;
  if (newest !== undefined && shard < newest)
    return isAdmitted ? undefined : `${newest} is begun, and ${shard} lies before it`;
  if (!isAdmitted && shard > monthAfter(monthOf(instant(now))))
    return `${shard} lies in the future; where that is right all the same, countersign validator --admit-month ${shard} seals it`;
  if (regrowing.length > 0) return `${regrowing[0] ?? ""} is grown again`;
  return sealed.every((state) => state.shard !== newest || state.closed)
    ? undefined
    : `${newest ?? ""} is not sealed to its end`;
}
