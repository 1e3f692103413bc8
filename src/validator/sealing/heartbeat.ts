// A sign of life each second: where the sealer stands, and how many orders wait. Nobody signs it; its absence is what tells.
import type { PatchId } from "../../core/base/ids.ts";
import { type Clock, instant } from "../../core/base/time.ts";
import type { OrderReader, SealedWriter, VerdictReader } from "../../io/exchange/exchange.ts";
import type { Log } from "../../io/log/log.ts";
import type { Standing } from "./sealer.ts";

export interface HeartbeatParts {
  readonly exchange: {
    readonly orders: OrderReader;
    readonly verdicts: VerdictReader;
    readonly sealed: Pick<SealedWriter, "beat">;
  };
  readonly standing: () => Standing;
  readonly clock: Clock;
  readonly log: Log;
}

/** Writes one heartbeat; never throws, because a full disk must not end what still works. */
export function heartbeat({ exchange, standing, clock, log }: HeartbeatParts): () => Promise<void> {
  const waiting = queueOf(exchange);
  let trouble: string | undefined;
  return async () => {
    try {
      const queue = await waiting();
      await exchange.sealed.beat({ v: 1, at: instant(clock()), ...standing(), queue });
      trouble = undefined;
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : "unknown";
      if (why !== trouble) log.warn({ error: cause }, "no sign of life could be written");
      trouble = why;
    }
  };
}

/** Orders that have no verdict and were not closed. What has one or the other keeps it. */
function queueOf({ orders, verdicts }: HeartbeatParts["exchange"]): () => Promise<number> {
  let closed = new Set<PatchId>();
  return async () => {
    const decided = new Set(await verdicts.list());
    const open = (await orders.list()).filter((id) => !decided.has(id));
    const ended = new Set<PatchId>();
    for (const id of open) if (closed.has(id) || (await orders.closure(id)).kind !== "absent") ended.add(id);
    closed = ended;
    return open.length - ended.size;
  };
}
