// From what the SDK answers to the reply of the door: what it refused by itself is recorded, and statuses are set right.
import { ProtocolErrorCode } from "@modelcontextprotocol/server";
import { refusal } from "../../core/base/refusal.ts";
import type { Exchange, Reply } from "../http/exchange.ts";
import type { RequestParts } from "./http-parts.ts";
import { member, methodOf } from "./message.ts";
import { jsonReply } from "./reply.ts";
import { protocolRefusal } from "./running.ts";

/** Milliseconds between two comments on an event stream, so that no proxy takes it for dead. */
export const KEEP_ALIVE = 15_000;

export async function replyOf(
  mine: RequestParts,
  { body }: Exchange,
  response: Response,
  era: "legacy" | "modern",
): Promise<Reply> {
  if (isEvents(response) && response.body !== null)
    return { status: response.status, headers: headersOf(response), body: response.body };
  const text = await response.text();
  if (text === "") return { status: response.status, headers: {} };
  // What a handler of ours answered without a refusal is long, and known to be no error.
  const error = mine.taken() && mine.denied() === undefined ? undefined : errorOf(text);
  if (error !== undefined && !mine.taken()) record(mine, methodOf(body), response.status, error);
  return jsonReply(statusOf(response.status, error, era), text, mine.denied());
}

function errorOf(text: string): unknown {
  return member(JSON.parse(text), "error");
}

function record({ corridor, who }: RequestParts, method: string, status: number, error: unknown): void {
  const why = String(member(error, "message"));
  const said = status === 500 ? refusal("internal", "the protocol failed", method) : protocolRefusal(why);
  corridor.reject(method, said, who);
}

/** Before 2026-07-28 an error of JSON-RPC is an answer like any other; since then an unknown method is not found. */
function statusOf(status: number, error: unknown, era: "legacy" | "modern"): number {
  if (era === "legacy") return 200;
  return member(error, "code") === ProtocolErrorCode.MethodNotFound ? 404 : status;
}

export function isEvents({ headers }: Response): boolean {
  return headers.get("content-type") === "text/event-stream";
}

export function headersOf({ headers }: Response): Readonly<Record<string, string>> {
  const kept = [...headers].filter(([name]) => name !== "connection");
  return Object.fromEntries(kept);
}
