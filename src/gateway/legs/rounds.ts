// Drives the legs: one round soon after anything changed, and one every second, never two at once.
import type { PatchId } from "../../core/base/ids.ts";
import { openStates } from "../../core/proposal/state.ts";
import { carryAll } from "../../io/exchange/carry.ts";
import type { GatewayExchange } from "../../io/exchange/exchange.ts";
import type { Log } from "../../io/log/log.ts";
import type { Shelf } from "../manifest/shelf.ts";
import { closeOrders, dispatch, expire } from "./dispatch.ts";
import { takeVerdicts } from "./intake.ts";
import { quarantine } from "./quarantine.ts";
import type { LegParts } from "./parts.ts";

export interface RoundParts extends LegParts {
  readonly exchange: Pick<GatewayExchange, "landings" | "incidents" | "journal" | "watch">;
  /** Asks for seals and files receipts; true when it is to be gone on with at once. */
  readonly sealing: () => Promise<boolean>;
  readonly shelf: Pick<Shelf, "refresh">;
  readonly log: Log;
  /** Calls `tick` every `millis` until the returned function is called. */
  readonly every: (millis: number, tick: () => void) => () => void;
  readonly failed: (error: unknown) => void;
}

export interface Rounds {
  /** Ask for a round soon. */
  kick(): void;
  /** One round now, behind the one that runs. */
  once(): Promise<void>;
  stop(): Promise<void>;
}

const POLL_MS = 1000;
/** Looking through all open proposals costs more than the other steps, and nothing expires to the second. */
const SWEEP_MS = 10_000;

export function startRounds(parts: RoundParts): Rounds {
  const round = openRound(parts);
  const life = { stopped: false, again: false };
  let running: Promise<void> | undefined;

  const loop = async (): Promise<void> => {
    do {
      life.again = false;
      if (await round()) life.again = true;
    } while (life.again && !life.stopped);
  };
  const kick = (): void => {
    life.again = true;
    if (life.stopped) return;
    running ??= loop()
      .catch((error: unknown) => parts.failed(error))
      .finally(() => {
        running = undefined;
        // A kick between the loop's last look and here would wait for the poll.
        if (life.again) kick();
      });
  };
  const watcher = parts.exchange.watch(kick);
  const endTimer = parts.every(POLL_MS, kick);
  return {
    kick,
    async once() {
      await running;
      kick();
      await running;
    },
    async stop() {
      life.stopped = true;
      endTimer();
      watcher.close();
      await running;
    },
  };
}

/** One round; true when the next one is due at once. Every step finds out for itself what there is to do, so a crash anywhere only delays it. */
function openRound(parts: RoundParts): () => Promise<boolean> {
  const closed = new Set<PatchId>();
  const judged = new Set<PatchId>();
  const carried = new Set<string>();
  const examined = new Set<PatchId>();
  let swept = -SWEEP_MS;
  let fresh = true;
  let moved = true;
  parts.news.listen((item) => {
    moved ||= item.kind === "patch";
  });
  return async () => {
    if (fresh) parts.store.forget();
    fresh = false;
    await parts.shelf.refresh();
    await dispatch(parts);
    await takeVerdicts(parts, judged);
    await quarantine(parts, examined);
    const { landings, damaged } = await carryAll(parts.exchange, parts.store, carried);
    for (const { patch_id: id } of landings) parts.news.tell({ kind: "patch", id });
    for (const { name, why } of damaged)
      parts.log.warn({ name, why }, "a record of the integrator is damaged");
    // Behind everything that writes entries: somebody waits for the seal on them.
    const more = await parts.sealing();
    if (!moved && parts.clock() - swept < SWEEP_MS) return more;
    moved = false;
    swept = parts.clock();
    expire(parts, openStates);
    await closeOrders(parts, closed);
    return more;
  };
}
