// The HTTP door put together: who may come in, what is served where, and what follows a changed configuration.
import type { Refusal } from "../core/base/refusal.ts";
import type { Config } from "../core/config/schema.ts";
import type { Principal } from "../core/identity/principal.ts";
import { isSecretWord } from "../core/proposal/words.ts";
import { scannerOf } from "../core/secrets/find.ts";
import { configuredPath } from "../io/file/config.ts";
import { actionRoutes } from "./actions/routes.ts";
import type { Presented } from "./auth/authenticate.ts";
import { metadataRoutes, publicOrigin } from "./auth/metadata.ts";
import type { FailureMeter } from "./auth/meter.ts";
import { tokenRoute } from "./auth/refresh.ts";
import type { OpenRoute, Route } from "./http/exchange.ts";
import type { Attempt, Door, DoorParts, HttpConfig } from "./http/parts.ts";
import { openDoor } from "./http/server.ts";
import { type InForce, type InForceParts, openInForce, verifierOf } from "./in-force.ts";
import type { Live } from "./live.ts";
import type { McpHttpParts } from "./mcp/http-parts.ts";
import { sseRoutes } from "./mcp/sse.ts";
import { mcpRoutes } from "./mcp/streamable.ts";
import { openStreams } from "./mcp/streams.ts";
import { readiness, type ReadyParts } from "./ready.ts";
import type { Service } from "./service.ts";
import { halt, type Shared } from "./process-parts.ts";
import { openUncharged, type Uncharged } from "./tools/uncharged.ts";

export interface HttpParts extends InForceParts {
  readonly shared: Shared;
  readonly live: Live;
  /** Differs when any of the files was written or replaced; undefined when one is not there. */
  readonly stamp: (files: readonly string[]) => string | undefined;
  /** The database file can be opened now. */
  readonly reachable: () => boolean;
}

export interface HttpDoor {
  /** Where it listens, for a person: a URL, or the path of a socket. */
  readonly where: string;
  /** Throws, or returns what puts a changed configuration in force from the next request on. */
  follow(service: Service): () => void;
  close(graceMillis: number): Promise<void>;
}

const MINUTE = 60_000;
const LOOK_MS = 2000;

/** Throws CountersignError when the door must not, or cannot, be opened. */
export async function serveOverHttp(parts: HttpParts): Promise<HttpDoor> {
  const { shared, live } = parts;
  const first = live.service();
  const presented = new WeakMap<Principal, Presented>();
  const jwt = verifierOf(parts, first);
  const uncharged = openUncharged(shared.clock);
  const inForce = { now: openInForce(parts, first, presented, jwt), uncharged };
  const origin: { port?: number } = {};
  const { open, routes } = await routesOf(parts, inForce, presented, origin);
  const http = absolute(parts, first);
  const door = await openDoor({
    ...behindDoor(parts, inForce),
    http,
    auth: first.setup.config.auth.mode,
    routes,
    open,
  });
  if ("port" in door.address) origin.port = door.address.port;
  const stopLooking = watchTls(parts, door, http);
  const stopCounting = shared.every(MINUTE / 6, () => recordSuppressed(shared, inForce, false));
  const follow = (service: Service): (() => void) => {
    const next = openInForce(parts, service, presented, jwt);
    return () => {
      inForce.now = { ...next, meter: sameRate(live.service(), service) ? inForce.now.meter : next.meter };
    };
  };
  return {
    where: whereOf(door, http),
    follow,
    async close(graceMillis) {
      stopLooking();
      stopCounting();
      await door.close(graceMillis);
      recordSuppressed(shared, inForce, true);
    },
  };
}

/** What the door asks at each request, of the configuration that is then in force. */
function behindDoor(
  parts: HttpParts,
  inForce: { readonly now: InForce },
): Omit<DoorParts, "http" | "auth" | "routes" | "open"> {
  const { shared } = parts;
  return {
    live: () => inForce.now.door,
    authenticator: () => inForce.now.authenticator,
    meter: { failed: (address) => inForce.now.meter.failed(address) },
    record(said, status, who) {
      shared.observer.access(said.code);
      recordRefusal(shared, said, status, who);
    },
    ready: () => readiness(readyParts(parts, inForce)),
    allowed: (address) => inForce.now.allowlist.allowed(address),
    isSecret: (word) => isSecretWord(word, scannerOf(parts.live.service().setup.rules.secrets)),
    fatal: (error) => halt(shared, error),
    newId: shared.newId,
    log: shared.log,
  };
}

function readyParts({ shared, live, reachable }: HttpParts, inForce: { readonly now: InForce }): ReadyParts {
  return {
    store: shared.store,
    reachable,
    shelf: () => live.service().shelf,
    network: () => live.service().setup.config.network,
    allowed: (address) => inForce.now.allowlist.allowed(address),
    stopping: shared.stopping.signal,
  };
}

/** What follows the configuration, and what goes on counting through its changes. */
interface Standing {
  readonly now: InForce;
  readonly uncharged: Uncharged;
}

async function routesOf(
  parts: HttpParts,
  inForce: Standing,
  presented: WeakMap<Principal, Presented>,
  origin: { readonly port?: number },
): Promise<{ open: readonly OpenRoute[]; routes: readonly Route[] }> {
  const { shared, live } = parts;
  const { config } = live.service().setup;
  const { random } = shared;
  const mcp = mcpParts(parts, inForce, presented);
  const { sse, actions } = config.server.http;
  const secret = (): string => Buffer.from(random(24)).toString("base64url");
  const routes = [
    ...mcpRoutes(mcp),
    ...(sse ? await sseRoutes({ ...mcp, newSecret: secret }) : []),
    ...(actions
      ? actionRoutes({
          ...mcp,
          auth: config.auth.mode,
          get corridor() {
            return live.service().corridor;
          },
          get tools() {
            return live.service().tools;
          },
          get baseUrl() {
            return publicOrigin(live.service().setup.config, origin.port) ?? "http://localhost";
          },
        })
      : []),
  ];
  const token = config.auth.mode === "bearer_token" ? [tokenDoor(parts, inForce)] : [];
  return { open: [...metadataRoutes(config), ...token], routes };
}

function tokenDoor({ shared, live }: HttpParts, inForce: Standing): OpenRoute {
  const { store, clock, random } = shared;
  const failures: FailureMeter = {
    failed: (address) => inForce.now.meter.failed(address),
    due: () => inForce.now.meter.due(),
  };
  const config = (): Config => live.service().setup.config;
  const stopped = (): Refusal | undefined => live.service().corridor.stopped();
  return tokenRoute({ config, store, clock, random, failures, stopped });
}

function mcpParts(
  { shared, live }: HttpParts,
  inForce: Standing,
  presented: WeakMap<Principal, Presented>,
): McpHttpParts {
  const { store, news, log, version, every, stopping } = shared;
  const http = (): HttpConfig => live.service().setup.config.server.http;
  const stillValid = (principal: Principal): Promise<boolean> => isStill(inForce.now, presented, principal);
  return {
    version,
    service: () => live.service(),
    news,
    log,
    store,
    uncharged: inForce.uncharged,
    stillValid,
    streams: openStreams({
      perPrincipal: () => http().max_streams,
      // Streams hold a connection each: some must be left for calls.
      total: () => Math.max(1, Math.floor(http().max_connections / 2)),
      stillValid,
      stopping: stopping.signal,
      every,
    }),
  };
}

/** Asked of what a principal showed when it came: revoked, expired or of other rights by now, it is not the same any more. */
async function isStill(
  { authenticator }: InForce,
  presented: WeakMap<Principal, Presented>,
  principal: Principal,
): Promise<boolean> {
  const shown = presented.get(principal);
  const again = shown === undefined ? undefined : await authenticator.authenticate(shown);
  return (
    again?.ok === true &&
    again.principal.name === principal.name &&
    again.principal.scope.id === principal.scope.id
  );
}

function recordRefusal(
  { store }: Shared,
  said: { code: string; where: string; ref: string },
  status: number,
  who: Attempt,
): void {
  const {
    session,
    address,
    method = null,
    route = null,
    correlation,
    principal = "anonymous",
    credential,
  } = who;
  const actor = {
    principal,
    session,
    ...(credential === undefined ? {} : { credential }),
    ...(correlation === undefined ? {} : { correlation }),
  };
  const data = { reason: said.code, ref: said.ref, status, address, method, route };
  store.record({ event: "access.refused", actor, data });
}

function recordSuppressed({ record, store }: Shared, { now, uncharged }: Standing, all: boolean): void {
  const count = now.meter.due(all);
  if (count > 0) record("access.suppressed", { reason: "rate_address", count });
  for (const note of uncharged.due(all)) store.record(note);
}

/** A new certificate or revocation list is taken over when its file changes; a bad one leaves the old one in force. */
function watchTls({ shared, stamp }: HttpParts, door: Door, { tls }: HttpConfig): () => void {
  if (tls.termination !== "server") return () => undefined;
  const files = [tls.cert_file, tls.key_file, tls.client_ca_file, tls.crl_file].filter((file) => file !== "");
  let seen = stamp(files);
  return shared.every(LOOK_MS, () => {
    const now = stamp(files);
    if (now === undefined || now === seen) return;
    seen = now;
    try {
      door.reloadTls(tls);
      shared.record("config.changed", { keys: "server.http.tls" });
    } catch (error) {
      shared.log.error({ error }, "the changed TLS files are at fault; the old ones stay in force");
      shared.record("config.refused", { keys: "server.http.tls", reason: "config_invalid" });
    }
  });
}

/** TLS files by absolute paths. */
function absolute({ shared: { layout } }: HttpParts, { setup }: Service): HttpConfig {
  const { http } = setup.config.server;
  const full = (path: string): string => (path === "" ? "" : configuredPath(layout, path));
  const { cert_file, key_file, client_ca_file, crl_file } = http.tls;
  const files = {
    cert_file: full(cert_file),
    key_file: full(key_file),
    client_ca_file: full(client_ca_file),
    crl_file: full(crl_file),
  };
  return { ...http, unix_socket: full(http.unix_socket), tls: { ...http.tls, ...files } };
}

function sameRate(before: Service, after: Service): boolean {
  const rate = ({ setup }: Service): number => setup.config.server.http.failures_per_minute;
  return rate(before) === rate(after);
}

function whereOf({ address }: Door, { tls }: HttpConfig): string {
  if ("path" in address) return `unix:${address.path}`;
  const host = address.host.includes(":") ? `[${address.host}]` : address.host;
  return `${tls.termination === "server" ? "https" : "http"}://${host}:${address.port}`;
}
