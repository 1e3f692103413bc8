// A gateway without its process: the real tools, store and exchange of a state folder, called as the protocol would.
import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { AuditEntry } from "../../src/core/audit/entry.ts";
import type { CountersignError } from "../../src/core/base/failure.ts";
import type { PatchId } from "../../src/core/base/ids.ts";
import { deploymentOf } from "../../src/core/config/deployment.ts";
import { openScope, type ScopeWords } from "../../src/core/identity/scope.ts";
import { compileGuard, type Guard } from "../../src/core/content/guard.ts";
import { scannerOf } from "../../src/core/secrets/find.ts";
import { wholeScope } from "../../src/gateway/auth/grants.ts";
import { type Gates, openGates } from "../../src/gateway/gates/gates.ts";
import { openNews } from "../../src/gateway/legs/news.ts";
import { openServed } from "../../src/gateway/manifest/served.ts";
import { openShelf, type Shelf } from "../../src/gateway/manifest/shelf.ts";
import { type Rounds, startRounds } from "../../src/gateway/legs/rounds.ts";
import { openSealing } from "../../src/gateway/legs/sealing.ts";
import { openCorridor, type Outcome, type OwnCorridor } from "../../src/gateway/tools/call.ts";
import type { OtherParts } from "../../src/gateway/tools/others.ts";
import { toolTable } from "../../src/gateway/tools/table.ts";
import type { Caller, Tool } from "../../src/gateway/tools/tool.ts";
import { gatewayExchange } from "../../src/io/exchange/files/open.ts";
import type { GatewayExchange, OrderWriter } from "../../src/io/exchange/exchange.ts";
import { loadSetup, packageRoot } from "../../src/io/file/config.ts";
import { openKeyring } from "../../src/io/file/keyring.ts";
import { openLog } from "../../src/io/log/log.ts";
import { openStore } from "../../src/io/store/sqlite/open.ts";
import type { Store } from "../../src/io/store/store.ts";
import { type PublishedState, publishedState } from "./published.ts";
import { removeScratch } from "./scratch.ts";

export interface GatewayLab extends PublishedState {
  readonly store: Store;
  readonly gatewayExchange: GatewayExchange;
  readonly shelf: Shelf;
  readonly tools: ReadonlyMap<string, Tool>;
  readonly rounds: Rounds;
  /** Failures that would have ended the process. */
  readonly fatal: CountersignError[];
  readonly corridor: OwnCorridor;
  /** The gates of the policy. */
  readonly gates: Gates;
  /** A caller of this name, with what the configuration allows anybody unless `words` says otherwise. */
  as(principal: string, words?: Partial<ScopeWords>): Pick<Caller, "principal" | "scope">;
  call(name: string, args: unknown, caller?: Partial<Caller>): Promise<Outcome>;
  /** The answer's output. Throws when the call was refused. */
  output(name: string, args: unknown, caller?: Partial<Caller>): Promise<Record<string, unknown>>;
  /** The refusal's code, or undefined. */
  code(name: string, args: unknown, caller?: Partial<Caller>): Promise<string | undefined>;
  entries(): readonly AuditEntry[];
  /** Moves the clock. */
  later(millis: number): void;
  stop(): Promise<void>;
}

export interface LabOptions {
  readonly toml?: string;
  /** Another gateway on the same state. */
  readonly beside?: GatewayLab;
  /** Stands between the tools and the store. */
  readonly store?: (real: Store) => Store;
  /** Writes the notes that close orders, instead of the exchange. */
  readonly close?: OrderWriter["close"];
  /** Milliseconds to add at each look at the tools' clock. */
  readonly tick?: () => number;
  /** The gateway's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Stands between the tools and the content guard. */
  readonly guard?: (real: Guard) => Guard;
  /** Stands between the tools and the gates. */
  readonly gates?: (real: Gates) => Gates;
  /** The configuration that is in force when an answer leaves; the lab's own unless it is said. */
  readonly inForce?: () => OtherParts | undefined;
}

export async function gatewayLab({
  toml = "",
  beside,
  store: wrap = (real) => real,
  close,
  tick = () => 0,
  env = {},
  gates: gated = (real) => real,
  guard: guardedBy = (real) => real,
  inForce,
}: LabOptions = {}): Promise<GatewayLab> {
  const state = beside ?? (await publishedState(toml));
  mkdirSync(dirname(state.layout.database), { recursive: true });
  let shift = 0;
  const clock = (): number => Date.now() + shift;
  const setup = loadSetup(state.layout, packageRoot(), undefined, [], clock());
  const { config, protect, policy } = setup;
  const real = openStore(state.layout.database, { clock });
  const store = wrap(real);
  const exchange = await gatewayExchange(state.layout.exchange);
  const log = openLog("error", { write: () => undefined });
  const news = openNews();
  const fatal: CountersignError[] = [];
  const keys = openKeyring(state.layout.trust, "attestation");
  const actor = { principal: "gateway", session: "lab" };
  const shelf = openShelf(
    exchange.published,
    { keys, repository: config.repository.name, policy },
    {
      received: ({ digest }) =>
        void store.record({ event: "manifest.received", actor, data: { manifest: digest } }),
      refused: (digest, { code }) =>
        void store.record({ event: "manifest.refused", actor, data: { manifest: digest, reason: code } }),
    },
  );
  const { verdicts } = exchange;
  const orders: OrderWriter = close === undefined ? exchange.orders : { ...exchange.orders, close };
  const ttlSeconds = (): number => config.proposal.ttl_seconds;
  const legs = { store, orders, verdicts, keys, clock, ttlSeconds, news, actor };
  // No timer and no watcher: a test says when a round is.
  const quiet = { ...exchange, watch: () => ({ close: () => undefined }) };
  const rounds = startRounds({
    ...legs,
    exchange: quiet,
    sealing: openSealing({
      store: real,
      exchange,
      deployment: deploymentOf(config),
      sealers: () => [state.sealer.trusted],
      clock,
      log,
      actor,
    }),
    shelf,
    log,
    every: () => () => undefined,
    failed: (error) => void fatal.push(error as CountersignError),
  });
  const pause = (millis: number): Promise<void> => sleep(Math.min(millis, 20));
  const kick = (id: PatchId): void => news.tell({ kind: "patch", id });
  const disclosureKey = randomBytes(32);
  const gates = gated(openGates({ setup, layout: state.layout, clock, env, disclosureKey }));
  const tools = toolTable({
    config,
    gates,
    inForce: () => inForce?.() ?? { config, gates },
    verdicts,
    protect,
    scanner: scannerOf(setup.rules.secrets),
    guard: guardedBy(compileGuard(setup.rules.guard)),
    shelf,
    served: openServed(exchange.published, config),
    orders,
    incidents: exchange.incidents,
    store,
    clock: () => clock() + tick(),
    news,
    newId: () => crypto.randomUUID(),
    pause,
    kick,
  });
  const limits = { maxCallBytes: config.proposal.max_call_bytes };
  const failed = (error: CountersignError): void => void fatal.push(error);
  const { incidents } = exchange;
  const corridor = openCorridor({ tools, gates, store, ...limits, clock, log, incidents, fatal: failed });
  const defaults: Caller = {
    principal: "local:stdio",
    credential: "local",
    scope: openScope(wholeScope(config)),
    session: "session-1",
    progress: () => undefined,
    signal: new AbortController().signal,
  };
  const call = (name: string, args: unknown, caller: Partial<Caller> = {}): Promise<Outcome> =>
    corridor.call(name, args, { ...defaults, ...caller });
  return {
    ...state,
    store,
    gatewayExchange: exchange,
    shelf,
    tools,
    rounds,
    fatal,
    corridor,
    gates,
    as: (principal, words = {}) => ({ principal, scope: openScope({ ...wholeScope(config), ...words }) }),
    call,
    async output(name, args, caller) {
      const outcome = await call(name, args, caller);
      if (outcome.kind !== "answer") throw new Error(JSON.stringify(outcome.refusal));
      // Every answer that any test gets fits the schema that clients were shown.
      return tools.get(name)!.output.parse(outcome.output) as Record<string, unknown>;
    },
    async code(name, args, caller) {
      const outcome = await call(name, args, caller);
      return outcome.kind === "answer" ? undefined : outcome.refusal.code;
    },
    entries: () => [...real.auditRows(0)].map(({ line }) => JSON.parse(line) as AuditEntry),
    later: (millis) => void (shift += millis),
    async stop() {
      await rounds.stop();
      real.close();
      if (beside === undefined) removeScratch(state.layout.root);
    },
  };
}

/** Arguments of a proposal, valid unless a test changes a field; `base` and `edits` or `diff` are the test's. */
export function proposalArgs(base: string, changes: Record<string, unknown>): Record<string, unknown> {
  return {
    base,
    title: "A change",
    rationale: "A change that a test proposes.",
    change_type: "code_modification",
    risk_level: "low",
    ...changes,
  };
}
