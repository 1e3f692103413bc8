// Streamable HTTP on /mcp: which era a request is of, and everything that is refused before a server sees it.
import { classifyInboundRequest, ProtocolErrorCode } from "@modelcontextprotocol/server";
import { refusal } from "../../core/base/refusal.ts";
import type { Exchange, Reply, Route } from "../http/exchange.ts";
import { statusOf } from "../http/status.ts";
import { denialBody } from "../tools/denial.ts";
import type { Held } from "../tools/others.ts";
import { accepts } from "./accept.ts";
import {
  ASSUMED_REVISION,
  belowFloor,
  statedRevision,
  unheardOf,
  UNSUPPORTED_REVISION,
  unsupported,
} from "./floor.ts";
import { type McpHttpParts, overShare, type RequestParts, requestParts } from "./http-parts.ts";
import { type Listening, listenStream } from "./listen.ts";
import { member, methodOf } from "./message.ts";
import { headerMismatch, headerOf } from "./mirrored-headers.ts";
import {
  asEvents,
  faultReply,
  FULL,
  HEADER_MISMATCH,
  NO_EVENTS,
  type RpcFault,
  SERVER_ERROR,
} from "./reply.ts";
import { protocolRefusal } from "./running.ts";
import { serveLegacy } from "./serve-legacy.ts";
import { serveModern } from "./serve-modern.ts";

export function mcpRoutes(parts: McpHttpParts): readonly Route[] {
  return [{ path: "/mcp", methods: ["POST"], body: "json", handler: (exchange) => serve(parts, exchange) }];
}

async function serve(parts: McpHttpParts, exchange: Exchange): Promise<Reply> {
  const over = overShare(parts, exchange);
  if (over !== undefined) return over;
  const { json, events } = accepts(exchange.headers.accept);
  const mine = { ...requestParts(parts, exchange), quiet: !events };
  if (!json && !events) return refuse(mine, exchange, NOT_ACCEPTABLE);
  const classified = classify(exchange);
  if (classified.kind === "reject") {
    const { httpStatus: status, code, data, message } = classified;
    const detail = typeof data === "object" && data !== null ? { data } : {};
    return refuse(mine, exchange, { status, code, said: protocolRefusal(message), ...detail });
  }
  const said = headerMismatch(exchange.headers, exchange.body);
  if (said !== undefined) return refuse(mine, exchange, { status: 400, code: HEADER_MISMATCH, said });
  if (classified.kind === "modern") return modern(parts, mine, exchange, json);
  if (classified.reason === "batch") return refuse(mine, exchange, BATCH);
  const old = tooOld(mine, exchange);
  if (old !== undefined) return refuse(mine, exchange, old);
  // Nothing lives between two requests, so there is nothing that a notification or a response could reach.
  if (classified.reason === "notification" || classified.reason === "response") return ACCEPTED;
  const reply = await serveLegacy(parts, mine, exchange);
  return json ? reply : asEvents(reply);
}

/** Long-lived: it takes a place among the streams before anything is served. */
async function modern(
  parts: McpHttpParts,
  mine: RequestParts,
  exchange: Exchange,
  json: boolean,
): Promise<Reply> {
  let stream: Listening | undefined;
  if (methodOf(exchange.body) === "subscriptions/listen") {
    if (mine.quiet === true) return refuse(mine, exchange, NO_EVENTS);
    const held = await mine.hearing.held(listenedTo(exchange.body));
    if (held !== undefined) return refuseHeld(mine, exchange, held);
    stream = listenStream(parts, mine, exchange);
    if (stream === undefined) return refuse(mine, exchange, FULL);
  }
  const reply = await serveModern(parts, mine, exchange, stream);
  return json ? reply : asEvents(reply);
}

/** The resources that a request to listen names by their address. */
function listenedTo(body: unknown): readonly string[] {
  const named = member(member(member(body, "params"), "notifications"), "resourceSubscriptions");
  return Array.isArray(named) ? named.filter((uri) => typeof uri === "string") : [];
}

function refuseHeld(
  { corridor, who }: RequestParts,
  { body }: Exchange,
  { refusal: said, gate }: Held,
): Reply {
  const denial = corridor.reject(methodOf(body), said, who, gate);
  const { refusal: shown } = denial;
  return faultReply(body, {
    status: statusOf(shown.code),
    code: SERVER_ERROR,
    said: shown,
    data: denialBody(denial),
  });
}

function refuse({ corridor, who }: RequestParts, { body }: Exchange, fault: RpcFault): Reply {
  return faultReply(body, { ...fault, said: corridor.reject(methodOf(body), fault.said, who).refusal });
}

const ACCEPTED: Reply = { status: 202, headers: {} };

const NOT_ACCEPTABLE: RpcFault = {
  status: 406,
  code: SERVER_ERROR,
  said: refusal("media_type", "the client accepts neither JSON nor an event stream", "Accept"),
};

const BATCH: RpcFault = {
  status: 400,
  code: ProtocolErrorCode.InvalidRequest,
  said: refusal("input_invalid", "several messages in one request were given up in revision 2025-06-18"),
};

function classify({ method, headers, body }: Exchange) {
  const [protocolVersionHeader, mcpMethodHeader, mcpNameHeader] = MIRRORED.map((name) =>
    headerOf(headers, name),
  );
  return classifyInboundRequest({
    httpMethod: method,
    body,
    ...(protocolVersionHeader === undefined ? {} : { protocolVersionHeader }),
    ...(mcpMethodHeader === undefined ? {} : { mcpMethodHeader }),
    ...(mcpNameHeader === undefined ? {} : { mcpNameHeader }),
  });
}

const MIRRORED = ["mcp-protocol-version", "mcp-method", "mcp-name"] as const;

/** Of the revisions before 2026-07-28: the handshake names one, every other request by its header. */
function tooOld({ minProtocol }: RequestParts, { headers, body }: Exchange): RpcFault | undefined {
  const header = headerOf(headers, "mcp-protocol-version");
  const initialize = member(body, "method") === "initialize";
  const spoken = initialize ? [statedRevision(body), header] : [header ?? ASSUMED_REVISION];
  for (const revision of spoken) {
    if (revision === undefined) continue;
    const below = belowFloor(revision, minProtocol) ?? (revision === header ? unheardOf(header) : undefined);
    if (below === undefined) continue;
    const data = unsupported(below, minProtocol, revision);
    return { status: 400, code: UNSUPPORTED_REVISION, said: below, data };
  }
  return undefined;
}
