// From a refusal to an answer: the same body everywhere, in JSON-RPC form where the caller speaks that.
import { STATUS_CODES } from "node:http";
import type { Reply } from "./exchange.ts";
import type { Declined } from "./parts.ts";

/** JSON-RPC 2.0 §5.1; the range from -32000 to -32019 is ours, the rest up to -32099 is MCP's (2026-07-28). */
export const PARSE_ERROR = -32_700;
const RPC: Readonly<Record<number, number>> = {
  400: -32_000,
  401: -32_001,
  403: -32_003,
  404: -32_004,
  405: -32_005,
  413: -32_013,
  415: -32_015,
  429: -32_010,
  500: -32_012,
  503: -32_011,
};
const OTHER = -32_002;

/** Paths whose callers read JSON-RPC. */
const SPOKEN = new Set(["/mcp", "/sse", "/messages"]);

/** Names no path, version or stack: refusals are written for callers. */
export function refusedReply({ status, refusal, headers, rpc }: Declined, path: string): Reply {
  const { message, retry_after: seconds } = refusal;
  const error = { code: rpc ?? RPC[status] ?? OTHER, message, data: { refusal } };
  const body = SPOKEN.has(path) ? { jsonrpc: "2.0", id: null, error } : { refusal };
  return {
    status,
    headers: {
      "content-type": "application/json",
      ...(seconds === undefined ? {} : { "retry-after": String(seconds) }),
      ...headers,
    },
    body: JSON.stringify(body),
  };
}

/** Of every answer. What a handler says about caching stands; nothing else may be stored on the way. */
export function standingHeaders(id: string): Readonly<Record<string, string>> {
  return { "cache-control": "no-store", "x-content-type-options": "nosniff", "x-request-id": id };
}

/** The answer to bytes that were no request, as bytes: there is no response object for them. */
export function rawAnswer(declined: Declined, id: string): string {
  const { status, headers, body } = refusedReply(declined, "");
  const text = typeof body === "string" ? body : "";
  const lines = Object.entries({
    ...headers,
    ...standingHeaders(id),
    connection: "close",
    "content-length": String(Buffer.byteLength(text)),
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\n${lines.join("")}\r\n${text}`;
}
