// Request bodies: declared type and size first, then no byte more than allowed, then one strict reading.
import type { IncomingMessage } from "node:http";
import { fromUtf8 } from "../../core/base/bytes.ts";
import { type Reason } from "../../core/base/reason.ts";
import { refusal } from "../../core/base/refusal.ts";
import { parseStrict } from "../mcp/strict-json.ts";
import { PARSE_ERROR } from "./answer.ts";
import type { Route } from "./exchange.ts";
import type { Declined } from "./parts.ts";

/** `gone`: the client left in the middle, and nobody is there to be answered. */
export type Body =
  | { readonly kind: "body"; readonly value: unknown }
  | { readonly kind: "refused"; readonly declined: Declined }
  | { readonly kind: "gone" };

/** A token and its grant type need a tenth of it. */
const MAX_FORM_BYTES = 16_384;
const MAX_FIELDS = 32;

export interface BodyLimits {
  readonly maxBytes: number;
  /** Longest time for the whole body to arrive; left out, the server's request timeout is the only one. */
  readonly millis?: number | undefined;
}

const TYPES = { json: "application/json", form: "application/x-www-form-urlencoded" } as const;

export function hasBody({ headers }: Pick<IncomingMessage, "headers">): boolean {
  return headers["transfer-encoding"] !== undefined || (headers["content-length"] ?? "0") !== "0";
}

export async function readBody(
  request: IncomingMessage,
  form: Route["body"],
  { maxBytes: most, millis }: BodyLimits,
): Promise<Body> {
  const maxBytes = form === "form" ? Math.min(most, MAX_FORM_BYTES) : most;
  if (!hasBody(request)) return { kind: "body", value: undefined };
  const fault = typeFault(request.headers, form);
  if (fault !== undefined || form === undefined)
    return fault ?? refused(415, "media_type", "no body is taken here");
  if (Number(request.headers["content-length"] ?? 0) > maxBytes) return tooLarge(maxBytes);
  const bytes = await collect(request, maxBytes, millis);
  if (bytes === "slow") return refused(408, "request_malformed", "the body did not arrive in time");
  if (bytes === "gone") return { kind: "gone" };
  if (bytes === "large") return tooLarge(maxBytes);
  const text = fromUtf8(bytes);
  if (text === undefined) return unreadable("the body is not UTF-8");
  return form === "json" ? json(text) : fields(text);
}

/** RFC 9110 §8.3: one type, parameters allowed, UTF-8 the only charset; a compressed body could grow without bound. */
function typeFault(headers: IncomingMessage["headers"], form: Route["body"]): Body | undefined {
  if (form === undefined) return refused(415, "media_type", "no body is taken here");
  if (headers["content-encoding"] !== undefined)
    return refused(415, "media_type", "send the body uncompressed");
  const [type = "", ...parameters] = (headers["content-type"] ?? "").toLowerCase().split(";");
  if (type.trim() !== TYPES[form]) return refused(415, "media_type", `Content-Type must be ${TYPES[form]}`);
  const charset = parameters.map((one) => one.trim()).find((one) => one.startsWith("charset"));
  if (charset === undefined || /^charset="?utf-8"?$/.test(charset)) return undefined;
  return refused(415, "media_type", "the charset must be utf-8");
}

type Collected = Uint8Array | "large" | "gone" | "slow";

/** Content-Length may be absent or, behind a careless proxy, untrue: what counts is what arrives. */
function collect(request: IncomingMessage, maxBytes: number, millis?: number): Promise<Collected> {
  return new Promise((settle) => {
    const timer = millis === undefined ? undefined : setTimeout(() => end("slow"), millis);
    const chunks: Buffer[] = [];
    let size = 0;
    const take = (chunk: Buffer): void => {
      size += chunk.length;
      if (size <= maxBytes) chunks.push(chunk);
      else end("large");
    };
    const end = (outcome: Collected): void => {
      clearTimeout(timer);
      request.off("data", take).pause();
      settle(outcome);
    };
    request.on("data", take);
    request.once("end", () => end(Buffer.concat(chunks)));
    request.once("error", () => end("gone"));
    request.once("close", () => end("gone"));
  });
}

function json(text: string): Body {
  const read = parseStrict(text);
  if (read === undefined) return unreadable("the body is not JSON");
  return read.ok
    ? { kind: "body", value: read.value }
    : refused(400, "request_malformed", `the body ${read.why}`);
}

/** WHATWG URL, application/x-www-form-urlencoded; no field twice, for the same reason as in JSON. */
function fields(text: string): Body {
  if (text.split("&", MAX_FIELDS + 1).length > MAX_FIELDS)
    return refused(400, "request_malformed", `the body holds more than ${MAX_FIELDS} fields`);
  const pairs = [...new URLSearchParams(text)];
  const names = new Set(pairs.map(([name]) => name));
  if (names.size !== pairs.length) return refused(400, "request_malformed", "the body holds a field twice");
  if (names.has("__proto__")) return refused(400, "request_malformed", "the body holds the field __proto__");
  return { kind: "body", value: Object.fromEntries(pairs) };
}

function tooLarge(maxBytes: number): Body {
  return refused(413, "body_too_large", `the body is larger than ${maxBytes} bytes`);
}

function unreadable(why: string): Body {
  const declined = { status: 400, refusal: refusal("request_malformed", why, "body"), rpc: PARSE_ERROR };
  return { kind: "refused", declined };
}

function refused(status: number, code: Reason, why: string): Body {
  return { kind: "refused", declined: { status, refusal: refusal(code, why, "body") } };
}
