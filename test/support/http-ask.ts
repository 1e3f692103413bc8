// One HTTP request as a client of our choice sends it: any header as often as wanted, a certificate, an address to come from.
import { type Agent as PlainAgent, type IncomingHttpHeaders, request as plain } from "node:http";
import { type Agent as SecureAgent, request as secure } from "node:https";
import { text as textOf } from "node:stream/consumers";
import { enveloped, LEGACY, mirrored, request as rpc } from "./mcp-requests.ts";

export interface Ask {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** Text and bytes go out as they are, anything else as JSON. */
  readonly body?: unknown;
  /** As `Authorization: Bearer`. */
  readonly token?: string;
  readonly tls?: { readonly ca: Buffer; readonly cert?: Buffer; readonly key?: Buffer };
  /** Address of this machine to come from. */
  readonly from?: string;
  readonly agent?: PlainAgent | SecureAgent;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly json: Readonly<Record<string, unknown>>;
  /** Code of the refusal, wherever it stands, or `answer`. */
  readonly code: string;
  /** Id that the server gave the request: the session of its audit entries. */
  readonly id: string;
}

export type Asker = (path: string, ask?: Ask) => Promise<Answer>;

/** `standing` holds for every request that does not say otherwise. Rejects when there is no answer. */
export function asker(origin: URL, standing: Ask): Asker {
  return (path, ask = {}) => send(origin, path, { ...standing, ...ask });
}

async function send(origin: URL, path: string, ask: Ask): Promise<Answer> {
  const { body, token, tls, from, agent } = ask;
  const bytes =
    body === undefined || typeof body === "string" || body instanceof Uint8Array
      ? body
      : JSON.stringify(body);
  const headers = {
    ...(body === undefined
      ? {}
      : {
          "content-type": "application/json",
          "content-length": String(Buffer.byteLength(bytes ?? "")),
          accept: "application/json, text/event-stream",
        }),
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...ask.headers,
  };
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const outgoing = (origin.protocol === "https:" ? secure : plain)(
    new URL(origin),
    {
      path,
      method: ask.method ?? (body === undefined ? "GET" : "POST"),
      headers,
      agent: agent ?? false,
      ...tls,
      ...(from === undefined ? {} : { localAddress: from }),
    },
    (response) => {
      const { statusCode: status = 0, headers: got } = response;
      textOf(response).then((text) => resolve(answerOf(status, got, text)), reject);
    },
  );
  outgoing.once("error", reject);
  outgoing.end(bytes);
  return promise;
}

function answerOf(status: number, headers: IncomingHttpHeaders, text: string): Answer {
  const events = headers["content-type"]?.startsWith("text/event-stream") === true;
  const data = events
    ? (text.split("\n").findLast((line) => line.startsWith("data: ")) ?? "").slice(6)
    : text;
  const json = data.startsWith("{") ? (JSON.parse(data) as Record<string, unknown>) : {};
  const id = String(headers["x-request-id"] ?? "");
  return { status, headers, text, json, code: codeOf(json), id };
}

interface Told {
  readonly refusal?: { readonly code: string };
  readonly error?: {
    readonly code?: number;
    readonly data?: { readonly refusal?: { readonly code: string } };
  };
  readonly result?: { readonly structuredContent?: { readonly refusal?: { readonly code: string } } };
}

function codeOf({ refusal, error, result }: Told): string {
  return (refusal ?? error?.data?.refusal ?? result?.structuredContent?.refusal)?.code ?? "answer";
}

/** A call of a tool over REST. */
export function action(tool: string, args: unknown, ask: Ask = {}): [string, Ask] {
  return [`/actions/${tool}`, { ...ask, body: args }];
}

export type Era = "legacy" | "modern";

/** A request of MCP, of either era; `named` is what Mcp-Name mirrors. */
export function mcp(
  era: Era,
  method: string,
  params: object,
  id: unknown,
  ask: Ask = {},
  named?: string,
): [string, Ask] {
  const modern = era === "modern";
  const own = modern ? mirrored(method, named) : LEGACY;
  const body = rpc(method, modern ? enveloped(params) : params, id);
  return ["/mcp", { ...ask, body, headers: { ...own, ...ask.headers } }];
}

/** A call of a tool over MCP, of either era. */
export function toolCall(era: Era, tool: string, args: object, id: unknown, ask: Ask = {}): [string, Ask] {
  return mcp(era, "tools/call", { name: tool, arguments: args }, id, ask, tool);
}

/** Sends all of them, `width` at a time, and gives the answers in the order of the requests. */
export async function inTurns<T, R>(
  items: readonly T[],
  width: number,
  work: (item: T, at: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let at = next++; at < items.length; at = next++) results[at] = await work(items[at] as T, at);
  };
  await Promise.all(Array.from({ length: width }, worker));
  return results;
}
