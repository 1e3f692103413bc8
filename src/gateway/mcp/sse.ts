// HTTP+SSE, the transport of 2024, for clients that know no other: off unless switched on, and then the v1 SDK is loaded.
import { CountersignError } from "../../core/base/failure.ts";
import { type Refusal, refusal, retryable } from "../../core/base/refusal.ts";
import type { Principal } from "../../core/identity/principal.ts";
import type { Exchange, Reply, Route } from "../http/exchange.ts";
import { accepts } from "./accept.ts";
import { belowFloor, statedRevision, unheardOf, UNSUPPORTED_REVISION, unsupported } from "./floor.ts";
import { callerOf, type McpHttpParts, overShare } from "./http-parts.ts";
import { INVALID_REQUEST, methodOf, readParsed } from "./message.ts";
import { headerMismatch, headerOf } from "./mirrored-headers.ts";
import { faultReply, FULL, HEADER_MISMATCH, NO_EVENTS, type RpcFault, SERVER_ERROR } from "./reply.ts";
import { openSession, type Session, type SseSdk } from "./sse-session.ts";

export interface SseParts extends McpHttpParts {
  /** Random text for an address, at least 128 bits: who knows it and is the same principal may post into the stream. */
  readonly newSecret: () => string;
}

/** Requests of one stream that have no answer yet: a POST is answered at once, so nothing else bounds them. */
const MAX_RUNNING = 64;

/** So much that the client has not taken, and nothing more is served to it. */
const MAX_UNREAD_BYTES = 8_388_608;

type Sessions = Map<string, Session>;

/** Throws `config_invalid` when the v1 SDK is not installed. */
export async function sseRoutes(
  parts: SseParts,
  load: () => Promise<SseSdk> = () => import("@modelcontextprotocol/sdk/server/sse.js"),
): Promise<readonly Route[]> {
  const sdk = await load().catch((cause: unknown) => {
    throw new CountersignError("config_invalid", "server.http.sse needs a package that is not installed", {
      fix: "Run npm install @modelcontextprotocol/sdk, or set server.http.sse = false.",
      cause,
    });
  });
  const sessions: Sessions = new Map();
  return [
    { path: "/sse", methods: ["GET"], handler: (exchange) => stream(parts, sdk, sessions, exchange) },
    {
      path: "/messages",
      methods: ["POST"],
      body: "json",
      handler: (exchange) => Promise.resolve(post(parts, sessions, exchange)),
    },
  ];
}

async function stream(
  parts: SseParts,
  sdk: SseSdk,
  sessions: Sessions,
  exchange: Exchange,
): Promise<Reply | undefined> {
  const over = overShare(parts, exchange);
  if (over !== undefined) return over;
  if (!accepts(exchange.headers.accept).events) return refuse(parts, exchange, NO_EVENTS);
  const key = parts.newSecret();
  const endpoint = `/messages?stream=${key}`;
  const opened = (session: Session): void => void sessions.set(key, session);
  const closed = (): void => void sessions.delete(key);
  const open = await openSession({ parts, sdk, endpoint, opened, closed }, exchange);
  return open ? undefined : refuse(parts, exchange, FULL);
}

function post(parts: SseParts, sessions: Sessions, exchange: Exchange): Reply {
  const { principal, query, body } = exchange;
  const over = overShare(parts, exchange);
  if (over !== undefined) return over;
  const session = sessions.get(query.get("stream") ?? "");
  // Somebody else's stream does not exist, and neither does one that was opened with other rights.
  if (session === undefined || !same(session.principal, principal)) return refuse(parts, exchange, UNKNOWN);
  const read = readParsed(body);
  if (!read.ok) return refuse(parts, exchange, { status: 400, code: read.code, said: read.refusal });
  const disguised = headerFault(parts, exchange);
  if (disguised !== undefined) return refuse(parts, exchange, disguised);
  const below = session.threshold.passes(read.message);
  if (below !== undefined) return refuse(parts, exchange, tooOld(parts, below, statedRevision(body)));
  const taken = session.running.taken(read.message);
  if (taken !== undefined)
    return refuse(parts, exchange, { status: 400, code: INVALID_REQUEST, said: taken });
  const busy = session.running.size >= MAX_RUNNING || session.unread() > MAX_UNREAD_BYTES;
  if (busy) return refuse(parts, exchange, BUSY);
  session.running.delivered(read.message);
  session.deliver(read.message);
  return { status: 202, headers: { "content-type": "text/plain" }, body: "Accepted" };
}

/** Another token of the same principal may allow less than the one that opened the stream. */
function same(one: Principal, other: Principal): boolean {
  return one.name === other.name && one.credential === other.credential && one.scope.id === other.scope.id;
}

/** As strict as /mcp: the old transport must not be the way around a proxy that authorises by headers. */
function headerFault(parts: SseParts, { headers, body }: Exchange): RpcFault | undefined {
  const said = headerMismatch(headers, body);
  if (said !== undefined) return { status: 400, code: HEADER_MISMATCH, said };
  const revision = headerOf(headers, "mcp-protocol-version");
  if (revision === undefined) return undefined;
  const floor = parts.service().setup.config.server.min_protocol;
  const below = belowFloor(revision, floor) ?? unheardOf(revision);
  return below === undefined ? undefined : tooOld(parts, below, revision);
}

function tooOld({ service }: SseParts, said: Refusal, requested: string | undefined): RpcFault {
  const data = unsupported(said, service().setup.config.server.min_protocol, requested);
  return { status: 400, code: UNSUPPORTED_REVISION, said, data };
}

const UNKNOWN: RpcFault = {
  status: 404,
  code: SERVER_ERROR,
  said: refusal(
    "route_unknown",
    "there is no such stream of yours",
    "stream",
    "Open a stream with GET /sse.",
  ),
};

const BUSY: RpcFault = {
  status: 503,
  code: SERVER_ERROR,
  said: retryable(refusal("server_busy", "too many requests of this stream have no answer yet"), 1),
};

function refuse(parts: SseParts, exchange: Exchange, fault: RpcFault): Reply {
  const { body } = exchange;
  const who = callerOf(parts, exchange);
  const { refusal: said } = parts.service().corridor.reject(methodOf(body), fault.said, who);
  return faultReply(body, { ...fault, said });
}
