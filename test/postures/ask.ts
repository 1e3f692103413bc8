// Requests to a running posture as bytes and headers, and their outcome in two words.
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { request as plain } from "node:http";
import { request as secure } from "node:https";
import type { Pair } from "../support/certificates.ts";

export interface Door {
  readonly origin: string;
  /** PEM file of the CA that signed its certificate. */
  readonly ca?: string | undefined;
  /** The client's own certificate. */
  readonly own?: Pair | undefined;
}

export interface Asked {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Answer {
  readonly status: number;
  /** The body, or the data of its last event. */
  readonly json: Body;
}

interface Refused {
  readonly code: string;
}

/** What the doors answer: a tool's result in JSON-RPC, an error of it, or a refusal by itself. */
export interface Body {
  readonly result?: {
    readonly isError?: boolean;
    readonly structuredContent?: Readonly<Record<string, unknown>>;
  };
  readonly error?: { readonly data?: { readonly refusal?: Refused } };
  readonly refusal?: Refused;
}

const TIMEOUT_MS = 60_000;

/** Rejects when there is no answer. */
export function ask(door: Door, { method = "POST", path = "/mcp", headers = {}, body }: Asked) {
  const url = new URL(path, door.origin);
  const options = { method, headers, timeout: TIMEOUT_MS, agent: false };
  return new Promise<Answer>((resolve, reject) => {
    const sent =
      url.protocol === "https:" ? secure(url, { ...options, ...tlsOf(door) }) : plain(url, options);
    sent.once("timeout", () => sent.destroy(new Error("no answer in time")));
    sent.once("error", reject);
    sent.once("response", (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => void (text += chunk));
      response.once("error", reject);
      response.once("end", () => resolve({ status: response.statusCode ?? 0, json: bodyOf(text) }));
    });
    sent.end(body);
  });
}

/** The server is verified by the name that we dialled, whatever the Host header says. */
function tlsOf({ ca, own }: Door) {
  return {
    servername: "localhost",
    ...(ca === undefined ? {} : { ca: readFileSync(ca) }),
    ...(own === undefined ? {} : { cert: readFileSync(own.cert), key: readFileSync(own.key) }),
  };
}

function bodyOf(text: string): Body {
  const data = text
    .split("\n")
    .filter((line) => line.startsWith("data: "))
    .at(-1);
  const json = data?.slice("data: ".length) ?? text;
  return json.startsWith("{") ? (JSON.parse(json) as Body) : {};
}

export const bearer = (token: string | undefined): Readonly<Record<string, string>> =>
  token === undefined ? {} : { authorization: `Bearer ${token}` };

/** One JSON-RPC request of revision 2025-11-25 to /mcp. */
export function rpc(
  door: Door,
  method: string,
  params: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  return ask(door, {
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      "mcp-protocol-version": "2025-11-25",
      ...headers,
    },
    body: JSON.stringify({ jsonrpc: "2.0", id: randomUUID(), method, params }),
  });
}

export function call(
  door: Door,
  token: string | undefined,
  name: string,
  args: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  return rpc(door, "tools/call", { name, arguments: args }, { ...bearer(token), ...headers });
}

/** `served`, status and code of a refusal, or `no answer`. */
export async function outcome(answer: Promise<Answer>): Promise<string> {
  const got = await answer.catch(() => undefined);
  if (got === undefined) return "no answer";
  const { status, json } = got;
  const told = json.result?.isError === true ? json.result.structuredContent?.["refusal"] : undefined;
  const refused = json.refusal ?? json.error?.data?.refusal ?? (told as Refused | undefined);
  if (refused !== undefined) return `${status} ${refused.code}`;
  return status === 200 && json.error === undefined ? "served" : String(status);
}
