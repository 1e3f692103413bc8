// Puts the gateway together: the only file of this wing that touches the clock, randomness, the process and its streams.
import { randomBytes, randomUUID } from "node:crypto";
import { accessSync, constants, createWriteStream, statSync } from "node:fs";
import { CountersignError } from "../core/base/failure.ts";
import { deploymentOf } from "../core/config/deployment.ts";
import { requireDoor } from "../core/config/door.ts";
import type { ConfigOverride } from "../core/config/overrides.ts";
import { gatewayExchange } from "../io/exchange/files/open.ts";
import {
  configurationFiles,
  loadSetup,
  packageRoot,
  packageVersion,
  reloadSetup,
  type Setup,
} from "../io/file/config.ts";
import { openKeyring } from "../io/file/keyring.ts";
import type { Layout } from "../io/file/layout.ts";
import { openLog } from "../io/log/log.ts";
import { auditKeysOf } from "../io/secrets/audit-keys.ts";
import { readSecretFile } from "../io/secrets/file.ts";
import { openStore } from "../io/store/sqlite/open.ts";
import { openNews } from "./legs/news.ts";
import type { Rounds } from "./legs/rounds.ts";
import { type Live, openLive } from "./live.ts";
import { openRounds } from "./own-rounds.ts";
import { postureLine, startFacts } from "./posture.ts";
import { openObserver } from "./alerts/observer.ts";
import { openSight, type Sight } from "./sight.ts";
import { type HttpDoor, serveOverHttp } from "./serve-http.ts";
import { serveOverStdio, type StdioDoor } from "./serve-stdio.ts";
import { openService, type Service } from "./service.ts";
import { settle } from "./settle.ts";
import { halt, isStorage, type Shared } from "./process-parts.ts";

export interface GatewayOptions {
  readonly layout: Layout;
  readonly configPath?: string | undefined;
  readonly door: "stdio" | "http";
  /** What environment and flags say beside the file. */
  readonly overrides: readonly ConfigOverride[];
  /** Environment variables that secrets are read from, and conditions of gates ask for. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Show the supervisor each second, on descriptor 3, that the process is not stuck. */
  readonly pulse?: boolean;
}

/** Milliseconds without input after a call over the limit: a flood costs one durable entry a second, not a thousand. */
const FLOOD_PAUSE = 1000;

/** sysexits EX_IOERR */
const STORAGE_FAILED = 74;

/** How long requests that run get to end. */
const GRACE_MS = 10_000;

/**
 * Serves one client over standard input and output until the input ends, or everybody over HTTP until it is told to
 * stop; then finishes running calls. Resolves with the exit code. Throws CountersignError when it cannot start.
 */
export async function runGateway(options: GatewayOptions): Promise<number> {
  const ended = Promise.withResolvers<number>();
  if (options.pulse === true) startPulse(() => void (options.door === "http" && ended.resolve(0)));
  const from = [options.layout, packageRoot(), options.configPath, options.overrides] as const;
  const setup = loadSetup(...from, clock());
  requireDoor(options.door, setup.config);
  const shared = await openShared(options, setup, ended.resolve);
  const { version, stopping, end, store, session, log } = shared;
  const facts = { ...startFacts(setup, version, process.versions.node), door: options.door };
  const actor = { principal: "gateway", session };
  const left = store.begin({ event: "process.start", actor, data: facts });
  if (left > 0)
    log.warn({ left }, "an earlier process ended between a write and its outcome: audit.recovered");
  process.stderr.write(`${postureLine(setup, options.door, process.permission !== undefined)}\n`);
  const running = await open(shared, options, setup, () => reloadSetup(...from, clock()));
  process.once("SIGINT", () => end(0));
  process.once("SIGTERM", () => end(0));
  // On stdio a hang-up is the end of the client; for a server it is the old word for "read your configuration again".
  process.on("SIGHUP", () => (options.door === "stdio" ? end(0) : void running.live.look()));
  const code = await ended.promise;
  stopping.abort();
  if (code === 0) return finish(shared, running);
  if (code === STORAGE_FAILED) await running.sight.halted();
  // Let the error answer of the failed call leave, and nothing after it.
  await pause(100, new AbortController().signal);
  return code;
}

/** Nobody is served, so nothing stands in the log of a start. Resolves with the exit code. */
export async function settleGateway(options: Omit<GatewayOptions, "door">): Promise<number> {
  const { layout, configPath, overrides } = options;
  const setup = loadSetup(layout, packageRoot(), configPath, overrides, clock());
  const shared = await openShared(options, setup, () => undefined);
  try {
    await settle(shared, setup);
    return 0;
  } finally {
    shared.store.close();
  }
}

interface Running {
  readonly live: Live;
  readonly rounds: Rounds;
  readonly sight: Sight;
  readonly door: { close(graceMillis: number): Promise<void> };
}

async function open(
  shared: Shared,
  options: GatewayOptions,
  setup: Setup,
  load: () => Setup,
): Promise<Running> {
  const opened: { live?: Live; rounds?: Rounds; stdio?: StdioDoor; door?: StdioDoor | HttpDoor } = {};
  const parts = {
    shared,
    inForce: () => opened.live?.service(),
    kick: () => opened.rounds?.kick(),
    flooded: () => opened.stdio?.hold(pause(FLOOD_PAUSE, shared.stopping.signal)),
  };
  const first = openService(parts, setup);
  const live = openLive(
    {
      shared,
      load,
      stamp: ({ config }) => stampOf(configurationFiles(options.layout, options.configPath, config)),
      open: (changed) => openService(parts, changed),
      door: options.door,
      follow: (service) => followedBy(shared, opened.door, service),
      failed: (error) => failed(shared, error, "the configuration could not be looked at"),
    },
    first,
  );
  opened.live = live;
  const unwell = (error: unknown): void => failed(shared, error, "a round failed");
  const { rounds, fatal } = openRounds(shared, live, deploymentOf(setup.config), unwell);
  opened.rounds = rounds;
  await rounds.once();
  // What ends a gateway that serves keeps this one from opening a door at all.
  const why = fatal();
  if (why !== undefined) throw why;
  const sight = await seen(shared, live, options.door);
  if (options.door === "stdio")
    opened.stdio = serveOverStdio(shared, live, { input: process.stdin, output: process.stdout });
  const door = opened.stdio ?? (await openHttp(shared, live, options));
  opened.door = door;
  return { live, rounds, sight, door };
}

/** Before anybody is served: what the configuration asks for and cannot have ends the start. */
function seen(shared: Shared, live: Live, door: GatewayOptions["door"]): Promise<Sight> {
  const config = (): Setup["config"] => live.service().setup.config;
  const memory = (): number => process.memoryUsage.rss();
  return openSight({ shared, config, door, uid: process.getuid?.(), memory });
}

/** Door and log are ready for the service; the returned function puts them under it. */
function followedBy({ log }: Shared, door: StdioDoor | HttpDoor | undefined, service: Service): () => void {
  const swap = door?.follow(service);
  return () => {
    swap?.();
    log.level = service.setup.config.log.level;
  };
}

async function openHttp(shared: Shared, live: Live, { env, layout }: GatewayOptions): Promise<HttpDoor> {
  const reachable = (): boolean => isReachable(layout.database);
  const door = await serveOverHttp({ shared, live, env, uid: process.getuid?.(), stamp: stampOf, reachable });
  process.stderr.write(`countersign gateway: listening on ${door.where}\n`);
  return door;
}

async function finish(
  { record, store, log }: Shared,
  { live, rounds, sight, door }: Running,
): Promise<number> {
  try {
    live.stop();
    await door.close(GRACE_MS);
    await rounds.stop();
    live.service().corridor.settle();
    await sight.stop();
    record("process.stop", { process: "gateway" });
    store.close();
    return 0;
  } catch (error) {
    log.error({ error }, "the gateway could not end in order");
    return error instanceof CountersignError ? error.exitCode : 1;
  }
}

async function openShared(
  { layout, env }: Pick<GatewayOptions, "layout" | "env">,
  setup: Setup,
  end: (code: number) => void,
): Promise<Shared> {
  const [keys, sealers] = [openKeyring(layout.trust, "attestation"), openKeyring(layout.trust, "sealer")];
  // A start without a key that can verify anything is none.
  keys();
  sealers();
  const exchange = await gatewayExchange(layout.exchange);
  const uid = process.getuid?.();
  const auditKeys = auditKeysOf(setup.config, { env, read: (path) => readSecretFile(path, uid) });
  const { personal } = setup.config.audit;
  const store = openStore(layout.database, { clock, ticks, keys: auditKeys, random: randomBytes, personal });
  const session = randomUUID();
  const log = openLog(setup.config.log.level, process.stderr);
  const actor = { principal: "gateway", session };
  return {
    layout,
    version: packageVersion(packageRoot()),
    exchange,
    keys,
    sealers,
    store,
    log,
    news: openNews(),
    observer: openObserver((error) => log.error({ error }, "a call could not be counted")),
    session,
    stopping: new AbortController(),
    clock,
    ticks,
    newId: () => randomUUID(),
    random: (bytes) => randomBytes(bytes),
    env,
    disclosureKey: randomBytes(32),
    pause,
    every,
    record: (event, data) => void store.record({ event, actor, data }),
    end,
  };
}

function failed(shared: Shared, error: unknown, what: string): void {
  if (isStorage(error)) halt(shared, error);
  else shared.log.error({ error }, what);
}

/** Differs when any of the files was written, replaced, removed, or given another mode or owner; undefined when the first one is not there. */
function stampOf([first = "", ...others]: readonly string[]): string | undefined {
  const stamp = stampOfOne(first);
  return stamp === undefined
    ? undefined
    : [stamp, ...others.map((file) => stampOfOne(file) ?? "-")].join(" ");
}

function stampOfOne(file: string): string | undefined {
  try {
    // Mode and owner decide whether the file is believed; a change of those leaves its time of writing as it was.
    const { ino, size, mtimeNs, ctimeNs, mode, uid } = statSync(file, { bigint: true });
    return [ino, size, mtimeNs, ctimeNs, mode, uid].join(":");
  } catch {
    return undefined;
  }
}

function isReachable(file: string): boolean {
  try {
    accessSync(file, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * A supervisor that is gone is no reason to end for a gateway on stdio: its input says when to do that. One that listens
 * would be left alone for ever, with a door open that nobody knows of: `gone` ends it.
 */
function startPulse(gone: () => void): void {
  const sign = createWriteStream("", { fd: 3 });
  const timer = setInterval(() => sign.write("."), 1000).unref();
  sign.on("error", () => {
    clearInterval(timer);
    gone();
  });
}

const clock = (): number => Date.now();
const ticks = (): number => performance.now();

function every(millis: number, tick: () => void): () => void {
  const timer = setInterval(tick, millis);
  return () => clearInterval(timer);
}

/** Resolves after `millis`, or at once when the signal aborts. */
function pause(millis: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, millis);
    if (signal.aborted) done();
    else signal.addEventListener("abort", done);
  });
}
