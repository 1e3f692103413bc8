// The second listener: one page of numbers on loopback, for one caller who knows a token. Nothing of the other door is here.
import { createHash, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { CountersignError } from "../../core/base/failure.ts";
import { valuesOf } from "./guard.ts";

export interface Page {
  page(): Promise<string>;
  readonly type: string;
  scraped(how: "served" | "refused"): void;
}

export interface MetricsDoorParts {
  /** 0 takes any, for tests. */
  readonly port: number;
  /** Resolved. */
  readonly token: string;
  readonly metrics: Page;
  readonly failed: (error: unknown) => void;
}

export interface MetricsDoor {
  readonly port: number;
  close(): Promise<void>;
}

/** Never anything else: numbers about callers are not for the network, whatever the configuration says. */
const LOOPBACK = "127.0.0.1";
const PATH = "/metrics";
const HEADER_MS = 5000;
/** A scraper has one connection, and asks a few times a minute. */
const MAX_CONNECTIONS = 16;

/** Throws `state_unusable` when the port is taken. */
export async function openMetricsDoor(parts: MetricsDoorParts): Promise<MetricsDoor> {
  const server = createServer({
    insecureHTTPParser: false,
    joinDuplicateHeaders: false,
    requireHostHeader: false,
    rejectNonStandardBodyWrites: true,
    maxHeaderSize: 8192,
    headersTimeout: HEADER_MS,
    requestTimeout: HEADER_MS,
    keepAliveTimeout: HEADER_MS,
    connectionsCheckingInterval: 500,
  });
  const places = openPlaces();
  server.on("connection", (socket: Socket) => places.meet(socket));
  const wanted = digest(parts.token);
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    places.busy(request.socket, response);
    answer(parts, wanted, request, response).catch((error: unknown) => {
      parts.failed(error);
      response.destroy();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => reject(taken(parts.port, cause)));
    server.listen({ host: LOOPBACK, port: parts.port, exclusive: true }, () => {
      server.removeAllListeners("error");
      server.on("error", parts.failed);
      resolve();
    });
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Places {
  meet(socket: Socket): void;
  /** Until it is answered. */
  busy(socket: Socket, response: ServerResponse): void;
}

/**
 * Threat: any user of this machine can open connections and say nothing, and shut the scraper out. So the oldest one that
 * nobody is answering makes room for a new one.
 */
function openPlaces(): Places {
  const open = new Set<Socket>();
  const answering = new Set<Socket>();
  return {
    meet(socket) {
      socket.once("close", () => open.delete(socket));
      open.add(socket);
      if (open.size <= MAX_CONNECTIONS) return;
      const oldest = [...open].find((one) => !answering.has(one)) ?? socket;
      open.delete(oldest);
      oldest.destroy();
    },
    busy(socket, response) {
      answering.add(socket);
      response.once("close", () => answering.delete(socket));
    },
  };
}

/**
 * Who has no token learns nothing but that there is one: not even which paths there are. A page of a browser that was led
 * here by another name stops at Host, one that says where it comes from at Origin.
 */
async function answer(
  { metrics }: MetricsDoorParts,
  wanted: Buffer,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const status = refusalOf(request, wanted);
  if (status === undefined) {
    const page = await metrics.page();
    metrics.scraped("served");
    response.writeHead(200, { ...HEADERS, "content-type": metrics.type }).end(page);
    return;
  }
  metrics.scraped("refused");
  const asks = status === 401 ? { "www-authenticate": 'Bearer realm="countersign metrics"' } : {};
  const allow = status === 405 ? { allow: "GET" } : {};
  response.writeHead(status, { ...HEADERS, ...asks, ...allow, connection: "close" }).end();
}

const HEADERS = { "cache-control": "no-store", "x-content-type-options": "nosniff" };

function refusalOf(request: IncomingMessage, wanted: Buffer): number | undefined {
  const { rawHeaders, method, url, socket } = request;
  const [host, ...hosts] = valuesOf(rawHeaders, "host");
  const port = socket.localPort ?? 0;
  const names = [`${LOOPBACK}:${port}`, `localhost:${port}`];
  if (hosts.length > 0 || !names.includes(host?.toLowerCase() ?? "")) return 403;
  if (valuesOf(rawHeaders, "origin").length > 0) return 403;
  const [shown = "", ...more] = valuesOf(rawHeaders, "authorization");
  const token = /^Bearer ([A-Za-z0-9._~+/-]+=*)$/i.exec(shown)?.[1] ?? "";
  // Digests are of one length, so that the time of the comparison tells nothing of the token's.
  if (more.length > 0 || !timingSafeEqual(digest(token), wanted)) return 401;
  if (url !== PATH) return 404;
  return method === "GET" ? undefined : 405;
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

function taken(port: number, cause: NodeJS.ErrnoException): CountersignError {
  return new CountersignError(
    "state_unusable",
    `cannot listen on ${LOOPBACK} port ${port} for metrics (${cause.code})`,
    { fix: "Stop the other server, or set metrics.port.", cause },
  );
}
