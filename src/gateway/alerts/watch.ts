// The watch: looks every two seconds, raises and clears, and tells the log, the operator and the webhook's outbox.
import type { AlertName, AlertTurn } from "../../core/alert/alert.ts";
import { alerts } from "../../core/alert/alert.ts";
import { signsOf, type Seen, type Turn, turnsOf } from "../../core/alert/signs.ts";
import { instant } from "../../core/base/time.ts";
import { deploymentOf } from "../../core/config/deployment.ts";
import type { Config } from "../../core/config/schema.ts";
import type { ActiveAlerts } from "../../io/alerts/active.ts";
import type { Looked } from "../../io/alerts/look.ts";
import type { AlertOutbox } from "../../io/alerts/outbox.ts";
import type { Shared } from "../process-parts.ts";

export interface WatchParts {
  readonly shared: Pick<Shared, "record" | "log" | "clock" | "newId" | "every">;
  /** In force at each look. */
  readonly config: () => Config;
  readonly look: (config: Config) => Promise<Looked>;
  /** Calls of this process in the last seconds. */
  readonly calls: (seconds: number) => NonNullable<Seen["calls"]>;
  readonly active: ActiveAlerts;
  readonly outbox: AlertOutbox;
  /** A look failed as a whole, or the log could not be written. */
  readonly failed: (error: unknown) => void;
}

export interface Watch {
  /** One look now, behind the one that runs. */
  look(): Promise<void>;
  /** What was seen last. */
  latest(): { readonly looked: Looked | undefined; readonly active: ReadonlySet<AlertName> };
  /** The store failed and the process ends: no log can say so, so the outbox and the next start do. Never throws. */
  halted(): Promise<void>;
  stop(): Promise<void>;
}

const LOOK_MS = 2000;
const REFRESH_LOOKS = 30;

export function startWatch(parts: WatchParts): Watch {
  const rounds = openRounds(parts);
  let running = Promise.resolve();
  let waiting = 0;
  const look = (): Promise<void> => {
    waiting += 1;
    running = running
      .then(rounds.round)
      .catch(parts.failed)
      .finally(() => {
        waiting -= 1;
      });
    return running;
  };
  const end = parts.shared.every(LOOK_MS, () => void (waiting === 0 && look()));
  return {
    look,
    latest: rounds.latest,
    async halted() {
      end();
      const turn: Turn = { alert: "storage_halted", state: "raised", facts: {} };
      await turned(parts, turn, parts.config()).catch(() => false);
    },
    async stop() {
      end();
      await running;
      // Of this process alone: nobody else could clear it.
      const own: Turn = { alert: "refusal_rate", state: "cleared", facts: {} };
      if (rounds.latest().active.has(own.alert)) await tell(parts, own, parts.config()).catch(parts.failed);
    },
  };
}

function openRounds(parts: WatchParts): Pick<Watch, "latest"> & { readonly round: () => Promise<void> } {
  let looked: Looked | undefined;
  let active: ReadonlySet<AlertName> = new Set();
  let looks = 0;
  return {
    latest: () => ({ looked, active }),
    async round() {
      const config = parts.config();
      looked = await parts.look(config);
      // Of every gateway of this state: what another one raised is not raised again.
      active = await parts.active.mine();
      const calls = parts.calls(config.alerts.window_seconds);
      // Whoever can look at all has a log that takes entries: what stopped a gateway before is over.
      const halted = looks === 0 ? false : undefined;
      const turns = turnsOf(signsOf({ ...looked.seen, calls, halted }, config, active), active);
      for (const turn of turns) await tell(parts, turn, config);
      if (turns.length > 0) active = await parts.active.mine();
      if (looks % REFRESH_LOOKS === 0) await parts.active.refresh();
      looks += 1;
    },
  };
}

/** One process tells: the one that put the file there, or took it away. */
async function tell(parts: WatchParts, turn: Turn, config: Config): Promise<void> {
  const { shared } = parts;
  if (!(await turned(parts, turn, config))) return;
  const { alert, state, facts } = turn;
  shared.record(state === "raised" ? "alert.raised" : "alert.cleared", { alert, ...facts });
  const { means, fix, level } = alerts[alert];
  if (state === "cleared") shared.log.info({ alert, ...facts }, `cleared: ${means}`);
  else if (level === "info") shared.log.warn({ alert, ...facts, fix }, means);
  else shared.log.error({ alert, ...facts, fix }, means);
}

/** The message first: a crash behind it is told twice rather than never. False: another process has told it already. */
async function turned({ active, ...parts }: WatchParts, turn: Turn, config: Config): Promise<boolean> {
  const message = await send(parts, turn, config);
  const { alert, state, facts } = turn;
  const won = await (state === "raised"
    ? active.raise({ v: 1, alert, since: message.at, facts })
    : active.clear(alert));
  if (!won && config.alerts.webhook_url !== "") await parts.outbox.forget(message);
  return won;
}

async function send(
  { shared, outbox }: Pick<WatchParts, "shared" | "outbox">,
  turn: Turn,
  config: Config,
): Promise<AlertTurn> {
  const message = { id: shared.newId(), at: instant(shared.clock()), ...turn };
  if (config.alerts.webhook_url === "") return message;
  const dropped = await outbox.put(message, deploymentOf(config));
  if (dropped > 0) shared.log.error({ dropped }, "the outbox of alerts is full: the oldest were dropped");
  return message;
}
