// Requests of MCP over HTTP as bytes and headers, without a client library, and what they leave in the log.
import type { GatewayLab } from "./gateway.ts";

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON, or the data of its last event; empty when it is neither. */
  readonly json: RpcBody;
}

export interface RpcBody {
  readonly id?: unknown;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: {
    readonly code: number;
    readonly message: string;
    readonly data?: Readonly<Record<string, unknown>>;
  };
}

/** Of a request of revision 2025-11-25. */
export const LEGACY = { "mcp-protocol-version": "2025-11-25" };

export function request(method: string, params?: object, id: unknown = 1): object {
  return { jsonrpc: "2.0", id, method, ...(params === undefined ? {} : { params }) };
}

const JSON_AND_EVENTS = {
  "content-type": "application/json",
  accept: "application/json, text/event-stream",
};

/** Posts `body` as it is when it is text, else as JSON, and waits for the whole answer. */
export async function post(
  url: URL,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const response = await fetch(url, {
    method: "POST",
    headers: { ...JSON_AND_EVENTS, ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  const text = await response.text();
  const data = text.startsWith("event:") || text.startsWith(":") ? lastEvent(text) : text;
  const json = data.startsWith("{") ? (JSON.parse(data) as RpcBody) : {};
  return { status: response.status, headers: response.headers, text, json };
}

function lastEvent(text: string): string {
  const lines = text.split("\n").filter((line) => line.startsWith("data: "));
  return lines.at(-1)?.slice("data: ".length) ?? "";
}

const META = "io.modelcontextprotocol/";

/** Parameters of a request of revision 2026-07-28. */
export function enveloped(params: object = {}, meta: object = {}): object {
  const own = {
    [`${META}protocolVersion`]: "2026-07-28",
    [`${META}clientInfo`]: { name: "test", version: "1" },
    [`${META}clientCapabilities`]: {},
  };
  return { ...params, _meta: { ...own, ...meta } };
}

/** The headers that a request of revision 2026-07-28 must have. */
export function mirrored(method: string, name?: string): Record<string, string> {
  const own = { "mcp-protocol-version": "2026-07-28", "mcp-method": method };
  return name === undefined ? own : { ...own, "mcp-name": name };
}

/** Reasons of the entries that a request left, `allowed` for a call that was let through. */
export async function recorded(lab: GatewayLab, work: () => Promise<unknown>): Promise<readonly string[]> {
  const before = lab.entries().length;
  await work();
  return lab
    .entries()
    .slice(before)
    .map(({ event, data }) => (event === "call.allowed" ? "allowed" : String(data["reason"])));
}

/** Reads an event stream: the data of each event in turn, undefined at the end. */
export function eventsOf(body: ReadableStream<Uint8Array> | null): () => Promise<string | undefined> {
  const reader = body?.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  return async () => {
    for (;;) {
      const end = rest.indexOf("\n\n");
      if (end === -1) {
        const read = await reader?.read().catch(() => undefined);
        if (read?.value === undefined) return undefined;
        rest += read.value;
        continue;
      }
      const data = rest
        .slice(0, end)
        .split("\n")
        .find((line) => line.startsWith("data: "));
      rest = rest.slice(end + 2);
      if (data !== undefined) return data.slice("data: ".length);
    }
  };
}
