// One stream of HTTP+SSE: the SDK's old transport towards the client, a server for this stream alone behind it.
import type { SSEServerTransport } from "@modelcontextprotocol/sdk/server/sse.js";
import type { JSONRPCMessage, Transport } from "@modelcontextprotocol/server";
import type { Principal } from "../../core/identity/principal.ts";
import type { Exchange } from "../http/exchange.ts";
import { openThreshold, type Threshold } from "./floor.ts";
import { callerOf, hearingOf, type McpHttpParts } from "./http-parts.ts";
import { openRunning, type Running } from "./running.ts";
import { type McpParts, mcpServer } from "./server.ts";

/** Of the v1 SDK, which is loaded only when this transport is switched on. */
export interface SseSdk {
  readonly SSEServerTransport: typeof SSEServerTransport;
}

export interface Session {
  readonly principal: Principal;
  readonly running: Running;
  readonly threshold: Threshold;
  /** Bytes that the client has not taken yet. */
  readonly unread: () => number;
  readonly deliver: (message: JSONRPCMessage) => void;
}

export interface SessionParts {
  readonly parts: McpHttpParts;
  readonly sdk: SseSdk;
  /** Address to which the client posts; it holds the secret of the stream. */
  readonly endpoint: string;
  readonly opened: (session: Session) => void;
  readonly closed: () => void;
}

/** Answers on the raw response. False when there is no place for one more stream: nothing is sent then. */
export async function openSession(
  { parts, sdk, endpoint, opened, closed }: SessionParts,
  exchange: Exchange,
): Promise<boolean> {
  const { principal, signal } = exchange;
  const { response } = exchange.raw;
  const transport = new sdk.SSEServerTransport(endpoint, response);
  const close = (): void => void transport.close();
  const beat = (): void => void response.write(": keepalive\n\n");
  const release = parts.streams.open(principal, { end: close, beat });
  if (release === undefined) return false;
  const mine = sessionParts(parts, exchange);
  const { running } = mine;
  const wire = wireOver(transport, running);
  let over = false;
  // oxlint-disable-next-line unicorn/prefer-add-event-listener -- the SDK's transports are no EventTargets
  transport.onclose = () => {
    if (over) return;
    over = true;
    release();
    closed();
    wire.onclose?.();
  };
  const standing = {
    "x-request-id": exchange.id,
    "x-content-type-options": "nosniff",
    "x-accel-buffering": "no",
  };
  for (const [name, value] of Object.entries(standing)) response.setHeader(name, value);
  opened({
    principal,
    running,
    threshold: openThreshold(mine.minProtocol),
    unread: () => response.writableLength,
    deliver: (message) => wire.onmessage?.(message),
  });
  signal.addEventListener("abort", close);
  await mcpServer(mine, "legacy").connect(wire);
  if (signal.aborted) close();
  return true;
}

/** What the server sees of the stream. Messages come in by `onmessage`, checked: the SDK's own reading is not used. */
function wireOver(transport: SSEServerTransport, running: Running): Transport {
  return {
    start: () => transport.start(),
    close: () => transport.close(),
    async send(message) {
      running.leaving(message);
      await transport.send(message);
      running.left(message);
    },
  };
}

/** Tools and corridor of the configuration in force at each call; the caller as it was when the stream was opened. */
function sessionParts(parts: McpHttpParts, exchange: Exchange): McpParts & { readonly running: Running } {
  const { service, version, news } = parts;
  // The trace of whoever opened the stream is not that of each call; those say it in their _meta.
  const who = { ...callerOf(parts, exchange), trace: undefined };
  const corridor: McpParts["corridor"] = {
    call: (...call) => service().corridor.call(...call),
    reject: (...fault) => service().corridor.reject(...fault),
    stopped: () => service().corridor.stopped(),
  };
  const running = openRunning((method, said) => void corridor.reject(method, said, who));
  return {
    version,
    get tools() {
      return service().tools;
    },
    corridor,
    who,
    news,
    running,
    stopping: exchange.signal,
    minProtocol: service().setup.config.server.min_protocol,
    reached: (id) => running.reached(id),
    presented: (tool) => service().presented(tool),
    hearing: hearingOf(parts, exchange),
  };
}
