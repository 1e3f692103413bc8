// From one line of bytes to one JSON-RPC message, or to the error that answers it.
import { type JSONRPCMessage, parseJSONRPCMessage, type RequestId } from "@modelcontextprotocol/server";
import { fromUtf8 } from "../../core/base/bytes.ts";
import { type Refusal, refusal } from "../../core/base/refusal.ts";
import { parseStrict } from "./strict-json.ts";

/** JSON-RPC 2.0 §5.1. */
export const PARSE_ERROR = -32_700;
export const INVALID_REQUEST = -32_600;

export interface Unreadable {
  readonly ok: false;
  readonly code: typeof PARSE_ERROR | typeof INVALID_REQUEST;
  readonly refusal: Refusal;
  /** Whom to answer, when the bytes say so in spite of everything. */
  readonly id: RequestId | null;
  /** The tool that was meant, for the log. */
  readonly tool: string | undefined;
}

export type ReadMessage = { readonly ok: true; readonly message: JSONRPCMessage } | Unreadable;

/** Reads one line; undefined stands for a line that was too long. */
export function readMessage(line: Uint8Array | undefined, maxBytes: number): ReadMessage {
  if (line === undefined)
    return bad(INVALID_REQUEST, "call_too_large", `a message is longer than ${maxBytes} bytes`, undefined);
  const text = fromUtf8(line);
  const json = text === undefined ? undefined : parseStrict(text);
  if (json === undefined)
    return bad(PARSE_ERROR, "input_invalid", "a message is not JSON in UTF-8", undefined);
  if (!json.ok) return bad(INVALID_REQUEST, "input_invalid", `the message ${json.why}`, json.value);
  return readParsed(json.value);
}

/** The same of what a door has parsed already, as strictly. */
export function readParsed(value: unknown): ReadMessage {
  try {
    parseJSONRPCMessage(value);
    // The parsed copy would lack what the schema does not know; what was checked is what goes on.
    return { ok: true, message: value as JSONRPCMessage };
  } catch {
    const why = "the message is no JSON-RPC 2.0 request, notification or response";
    return bad(INVALID_REQUEST, "input_invalid", why, value);
  }
}

function bad(
  code: typeof PARSE_ERROR | typeof INVALID_REQUEST,
  reason: "call_too_large" | "input_invalid",
  why: string,
  value: unknown,
): ReadMessage {
  const id = member(value, "id");
  const tool = member(member(value, "params"), "name");
  return {
    ok: false,
    code,
    refusal: refusal(reason, why),
    id: typeof id === "string" || Number.isSafeInteger(id) ? (id as RequestId) : null,
    tool: typeof tool === "string" ? tool : undefined,
  };
}

/** An own property of what may be anything. */
export function member(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, key)
    ? Reflect.get(value, key)
    : undefined;
}

const CALLS: ReadonlySet<unknown> = new Set(["tools/call", "resources/read"]);

/** A request that the corridor counts, whatever becomes of it. A notification of that name reaches nobody. */
export function isCharged(body: unknown): boolean {
  return CALLS.has(member(body, "method")) && member(body, "id") !== undefined;
}

/** The method that was meant, for the log. */
export function methodOf(body: unknown): string {
  const method = member(body, "method");
  return typeof method === "string" ? method : "message";
}
