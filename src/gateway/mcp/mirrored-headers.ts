// Mcp-Method and Mcp-Name must say what the body says, also in revisions that do not know them: a proxy may have authorised by them.
import { fromBase64, fromUtf8 } from "../../core/base/bytes.ts";
import { type Refusal, refusal } from "../../core/base/refusal.ts";
import type { Exchange } from "../http/exchange.ts";
import { member } from "./message.ts";

/** What Mcp-Name mirrors (revision 2026-07-28, transports, standard request headers). */
const NAME_SOURCE = new Map([
  ["tools/call", "name"],
  ["prompts/get", "name"],
  ["resources/read", "uri"],
]);

/** A header that cannot carry a value as it is wraps it so, in base64. */
const [WRAP, UNWRAP] = ["=?base64?", "?="];

/**
 * The refusal of a request whose headers disagree with its body. Absent headers are no fault here: the revisions of
 * 2025 do not have them, and in the later one the SDK demands them.
 */
export function headerMismatch(headers: Exchange["headers"], body: unknown): Refusal | undefined {
  const method = member(body, "method");
  const named = headerOf(headers, "mcp-method");
  if (named !== undefined && named !== method) return differs("Mcp-Method");
  const name = headerOf(headers, "mcp-name");
  const source = typeof method === "string" ? NAME_SOURCE.get(method) : undefined;
  if (name === undefined || source === undefined) return undefined;
  const meant = member(member(body, "params"), source);
  return meant !== undefined && unwrapped(name) === meant ? undefined : differs("Mcp-Name");
}

function differs(header: string): Refusal {
  return refusal("request_malformed", "the header says something else than the body", header);
}

/** One that came several times is no value of any kind, and equals nothing. */
export function headerOf(headers: Exchange["headers"], name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value.join(", ") : value;
}

/** Undefined for a wrapping that cannot be opened: it equals nothing. */
function unwrapped(value: string): string | undefined {
  if (!value.startsWith(WRAP) || !value.endsWith(UNWRAP)) return value;
  const bytes = fromBase64(value.slice(WRAP.length, -UNWRAP.length));
  return bytes === undefined ? undefined : fromUtf8(bytes);
}
