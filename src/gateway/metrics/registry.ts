// The numbers themselves: counters that calls move, and gauges that are looked up when somebody scrapes.
import { Counter, collectDefaultMetrics, Gauge, Histogram, type Metric, Registry } from "prom-client";
import { type AlertName, alertNames } from "../../core/alert/alert.ts";
import type { Reason } from "../../core/base/reason.ts";
import { millisOf } from "../../core/base/time.ts";
import { states } from "../../core/proposal/state.ts";
import type { Looked } from "../../io/alerts/look.ts";
import type { GuardSeen, Observer, SeenCall } from "../alerts/observer.ts";

export interface MetricParts {
  readonly observer: Pick<Observer, "listen">;
  /** What the watch saw last; it looks every two seconds. */
  readonly latest: () => { readonly looked: Looked | undefined; readonly active: ReadonlySet<AlertName> };
  /** Messages that wait for the webhook. */
  readonly waiting: () => Promise<number>;
  readonly clock: () => number;
  /** Resident memory in bytes; /proc is behind the gateway's walls. */
  readonly memory: () => number;
}

export interface Metrics {
  /** The whole page, as text. */
  page(): Promise<string>;
  readonly type: string;
  /** How a scrape came out. */
  scraped(how: Scrape): void;
}

export const scrapes = ["served", "refused"] as const;
export type Scrape = (typeof scrapes)[number];

/** Codes by which a caller hears that it is over some limit. */
const LIMITERS: ReadonlySet<Reason> = new Set<Reason>([
  "rate_calls",
  "rate_proposals",
  "rate_address",
  "too_many_pending",
  "budget_exhausted",
  "server_busy",
  "limiter_unavailable",
]);

/** From half a millisecond to half a minute. */
const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
/** Read from /proc, which this process may not open: they would stand there without a value, or with a wrong one. */
const UNREADABLE = [
  "process_resident_memory_bytes",
  "process_virtual_memory_bytes",
  "process_heap_bytes",
  "process_open_fds",
  "process_max_fds",
];

/**
 * Every label is a word of ours: tools of the table, codes of the catalogue, states, alerts. Whatever agents write, the
 * page has a size that can be told beforehand.
 */
export function openMetrics(parts: MetricParts): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  for (const name of UNREADABLE) registry.removeSingleMetric(name);
  countCalls(parts.observer, registers);
  for (const metric of watched(parts)) registry.registerMetric(metric);
  const counted = counter(registers, "countersign_scrapes_total", "Requests for this page.", ["outcome"]);
  for (const outcome of scrapes) counted.inc({ outcome }, 0);
  return {
    page: () => registry.metrics(),
    type: registry.contentType,
    scraped: (outcome) => counted.inc({ outcome }),
  };
}

type Registers = Registry[];

function counter<L extends string>(
  registers: Registers,
  name: string,
  help: string,
  labelNames: readonly L[],
): Counter<L> {
  return new Counter({ name, help, labelNames, registers });
}

function countCalls(observer: Pick<Observer, "listen">, registers: Registers): void {
  const calls = counter(registers, "countersign_calls_total", "Calls by tool, outcome and reason.", [
    "tool",
    "outcome",
    "reason",
  ]);
  const limited = counter(registers, "countersign_limited_total", "Refusals over a limit.", ["reason"]);
  const access = counter(registers, "countersign_access_refused_total", "Refusals at the door.", ["reason"]);
  const guard = counter(
    registers,
    "countersign_guard_total",
    "Proposals by what the guard did: bypassed ones were not looked through.",
    ["how"],
  );
  const seconds = new Histogram({
    name: "countersign_call_seconds",
    help: "From the arrival of a call to its answer; with wait_seconds the waiting too.",
    labelNames: ["tool"] as const,
    buckets: SECONDS,
    registers,
  });
  const hears: readonly GuardSeen[] = ["passed", "flagged", "bypassed", "blocked"];
  for (const how of hears) guard.inc({ how }, 0);
  const limit = (reason: Reason | "none"): void => {
    if (reason !== "none" && LIMITERS.has(reason)) limited.inc({ reason });
  };
  observer.listen({
    call({ tool, outcome, reason, millis }: SeenCall) {
      calls.inc({ tool, outcome, reason });
      seconds.observe({ tool }, Math.max(0, millis) / 1000);
      limit(reason);
    },
    guard: (how) => guard.inc({ how }),
    access(reason) {
      access.inc({ reason });
      limit(reason);
    },
  });
}

/** A gauge of one value, or of none where it is not known: a 0 in its place would look like good news. */
function gauge(name: string, help: string, value: () => number | undefined | Promise<number>): Gauge {
  return new Gauge({
    name,
    help,
    registers: [],
    async collect() {
      const now = await value();
      this.reset();
      if (now === undefined) this.remove();
      else this.set(now);
    },
  });
}

function watched({ latest, waiting, clock, memory }: MetricParts): readonly Metric[] {
  const looked = (): Looked | undefined => latest().looked;
  const numbers = (): Looked["numbers"] => looked()?.numbers;
  const age = (): number | undefined => {
    const at = looked()?.heartbeat?.at;
    return at === undefined ? undefined : Math.max(0, clock() - millisOf(at)) / 1000;
  };
  const kinds: readonly (readonly [name: string, help: string, value: Parameters<typeof gauge>[2]])[] = [
    ["countersign_validator_heartbeat_age_seconds", "Since the validator's last sign of life.", age],
    [
      "countersign_validator_queue",
      "Orders without a verdict, as it says.",
      () => looked()?.heartbeat?.queue,
    ],
    ["countersign_seal_lag_entries", "Entries that no checkpoint covers.", () => looked()?.seen.lag?.entries],
    ["countersign_seal_lag_seconds", "Age of the oldest of them.", () => looked()?.seen.lag?.seconds],
    ["countersign_outbox_orders", "Orders that were not handed over yet.", () => numbers()?.outbox],
    ["countersign_alert_messages_waiting", "Alerts that the webhook has not taken.", waiting],
    ["countersign_open_incidents", "Incidents that are open.", () => looked()?.seen.incidents],
    ["process_resident_memory_bytes", "Resident memory size in bytes.", memory],
  ];
  return [
    ...kinds.map((kind) => gauge(...kind)),
    perState(numbers),
    perAlert(() => latest().active),
    ...commits(numbers),
  ];
}

function perState(numbers: () => Looked["numbers"]): Metric {
  return new Gauge({
    name: "countersign_proposals",
    help: "Proposals by state.",
    labelNames: ["state"] as const,
    registers: [],
    collect() {
      const found = numbers()?.states;
      this.reset();
      if (found !== undefined) for (const state of states) this.set({ state }, found[state] ?? 0);
    },
  });
}

function perAlert(active: () => ReadonlySet<AlertName>): Metric {
  return new Gauge({
    name: "countersign_alert_active",
    help: "1 for an alert that is raised.",
    labelNames: ["alert"] as const,
    registers: [],
    collect() {
      const now = active();
      for (const alert of alertNames) this.set({ alert }, now.has(alert) ? 1 : 0);
    },
  });
}

/** Calls in a transaction: their quotient is the size of a batch. */
function commits(numbers: () => Looked["numbers"]): readonly Metric[] {
  const kinds = [
    ["countersign_store_commits_total", "Transactions that recorded calls.", "transactions"],
    ["countersign_store_committed_calls_total", "Calls in those transactions.", "works"],
  ] as const;
  return kinds.map(
    ([name, help, key]) =>
      new Counter({
        name,
        help,
        registers: [],
        collect() {
          this.reset();
          this.inc(numbers()?.commits[key] ?? 0);
        },
      }),
  );
}
