// Opens the HTTP door: the only file that listens on the network or on a Unix socket.
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from "node:http";
import { createServer as createTlsServer, type Server as TlsServer } from "node:https";
import type { Socket } from "node:net";
import { CountersignError } from "../../core/base/failure.ts";
import { requireBindable } from "./bind.ts";
import { openConnections } from "./connections.ts";
import { type Bound, namesOf } from "./guard.ts";
import { healthRoutes } from "./health.ts";
import { openLines } from "./lines.ts";
import type { Door, DoorConfig, DoorParts, HttpConfig } from "./parts.ts";
import { isLoopback, openProxies } from "./peer.ts";
import { parseInPieces } from "./pieces.ts";
import type { Served } from "./routes.ts";
import { serve } from "./serve.ts";
import { listenAt, type SocketFile } from "./socket-file.ts";
import { secureContext, tlsOptions } from "./tls.ts";
import type { OpenedDoor } from "./visit.ts";
import { watchWire } from "./wire.ts";

const MAX_HEADER_BYTES = 16_384;
const KEEP_ALIVE_MS = 10_000;
const MAX_REQUESTS_PER_CONNECTION = 1000;
/** How often node looks for connections whose time is up. */
const LOOK_MS = 500;

/**
 * Listens, or throws CountersignError: `config_invalid` for what must not be opened (a bind that others can reach
 * without opt-in, TLS and non-local auth, whatever the check of the configuration said), `key_unusable`,
 * `state_unusable` when the address is taken.
 */
export async function openDoor(parts: DoorParts): Promise<Door> {
  requireBindable(parts);
  const { http } = parts;
  const secure = http.tls.termination === "server";
  const server = secure
    ? createTlsServer({ ...parserOptions(http), ...tlsOptions(http.tls, http.header_timeout_seconds * 1000) })
    : createServer(parserOptions(http));
  server.maxRequestsPerSocket = MAX_REQUESTS_PER_CONNECTION;
  server.maxConnections = http.max_connections;
  const file = http.unix_socket === "" ? undefined : await listenAt(server, http.unix_socket);
  if (file === undefined) await listening(server, http);
  const bound = boundOf(server, http);
  const door = opened(parts, bound);
  server.on(secure ? "secureConnection" : "connection", (socket: Socket) => {
    if (secure) door.connections.secured(socket);
    const line = door.lines.of(socket);
    parseInPieces(socket, () => line.released);
  });
  for (const event of ["request", "checkContinue", "checkExpectation"] as const)
    server.on(event, (request: IncomingMessage, response: ServerResponse) => serve(door, request, response));
  watchWire(door, server);
  server.on("error", (error) => parts.log.error({ error }, "the HTTP door"));
  return {
    address:
      file === undefined && bound.kind === "tcp"
        ? { host: bound.address, port: bound.port }
        : { path: file?.path ?? "" },
    close: (graceMillis) => close(door, server, file, graceMillis),
    reloadTls: (files) => reload(door, server, files),
  };
}

/** Host is not required by node but by hostFault, which records what it refuses. */
function parserOptions(http: HttpConfig): ServerOptions {
  const requestTimeout = http.request_timeout_seconds * 1000;
  return {
    insecureHTTPParser: false,
    joinDuplicateHeaders: false,
    requireHostHeader: false,
    rejectNonStandardBodyWrites: true,
    maxHeaderSize: MAX_HEADER_BYTES,
    requestTimeout,
    headersTimeout: Math.min(http.header_timeout_seconds * 1000, requestTimeout),
    keepAliveTimeout: KEEP_ALIVE_MS,
    connectionsCheckingInterval: LOOK_MS,
    noDelay: true,
  };
}

function opened(parts: DoorParts, bound: Bound): OpenedDoor {
  const served: Served[] = [
    ...healthRoutes(parts.ready).map((route) => ({ access: "open" as const, route })),
    ...parts.open.map((route) => ({ access: "open" as const, route })),
    ...parts.routes.map((route) => ({ access: "authenticated" as const, route })),
  ];
  let compiled: ReturnType<OpenedDoor["inForce"]> | undefined;
  const inForce = (): ReturnType<OpenedDoor["inForce"]> => {
    const config: DoorConfig = parts.live();
    if (compiled?.config !== config)
      compiled = { config, names: namesOf(config, bound), proxies: openProxies(config.proxy) };
    return compiled;
  };
  inForce();
  const state = { inflight: 0, draining: false, halted: false };
  const isProxy = (address: string): boolean => inForce().proxies.includes(address);
  const connections = openConnections({ bound, most: parts.http.max_connections, isProxy });
  return { ...parts, bound, served, inForce, state, connections, lines: openLines() };
}

function listening(server: Server, { bind: host, port }: HttpConfig): Promise<void> {
  return new Promise((settle, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) =>
      reject(
        new CountersignError("state_unusable", `cannot listen on ${host} port ${port} (${cause.code})`, {
          fix: "Stop the other server, or set server.http.port.",
          cause,
        }),
      ),
    );
    server.listen({ host, port, exclusive: true }, () => {
      server.removeAllListeners("error");
      settle();
    });
  });
}

function boundOf(server: Server, { tls }: HttpConfig): Bound {
  const at = server.address();
  if (at === null || typeof at === "string") return { kind: "unix" };
  const { address, port } = at;
  return { kind: "tcp", address, port, loopback: isLoopback(address), secure: tls.termination === "server" };
}

async function close(
  { lines, state }: OpenedDoor,
  server: Server,
  file: SocketFile | undefined,
  graceMillis: number,
): Promise<void> {
  state.draining = true;
  const closed = new Promise<void>((settle) => {
    server.close(() => settle());
  });
  file?.remove();
  lines.retire(false);
  const timer = setTimeout(() => {
    lines.destroyAll();
    // Those that are still in their handshake.
    server.closeAllConnections();
  }, graceMillis);
  await closed;
  clearTimeout(timer);
}

/** What was verified against the old list may be revoked in the new one, and its connection would not notice. */
function reload(
  { lines, connections, http }: OpenedDoor,
  server: Server | TlsServer,
  files: HttpConfig["tls"],
): void {
  const asked = (tls: HttpConfig["tls"]): string =>
    `${tls.termination} ${tls.client_ca_file === ""} ${tls.require_client_cert}`;
  if (!("setSecureContext" in server) || asked(http.tls) !== asked(files))
    throw new CountersignError(
      "config_invalid",
      "whether TLS is spoken and certificates are asked for needs a restart",
    );
  server.setSecureContext(secureContext(files));
  if (files.client_ca_file === "") return;
  connections.destroyHandshakes();
  lines.retire(true);
}
