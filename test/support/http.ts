// HTTP in tests as bytes: raw sockets that send what no client library would.
import { connect as connectPlain, type Socket } from "node:net";
import { connect as connectTls, type ConnectionOptions } from "node:tls";
import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import type { Refusal } from "../../src/core/base/refusal.ts";
import type { Door } from "../../src/gateway/http/parts.ts";

export type Where = Door["address"];

export interface Answered {
  readonly status: number;
  /** Names in lower case; the last of equal names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Talk {
  readonly answers: readonly Answered[];
  readonly text: string;
  /** The server ended the connection. */
  readonly closed: boolean;
}

export interface TalkOptions {
  /** Longest time to listen. */
  readonly millis?: number;
  /** Stop listening after so many answers. */
  readonly answers?: number;
  readonly tls?: ConnectionOptions;
}

export function dial(where: Where, tls?: ConnectionOptions): Socket {
  if ("path" in where) return connectPlain(where.path);
  if (tls === undefined) return connectPlain(where.port, where.host);
  return connectTls({ servername: "localhost", ...tls, host: where.host, port: where.port });
}

/** Sends `bytes` (several pieces with a moment between them) and listens until the server hangs up or time is over. */
export async function talk(
  where: Where,
  bytes: string | readonly string[],
  { millis = 5000, answers: enough = Infinity, tls }: TalkOptions = {},
): Promise<Talk> {
  const socket = dial(where, tls);
  const ended = Promise.withResolvers<boolean>();
  let text = "";
  socket.on("data", (chunk) => {
    text += chunk.toString("latin1");
    if (answersIn(text).length >= enough) ended.resolve(false);
  });
  socket.on("error", () => ended.resolve(true));
  socket.on("close", () => ended.resolve(true));
  const timer = setTimeout(() => ended.resolve(false), millis);
  for (const piece of typeof bytes === "string" ? [bytes] : bytes) {
    socket.write(piece, "latin1");
    if (typeof bytes !== "string") await pause(20);
  }
  const closed = await ended.promise;
  clearTimeout(timer);
  socket.destroy();
  return { answers: answersIn(text), text, closed };
}

export interface Asked {
  readonly method?: string;
  readonly path?: string;
  /** `undefined` leaves a standing header out; a list sends it several times. */
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body?: string | undefined;
}

/** The bytes of one request: Host localhost, the good token, and JSON as content type unless said otherwise. */
export function requestText({ method, path = "/echo", headers = {}, body }: Asked = {}): string {
  const standing = {
    host: "localhost",
    authorization: `Bearer ${GOOD}`,
    ...(body === undefined
      ? {}
      : { "content-type": "application/json", "content-length": String(Buffer.byteLength(body)) }),
  };
  const lines = Object.entries({ ...standing, ...headers }).flatMap(([name, value]) =>
    value === undefined ? [] : [value].flat().map((one) => `${name}: ${one}\r\n`),
  );
  const verb = method ?? (body === undefined ? "GET" : "POST");
  return `${verb} ${path} HTTP/1.1\r\n${lines.join("")}\r\n${Buffer.from(body ?? "", "utf8").toString("latin1")}`;
}

/** One request on a connection of its own; throws when there is no answer. */
export async function ask(where: Where, asked: Asked = {}, options: TalkOptions = {}): Promise<Answered> {
  const { answers, text } = await talk(where, requestText(asked), { answers: 1, ...options });
  const [answer] = answers;
  if (answer === undefined) throw new Error(`no answer, but ${JSON.stringify(text)}`);
  return answer;
}

export function refusalOf({ body }: Answered): Refusal {
  const read = JSON.parse(body) as { refusal?: Refusal; error?: { data: { refusal: Refusal } } };
  const said = read.refusal ?? read.error?.data.refusal;
  if (said === undefined) throw new Error(`no refusal in ${body}`);
  return said;
}

/** Whole answers at the beginning of `text`. */
export function answersIn(text: string): readonly Answered[] {
  const head = /^HTTP\/1\.1 (\d{3})[^\r\n]*\r\n((?:[^\r\n]+\r\n)*)\r\n/.exec(text);
  if (head === null) return [];
  const headers = Object.fromEntries(
    (head[2] ?? "")
      .split("\r\n")
      .filter((line) => line !== "")
      .map((line) => [
        line.slice(0, line.indexOf(":")).toLowerCase(),
        line.slice(line.indexOf(":") + 1).trim(),
      ]),
  );
  const rest = text.slice(head[0].length);
  const body = headers["transfer-encoding"] === "chunked" ? unchunked(rest) : sized(rest, headers);
  if (body === undefined) return [];
  return [{ status: Number(head[1]), headers, body: body.body }, ...answersIn(rest.slice(body.taken))];
}

function sized(
  rest: string,
  headers: Readonly<Record<string, string>>,
): { body: string; taken: number } | undefined {
  const taken = Number(headers["content-length"] ?? 0);
  return rest.length < taken ? undefined : { body: rest.slice(0, taken), taken };
}

function unchunked(rest: string): { body: string; taken: number } | undefined {
  let [at, body] = [0, ""];
  for (;;) {
    const size = /^([0-9a-f]+)\r\n/i.exec(rest.slice(at));
    if (size === null) return undefined;
    const length = Number.parseInt(size[1] ?? "", 16);
    const start = at + size[0].length;
    if (rest.length < start + length + 2) return undefined;
    body += rest.slice(start, start + length);
    at = start + length + 2;
    if (length === 0) return { body, taken: at };
  }
}

/** Made at run time: no text in the repository looks like a token. */
export const GOOD = `good-${randomUUID()}`;
