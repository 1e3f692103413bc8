// Replies of the MCP routes: JSON-RPC errors with their HTTP status, and the statuses that refusals of tools bring.
import type { RequestId } from "@modelcontextprotocol/server";
import type { Reason } from "../../core/base/reason.ts";
import { type Refusal, refusal, retryable } from "../../core/base/refusal.ts";
import type { Reply } from "../http/exchange.ts";
import { member } from "./message.ts";

/** Of the range that revision 2026-07-28 leaves to servers (-32000 to -32019). */
export const SERVER_ERROR = -32_000;

/** Revision 2026-07-28: the headers say something else than the body. */
export const HEADER_MISMATCH = -32_020;

/** A caller is over its limit, and waiting helps. */
const THROTTLED: ReadonlySet<Reason> = new Set(["rate_calls", "rate_proposals", "budget_exhausted"]);

export interface RpcFault {
  readonly status: number;
  readonly code: number;
  readonly said: Refusal;
  /** Further members of the error's data, beside the refusal. */
  readonly data?: object;
}

export const NO_EVENTS: RpcFault = {
  status: 406,
  code: SERVER_ERROR,
  said: refusal("media_type", "the answer is an event stream, which the client does not accept", "Accept"),
};

/** No place for one more event stream, of this principal or at all. */
export const FULL: RpcFault = {
  status: 503,
  code: SERVER_ERROR,
  said: retryable(refusal("server_busy", "no further event stream is opened"), 15),
};

/** A throttled caller is told so by the status, whatever else is wrong with its request. */
export function faultReply(body: unknown, { status, code, said, data }: RpcFault): Reply {
  const error = { code, message: said.message, data: { ...data, refusal: said } };
  const text = JSON.stringify({ jsonrpc: "2.0", id: idOf(body), error });
  return jsonReply(throttled(said) ? 429 : status, text, said);
}

/** `denied` is what the corridor said, if it refused. */
export function jsonReply(status: number, body: string, denied: Refusal | undefined): Reply {
  const over = denied !== undefined && throttled(denied);
  const wait = denied?.retry_after;
  return {
    status: over ? 429 : status,
    headers: {
      "content-type": "application/json",
      ...(wait === undefined ? {} : { "retry-after": String(wait) }),
    },
    body,
  };
}

/** For a client that takes nothing but event streams: the same answer as the only event of one. */
export function asEvents(reply: Reply): Reply {
  if (typeof reply.body !== "string" || reply.status !== 200) return reply;
  const headers = { ...reply.headers, "content-type": "text/event-stream", "cache-control": "no-cache" };
  return { ...reply, headers, body: `event: message\ndata: ${reply.body}\n\n` };
}

function throttled({ code }: Refusal): boolean {
  return THROTTLED.has(code);
}

/** The id to answer to, when the body has one that JSON-RPC allows. */
function idOf(body: unknown): RequestId | null {
  const id = member(body, "id");
  return typeof id === "string" || Number.isSafeInteger(id) ? (id as RequestId) : null;
}
