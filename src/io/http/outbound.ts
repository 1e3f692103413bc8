// The only way out: one https URL of a named host is asked, without redirects, proxies, cookies or private addresses.
import { type LookupAddress, lookup } from "node:dns";
import { Agent, request } from "undici";
import { addressSet, parseAddress, parseRange } from "../../core/identity/address.ts";

export type OutboundFault =
  | "url"
  | "host"
  | "address"
  | "redirect"
  | "status"
  | "encoding"
  | "size"
  | "timeout"
  | "failed";

/** Why nothing came back. The message names the host, never the path or query of a URL. */
export class OutboundError extends Error {
  readonly fault: OutboundFault;

  constructor(fault: OutboundFault, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "OutboundError";
    this.fault = fault;
  }
}

type Resolved = (error: Error | null, found: LookupAddress[]) => void;

export interface OutboundOptions {
  /** Hosts that may be asked, in lower case, without port. An address, or localhost, is meant as such, also a private one. */
  readonly allowedHosts: readonly string[];
  /** allowedHosts name their port, where it is not the usual one of the scheme: no other port of a host may be asked. */
  readonly withPorts?: boolean;
  /** For everything: name, connection, answer. */
  readonly timeoutMs: number;
  readonly maxBytes: number;
  /** Plain http to loopback: tests, and a classifier that the operator runs on this machine. */
  readonly loopbackHttp?: boolean;
  /** Trusted besides, or rather instead of, the public authorities; PEM. */
  readonly ca?: string;
  /** Instead of the system's resolver: hands all addresses of a name on. */
  readonly resolve?: (host: string, done: Resolved) => void;
}

export interface Outbound {
  /** Body of the answer 200. Throws OutboundError. */
  get(url: string): Promise<Uint8Array>;
  /** The same, asked with POST of a JSON text. */
  post(url: string, words: Words): Promise<Uint8Array>;
  /** Status of the answer, whose body is not read. A redirect is none: what counts lies elsewhere. Throws OutboundError. */
  status(url: string): Promise<number>;
  /** POST of anything; every answer that is no redirect is one. Throws OutboundError. */
  send(url: string, message: Message): Promise<Answered>;
  close(): Promise<void>;
}

export interface Words {
  readonly json: string;
  /** For the header Authorization. */
  readonly bearer?: string | undefined;
}

export interface Message {
  readonly body: Uint8Array | string;
  /** For the header Content-Type. */
  readonly type: string;
  readonly bearer?: string | undefined;
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answered {
  readonly status: number;
  /** The header Retry-After as it was sent; undefined when there is none, or several. */
  readonly retryAfter: string | undefined;
  readonly type: string | undefined;
  /** Undefined when it was longer than maxBytes, broke off, or did not end in time: what was asked for was done all the same. */
  readonly body: Uint8Array | undefined;
}

export function openOutbound(options: OutboundOptions): Outbound {
  const { timeoutMs, ca } = options;
  const agent = new Agent({
    allowH2: false,
    maxHeaderSize: 16_384,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    connect: {
      timeout: timeoutMs,
      ...(ca === undefined ? {} : { ca }),
      // The addresses that are checked are those that are connected to: no second look-up could be answered otherwise.
      lookup: (host, wanted, done) =>
        publicAddresses(host, options, (error, found) => {
          const [first] = found;
          if (error !== null || first === undefined) done(error, []);
          else if (wanted.all === true) done(null, found);
          else done(null, first.address, first.family);
        }),
    },
  });
  const ask = async <T>(url: string, fetch: (asked: Asked) => Promise<T>): Promise<T> => {
    const target = allowedUrl(url, options);
    const signal = AbortSignal.timeout(timeoutMs);
    try {
      return await fetch({ agent, url: target, signal });
    } catch (error) {
      throw explained(error, target.host, signal);
    }
  };
  return {
    get: (url) => ask(url, (asked) => fetchBody(asked, options)),
    post: (url, words) => ask(url, (asked) => fetchBody({ ...asked, message: jsonMessage(words) }, options)),
    status: (url) => ask(url, fetchStatus),
    send: (url, message) => ask(url, (asked) => fetchAnswer({ ...asked, message }, options)),
    close: () => agent.destroy(),
  };
}

interface Asked {
  readonly agent: Agent;
  readonly url: URL;
  readonly signal: AbortSignal;
  readonly message?: Message;
}

const jsonMessage = ({ json, bearer }: Words): Message => ({ body: json, type: "application/json", bearer });

function send({ agent, url, signal, message }: Asked): ReturnType<typeof request> {
  const headers = { accept: "application/json, text/plain;q=0.9", "accept-encoding": "identity" };
  const around = { dispatcher: agent, signal, reset: true };
  if (message === undefined) return request(url, { ...around, headers });
  const { body, type, bearer, headers: more } = message;
  return request(url, {
    ...around,
    method: "POST",
    body,
    headers: {
      ...headers,
      ...more,
      "content-type": type,
      ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
    },
  });
}

async function fetchStatus(asked: Asked): Promise<number> {
  const { statusCode, body } = await send(asked);
  body.on("error", () => undefined).destroy();
  if (isRedirect(statusCode))
    throw new OutboundError("redirect", `${asked.url.host} answered with ${statusCode}`);
  return statusCode;
}

async function fetchBody(asked: Asked, { maxBytes }: OutboundOptions): Promise<Uint8Array> {
  const { url } = asked;
  const { statusCode, headers, body } = await send(asked);
  const said = faultOf(statusCode, headers["content-encoding"]);
  if (said !== undefined) {
    body.on("error", () => undefined).destroy();
    throw new OutboundError(
      said,
      `${url.host} answered with ${said === "encoding" ? "a compressed body" : statusCode}`,
    );
  }
  return bounded(body as AsyncIterable<Uint8Array>, url, maxBytes);
}

async function fetchAnswer(asked: Asked, { maxBytes }: OutboundOptions): Promise<Answered> {
  const { url } = asked;
  const { statusCode, headers, body } = await send(asked);
  const one = (name: string): string | undefined => {
    const value = headers[name];
    return typeof value === "string" ? value : undefined;
  };
  if (isRedirect(statusCode)) {
    body.on("error", () => undefined).destroy();
    throw new OutboundError("redirect", `${url.host} answered with ${statusCode}`);
  }
  return {
    status: statusCode,
    retryAfter: one("retry-after"),
    type: one("content-type"),
    body: await bounded(body as AsyncIterable<Uint8Array>, url, maxBytes).catch(() => undefined),
  };
}

async function bounded(
  body: AsyncIterable<Uint8Array>,
  { host }: URL,
  maxBytes: number,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    // Leaving the loop destroys the body, and the connection with it.
    if (size > maxBytes) throw new OutboundError("size", `${host} answered with more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function faultOf(status: number, encoding: string | string[] | undefined): OutboundFault | undefined {
  if (isRedirect(status)) return "redirect";
  if (status !== 200) return "status";
  return encoding === undefined || encoding === "identity" ? undefined : "encoding";
}

/** It would lead past the list of hosts. */
function isRedirect(status: number): boolean {
  return status >= 300 && status < 400;
}

function allowedUrl(
  text: string,
  { allowedHosts, withPorts = false, loopbackHttp = false }: OutboundOptions,
): URL {
  const url = URL.parse(text);
  if (url === null) throw new OutboundError("url", "is not a URL");
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const scheme = url.protocol === "https:" || (url.protocol === "http:" && loopbackHttp && isLoopback(host));
  if (!scheme || url.username !== "" || url.password !== "")
    throw new OutboundError("url", `${url.host} must be asked over https, without credentials in the URL`);
  if (!allowedHosts.includes(withPorts && url.port !== "" ? `${host}:${url.port}` : host))
    throw new OutboundError("host", `${url.host} is not a host that may be asked`);
  return url;
}

function isLoopback(host: string): boolean {
  return host === "localhost" || parseAddress(host)?.range() === "loopback";
}

/** All addresses of a name, when all are public. One that is not stands for a name that somebody else can turn inwards. */
function publicAddresses(host: string, { resolve = resolveSystem }: OutboundOptions, done: Resolved): void {
  const wanted = host === "localhost" ? isLoopback : isPublic;
  resolve(host, (error, found) => {
    if (error !== null) done(error, []);
    else if (found.length === 0) done(new OutboundError("failed", `${host} has no address`), []);
    else if (found.every(({ address }) => wanted(address))) done(null, found);
    else done(new OutboundError("address", `${host} has an address that is not a public one`), []);
  });
}

/** Of IPv6, what is given out to anybody (RFC 4291, section 2.4, and the registry of IANA). */
const inGlobalUnicast = rangesOf("2000::/3");
/**
 * Machines of a platform that answer under a public address, with no more proof than the place that asks. Those of the
 * other platforms have addresses that are not public: 169.254.169.254, 100.100.100.200, 192.0.0.192, fd00:ec2::254.
 */
const ofPlatforms = rangesOf("168.63.129.16");

/** Whether somebody on the internet has this address; special ranges of all kinds (RFC 6890) are nobody's. */
export function isPublic(text: string): boolean {
  const address = parseAddress(text);
  if (address?.range() !== "unicast" || ofPlatforms(address)) return false;
  return address.kind() === "ipv4" || inGlobalUnicast(address);
}

function rangesOf(...texts: readonly string[]): ReturnType<typeof addressSet> {
  return addressSet(texts.flatMap((text) => parseRange(text) ?? []));
}

function resolveSystem(host: string, done: Resolved): void {
  lookup(host, { all: true }, done);
}

function explained(error: unknown, host: string, signal: AbortSignal): OutboundError {
  if (error instanceof OutboundError) return error;
  if (signal.aborted) return new OutboundError("timeout", `${host} did not answer in time`, error);
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (code.includes("TIMEOUT")) return new OutboundError("timeout", `${host} did not answer in time`, error);
  return new OutboundError("failed", `${host} cannot be reached${code === "" ? "" : ` (${code})`}`, error);
}
