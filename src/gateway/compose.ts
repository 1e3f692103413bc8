// Puts the gateway together: the only file of this wing that touches the clock, randomness, the process and its streams.
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { randomUUID } from "node:crypto";
import { createWriteStream, readFileSync } from "node:fs";
import { join } from "node:path";
import { parsePublicKey, type TrustedKey } from "../core/attestation/key.ts";
import type { AuditData, AuditEvent } from "../core/audit/entry.ts";
import { CountersignError } from "../core/base/failure.ts";
import type { GatewayExchange } from "../io/exchange/exchange.ts";
import { gatewayExchange } from "../io/exchange/files/open.ts";
import { loadSetup, packageRoot, type Setup } from "../io/file/config.ts";
import { ATTESTATION_PUBLIC, type Layout } from "../io/file/layout.ts";
import { type Log, openLog } from "../io/log/log.ts";
import { openStore } from "../io/store/sqlite/open.ts";
import type { Store } from "../io/store/store.ts";
import { type News, openNews } from "./legs/news.ts";
import { type Rounds, startRounds } from "./legs/rounds.ts";
import { openShelf, type Shelf } from "./manifest/shelf.ts";
import { type McpParts, mcpServer } from "./mcp/server.ts";
import { StdioWire } from "./mcp/stdio.ts";
import { postureLine, startFacts } from "./posture.ts";
import { openScope } from "../core/identity/scope.ts";
import { wholeScope } from "./auth/grants.ts";
import { type Corridor, openCorridor } from "./tools/call.ts";
import { presented, toolTable } from "./tools/table.ts";
import type { Tool } from "./tools/tool.ts";

export interface GatewayOptions {
  readonly layout: Layout;
  readonly configPath?: string | undefined;
  /** Show the supervisor each second, on descriptor 3, that the process is not stuck. */
  readonly pulse?: boolean;
}

/** stdio has one caller: whoever started the process. */
const PRINCIPAL = "local:stdio";

/** Milliseconds without input after a call over the limit: a flood costs one durable entry a second, not a thousand. */
const FLOOD_PAUSE = 1000;

/** What the whole process shares. */
interface Shared {
  readonly setup: Setup;
  readonly version: string;
  readonly exchange: GatewayExchange;
  readonly keys: readonly TrustedKey[];
  readonly store: Store;
  readonly log: Log;
  readonly news: News;
  readonly session: string;
  readonly stopping: AbortController;
  readonly record: (event: AuditEvent, data: AuditData) => void;
  /** Ends the process with this exit code. */
  readonly end: (code: number) => void;
}

/**
 * Serves one client over standard input and output until the input ends, then finishes running calls. Resolves with
 * the exit code. Throws CountersignError when it cannot start.
 */
export async function runGateway({ layout, configPath, pulse = false }: GatewayOptions): Promise<number> {
  if (pulse) startPulse();
  const ended = Promise.withResolvers<number>();
  const shared = await openShared(layout, configPath, ended.resolve);
  const { setup, version, stopping, record, end } = shared;
  record("process.start", startFacts(setup, version, process.versions.node));
  process.stderr.write(`${postureLine(setup, PRINCIPAL, process.permission !== undefined)}\n`);
  const shelf = openManifests(shared);
  const rounds = openRounds(shared, shelf);
  await rounds.once();
  const connection = connect(shared, shelf, rounds);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => end(0));
  const code = await ended.promise;
  stopping.abort();
  if (code === 0) return finish(shared, rounds, connection);
  // Let the error answer of the failed call leave, and nothing after it.
  await pause(100, new AbortController().signal);
  return code;
}

async function finish(
  { record, store, log }: Shared,
  rounds: Rounds,
  connection: { close(): Promise<void> },
): Promise<number> {
  try {
    await connection.close();
    await rounds.stop();
    record("process.stop", { process: "gateway" });
    store.close();
    return 0;
  } catch (error) {
    log.error({ error }, "the gateway could not end in order");
    return error instanceof CountersignError ? error.exitCode : 1;
  }
}

async function openShared(
  layout: Layout,
  configPath: string | undefined,
  end: (code: number) => void,
): Promise<Shared> {
  const setup = loadSetup(layout, packageRoot(), configPath);
  const keys = [readTrustedKey(join(layout.trust, ATTESTATION_PUBLIC))];
  const exchange = await gatewayExchange(layout.exchange);
  const store = openStore(layout.database, { clock });
  const session = randomUUID();
  const actor = { principal: "gateway", session };
  return {
    setup,
    version: readVersion(),
    exchange,
    keys,
    store,
    log: openLog(setup.config.log.level, process.stderr),
    news: openNews(),
    session,
    stopping: new AbortController(),
    record: (event, data) => void store.record({ event, actor, data }),
    end,
  };
}

function openManifests({ setup, exchange, keys, record, news, log }: Shared): Shelf {
  const { config, policy: own } = setup;
  const expected = { keys, repository: config.repository.name, policy: own };
  return openShelf(exchange.published, expected, {
    received({ digest, manifest }) {
      const { commit, policy, entries } = manifest;
      record("manifest.received", { manifest: digest, commit, policy, entries: entries.length });
      news.tell({ kind: "manifest" });
    },
    refused(digest, { code, message, where, ref }) {
      record("manifest.refused", { manifest: digest, reason: code, where, ref });
      log.warn({ manifest: digest, code, ref, why: message }, "a manifest was refused");
      news.tell({ kind: "manifest" });
    },
  });
}

function openRounds(shared: Shared, shelf: Shelf): Rounds {
  const { setup, store, exchange, keys, news, log, session } = shared;
  const { orders, verdicts } = exchange;
  const actor = { principal: "gateway", session };
  return startRounds({
    store,
    orders,
    verdicts,
    keys,
    clock,
    ttlSeconds: setup.config.proposal.ttl_seconds,
    news,
    actor,
    exchange,
    shelf,
    log,
    every(millis, tick) {
      const timer = setInterval(tick, millis);
      return () => clearInterval(timer);
    },
    failed: (error) =>
      error instanceof CountersignError && error.code === "storage"
        ? halt(shared, error)
        : log.error({ error }, "a round failed"),
  });
}

function connect(shared: Shared, shelf: Shelf, rounds: Rounds): { close(): Promise<void> } {
  const { setup, store, news, log, session, stopping, end } = shared;
  const style = setup.config.server.tools.name_style;
  const tools = openTools(shared, shelf, rounds);
  const flooded = (): void => transport.hold(pause(FLOOD_PAUSE, stopping.signal));
  const corridor = openCall(shared, tools, flooded);
  const who = { principal: PRINCIPAL, credential: "local", scope: openScope(wholeScope(setup.config)), session };
  const parts: McpParts = {
    version: shared.version,
    tools,
    corridor,
    news,
    who,
    stopping: stopping.signal,
    reached: (id) => transport.reached(id),
    presented: (tool) => presented(tool, style),
    owns: (id) => store.proposal(id)?.order.principal === PRINCIPAL,
  };
  const transport: StdioWire = new StdioWire({
    input: process.stdin,
    output: process.stdout,
    rejected: (fault) => void corridor.reject(fault.tool ?? "message", fault.refusal, who),
    ending: () => stopping.abort(),
    closed: () => end(0),
  });
  const onerror = (error: Error): void => log.debug({ error }, "protocol");
  return serveStdio(({ era }) => mcpServer(parts, era), { transport, onerror });
}

function openTools(
  { setup, exchange, store, news }: Shared,
  shelf: Shelf,
  rounds: Rounds,
): ReadonlyMap<string, Tool> {
  const { config, protect } = setup;
  return toolTable({
    config,
    protect,
    shelf,
    store,
    clock,
    news,
    pause,
    published: exchange.published,
    orders: exchange.orders,
    newId: () => randomUUID(),
    kick(id) {
      news.tell({ kind: "patch", id });
      rounds.kick();
    },
  });
}

function openCall(shared: Shared, tools: ReadonlyMap<string, Tool>, flooded: () => void): Corridor {
  const { store, log, setup } = shared;
  const { proposal } = setup.config;
  return openCorridor({
    tools,
    store,
    log,
    maxCallBytes: proposal.max_call_bytes,
    fatal: (error) => halt(shared, error),
    flooded,
  });
}

/** Audit or deny: without its log the gateway is of no use to anybody but an attacker. */
function halt({ log, end }: Shared, error: CountersignError): void {
  log.error({ error }, "storage failed; the gateway stops");
  end(error.exitCode);
}

function readTrustedKey(path: string): TrustedKey {
  let pem: string;
  try {
    pem = readFileSync(path, "utf8");
  } catch (cause) {
    throw new CountersignError("key_unusable", `cannot read the public key ${path}`, {
      fix: "Run countersign init.",
      cause,
    });
  }
  return parsePublicKey(pem, path);
}

function readVersion(): string {
  const json: unknown = JSON.parse(readFileSync(join(packageRoot(), "package.json"), "utf8"));
  return typeof json === "object" && json !== null && "version" in json ? String(json.version) : "unknown";
}

/** A supervisor that is gone is no reason to end: our input says when to do that. */
function startPulse(): void {
  const sign = createWriteStream("", { fd: 3 });
  sign.on("error", () => clearInterval(timer));
  const timer = setInterval(() => sign.write("."), 1000).unref();
}

const clock = (): number => Date.now();

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
