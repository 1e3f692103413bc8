// Puts the gateway together: the only file of this wing that touches the clock, randomness, the process and its streams.
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { AuditEvent, AuditData } from "../core/audit/entry.ts";
import { parsePublicKey, type TrustedKey } from "../core/attestation/key.ts";
import { CountersignError } from "../core/base/failure.ts";
import { canonical } from "../core/base/canonical.ts";
import { sha256 } from "../core/base/digest.ts";
import type { Config } from "../core/config/schema.ts";
import { gatewayExchange } from "../io/exchange/files/open.ts";
import type { GatewayExchange } from "../io/exchange/exchange.ts";
import { loadSetup, packageRoot, type Setup } from "../io/file/config.ts";
import { ATTESTATION_PUBLIC, type Layout } from "../io/file/layout.ts";
import { type Log, openLog } from "../io/log/log.ts";
import { openStore } from "../io/store/sqlite/open.ts";
import type { Store } from "../io/store/store.ts";
import { openNews, type News } from "./legs/news.ts";
import { type Rounds, startRounds } from "./legs/rounds.ts";
import { openShelf, type Shelf } from "./manifest/shelf.ts";
import { mcpServer } from "./mcp/server.ts";
import { stdioTransport } from "./mcp/stdio.ts";
import { openCorridor } from "./tools/call.ts";
import { presented, toolTable } from "./tools/table.ts";

export interface GatewayOptions {
  readonly layout: Layout;
  readonly configPath?: string | undefined;
}

/** What the whole process shares. */
interface Process {
  readonly setup: Setup;
  readonly exchange: GatewayExchange;
  readonly keys: readonly TrustedKey[];
  readonly store: Store;
  readonly log: Log;
  readonly news: News;
  readonly session: string;
  record(event: AuditEvent, data: AuditData): void;
  fatal(error: CountersignError): void;
}

/** stdio has one caller: whoever started the process. */
const PRINCIPAL = "local:stdio";
const clock = (): number => Date.now();

/**
 * Serves one client over standard input and output until the input ends, then finishes running calls. Resolves with
 * the exit code. Throws CountersignError when it cannot start.
 */
export async function runGateway({ layout, configPath }: GatewayOptions): Promise<number> {
  const ended = Promise.withResolvers<number>();
  const shared = await openProcess(layout, configPath, (error) => ended.resolve(error.exitCode));
  const stopping = new AbortController();
  const shelf = shelfOf(shared);
  const rounds = roundsOf(shared, shelf);
  shared.record("process.start", startFacts(shared.setup));
  process.stderr.write(`${posture(shared.setup)}\n`);
  await rounds.once();
  const stop = serve(shared, shelf, rounds, stopping, () => ended.resolve(0));
  const end = (): void => stopping.abort();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    process.once(signal, () => void stop().then(() => ended.resolve(0)));
  const code = await ended.promise;
  end();
  return code === 0 ? finish(shared, rounds) : settle(code);
}

/** Let the error answer of the failed call leave, and nothing after it. */
async function settle(code: number): Promise<number> {
  await sleep(100);
  return code;
}

async function finish({ record, store, log }: Process, rounds: Rounds): Promise<number> {
  try {
    await rounds.stop();
    record("process.stop", {});
    store.close();
    return 0;
  } catch (error) {
    log.error({ error }, "the store failed at the end");
    return error instanceof CountersignError ? error.exitCode : 1;
  }
}

async function openProcess(
  layout: Layout,
  configPath: string | undefined,
  stop: (error: CountersignError) => void,
): Promise<Process> {
  const setup = loadSetup(layout, packageRoot(), configPath);
  const log = openLog(setup.config.log.level, process.stderr);
  const keys = [readTrustedKey(join(layout.trust, ATTESTATION_PUBLIC))];
  const exchange = await gatewayExchange(layout.exchange);
  const store = openStore(layout.database, { clock });
  const session = randomUUID();
  const actor = { principal: "gateway", session };
  return {
    setup,
    exchange,
    keys,
    store,
    log,
    news: openNews(),
    session,
    record: (event, data) => void store.record({ event, actor, data }),
    fatal: (error) => {
      log.error({ error }, "storage failed; the gateway stops");
      stop(error);
    },
  };
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

function shelfOf({ setup, exchange, keys, record, news, log }: Process): Shelf {
  return openShelf(exchange.published, keys, setup.config.repository.name, {
    received({ digest, manifest }) {
      const { commit, policy, entries } = manifest;
      record("manifest.received", { manifest: digest, commit, policy, entries: entries.length });
      if (policy !== setup.policy)
        log.warn({ manifest: digest }, "the manifest was published under another policy");
      news.tell({ kind: "manifest" });
    },
    refused(digest, { code, message, where, ref }) {
      record("manifest.refused", { manifest: digest, reason: code, where, ref });
      log.warn(
        { manifest: digest, code, ref, why: message },
        "a manifest was refused; the last good one stays",
      );
    },
  });
}

function roundsOf(shared: Process, shelf: Shelf): Rounds {
  const { store, exchange, keys, news, log, session, fatal } = shared;
  const { orders, verdicts } = exchange;
  return startRounds({
    store,
    orders,
    verdicts,
    keys,
    clock,
    news,
    exchange,
    shelf,
    log,
    actor: { principal: "gateway", session },
    every(millis, tick) {
      const timer = setInterval(tick, millis);
      return () => clearInterval(timer);
    },
    failed(error) {
      if (error instanceof CountersignError && error.code === "storage") fatal(error);
      else log.error({ error }, "a round failed");
    },
  });
}

/** Returns the function that closes the connection. */
function serve(
  shared: Process,
  shelf: Shelf,
  rounds: Rounds,
  stopping: AbortController,
  ended: () => void,
): () => Promise<void> {
  const { setup, store, exchange, news, log, session, fatal } = shared;
  const { config, protect } = setup;
  const style = config.server.tools.name_style;
  const tools = toolTable({
    config,
    protect,
    shelf,
    published: exchange.published,
    store,
    clock,
    news,
    newId: () => randomUUID(),
    pause: async (millis, signal) => sleep(millis, undefined, { signal }).catch(() => undefined),
    kick(id) {
      news.tell({ kind: "patch", id });
      rounds.kick();
    },
  });
  const limits = { perMinute: config.calls.per_minute, maxCallBytes: config.proposal.max_call_bytes };
  const corridor = openCorridor({ tools, store, ...limits, log, fatal });
  const caller = { principal: PRINCIPAL, session };
  const parts = {
    version: version(),
    tools,
    corridor,
    news,
    ...caller,
    stopping: stopping.signal,
    presented: (tool: string) => presented(tool, style),
    owns: (id: Parameters<Store["proposal"]>[0]) => store.proposal(id)?.order.principal === PRINCIPAL,
  };
  const transport = stdioTransport({
    input: process.stdin,
    output: process.stdout,
    rejected: (fault) => void corridor.reject(fault.tool ?? "message", fault.refusal, caller),
    ending: () => stopping.abort(),
  });
  const handle = serveStdio(({ era }) => mcpServer(parts, era), {
    transport,
    onerror: (error) => log.debug({ error }, "protocol"),
  });
  const sdkClose = transport.onclose;
  transport.onclose = () => {
    sdkClose?.();
    ended();
  };
  return () => handle.close();
}

/** One line that says under which posture this process stands. */
function posture({ config, preset, policy }: Setup): string {
  const walls = process.permission === undefined ? "NO permission model" : "permission model on";
  const network = "no listening socket";
  return `countersign gateway: stdio, ${PRINCIPAL}, preset ${preset}, policy ${policy.slice(0, 12)}, ${walls}, ${network}, shared user: ${config.gateway.shared_user}`;
}

function startFacts({ config, preset, policy, rules }: Setup): AuditData {
  return {
    process: "gateway",
    version: version(),
    preset,
    policy,
    config_sha256: sha256(canonical(config satisfies Config)),
    rules: rules.version,
    node: process.versions.node,
  };
}

function version(): string {
  const json: unknown = JSON.parse(readFileSync(join(packageRoot(), "package.json"), "utf8"));
  return typeof json === "object" && json !== null && "version" in json ? String(json.version) : "0";
}
