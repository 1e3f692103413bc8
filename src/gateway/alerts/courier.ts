// Brings waiting alerts to the webhook, beside everything else; what is not taken is tried again, ever more rarely.
import type { AlertOutbox } from "../../io/alerts/outbox.ts";
import { deliver, type Delivery, openAlertDoor, type Webhook } from "../../io/alerts/webhook.ts";
import type { Shared } from "../process-parts.ts";

export interface CourierParts {
  readonly shared: Pick<Shared, "log" | "clock" | "every">;
  readonly outbox: AlertOutbox;
  readonly webhook: Webhook;
  /** outbound.allowed_hosts */
  readonly allowedHosts: readonly string[];
  readonly failed: (error: unknown) => void;
}

export interface Courier {
  /** Tries now, whatever the pause, and waits at most this long. */
  hurry(millis: number): Promise<void>;
  stop(): Promise<void>;
}

const TICK_MS = 1000;
const FIRST_PAUSE_MS = 2000;
const LONGEST_PAUSE_MS = 300_000;

export function startCourier({ shared, outbox, webhook, allowedHosts, failed }: CourierParts): Courier {
  const door = openAlertDoor(allowedHosts);
  const stopping = new AbortController();
  const pauses = openPauses(shared.clock);
  const offers = new Map<string, number>();
  let running: Promise<void> | undefined;
  const round = async (): Promise<void> => {
    const delivery = await deliver(outbox, door, webhook, stopping.signal, offers);
    tellDropped(shared.log, delivery);
    if (delivery.kind === "empty") return pauses.over();
    const seconds = pauses.longer() / 1000;
    shared.log.warn({ why: delivery.why, seconds }, "the webhook did not take an alert");
  };
  const start = (): Promise<void> => {
    running ??= round()
      .catch(failed)
      .finally(() => {
        running = undefined;
      });
    return running;
  };
  const end = shared.every(TICK_MS, () => void (pauses.isDue() && start()));
  return {
    async hurry(millis) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const stop = shared.every(millis, resolve);
      await Promise.race([start(), promise]);
      stop();
    },
    async stop() {
      end();
      stopping.abort();
      await door.close();
      await running;
    },
  };
}

function tellDropped(log: Shared["log"], { dropped: messages }: Delivery): void {
  if (messages === undefined) return;
  log.error({ messages }, "the webhook refused alerts again and again; they are given up");
}

interface Pauses {
  isDue(): boolean;
  /** The next pause, in milliseconds, which begins now. */
  longer(): number;
  over(): void;
}

function openPauses(clock: () => number): Pauses {
  let pause = 0;
  let until = 0;
  return {
    isDue() {
      // Also after a clock was set back: no pause is longer than the longest.
      const left = until - clock();
      return pause === 0 || left <= 0 || left > LONGEST_PAUSE_MS;
    },
    longer() {
      pause = Math.min(Math.max(pause * 2, FIRST_PAUSE_MS), LONGEST_PAUSE_MS);
      until = clock() + pause;
      return pause;
    },
    over() {
      pause = 0;
    },
  };
}
