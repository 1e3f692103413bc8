// The checks on a request before anybody is believed: values in, a refusal or nothing out.
import type { IncomingMessage } from "node:http";
import { correlationSchema } from "../../core/base/ids.ts";
import { refusal } from "../../core/base/refusal.ts";
import type { Declined, DoorConfig } from "./parts.ts";

/** What was listened on. */
export type Bound =
  | { readonly kind: "unix" }
  | {
      readonly kind: "tcp";
      readonly address: string;
      readonly port: number;
      readonly loopback: boolean;
      /** TLS ends in this process. */
      readonly secure: boolean;
    };

export interface Names {
  /** Values of Host that mean this server, in lower case. */
  readonly hosts: ReadonlySet<string>;
  /** Values of Origin that may call. */
  readonly origins: ReadonlySet<string>;
  /** Those of them that the operator listed: only they are told so in CORS headers. */
  readonly pages: ReadonlySet<string>;
}

type Head = Pick<IncomingMessage, "method" | "url" | "httpVersion" | "rawHeaders">;

const LOOPBACK = ["localhost", "127.0.0.1", "[::1]"];

/**
 * Two readers who take different occurrences would see two requests. Authorization and x-countersign-client-subject
 * are missing here: each occurrence goes to the authenticator, which answers 401. Lists (Accept, X-Forwarded-For)
 * may be repeated.
 */
const SINGLE = new Set(
  `host origin content-type content-length content-encoding transfer-encoding expect upgrade x-correlation-id
  mcp-protocol-version mcp-method mcp-name mcp-session-id last-event-id x-countersign-proxy-secret
  access-control-request-method access-control-request-headers`.split(/\s+/),
);
const MAX_HEADERS = 100;

export function namesOf({ hosts, origins, public_url: url }: DoorConfig, bound: Bound): Names {
  const own = bound.kind === "unix" ? ["localhost"] : ownNames(bound);
  const listed = hosts.flatMap((host) => (hasPort(host) ? [host] : withPort(host, bound)));
  const known = new Set([...own, ...listed, ...publicNames(url)].map((name) => name.toLowerCase()));
  const pages = new Set(origins.map((page) => new URL(page).origin));
  const local = bound.kind === "tcp" && bound.loopback ? LOOPBACK.map((name) => originOf(name, bound)) : [];
  return { hosts: known, origins: new Set([...pages, ...local]), pages };
}

/** DNS rebinding ends here: a page that points its own name at us still sends its own name. Exact text, no dot at the end. */
export function hostFault(values: readonly string[], { hosts }: Names): Declined | undefined {
  const [host] = values;
  if (host === undefined || values.length > 1) return malformed("send exactly one Host header", "host");
  if (hosts.has(host.toLowerCase())) return undefined;
  return { status: 403, refusal: refusal("host_refused", "Host does not name this server", "host") };
}

/** Clients that are no browsers send none. `null` is what sandboxed frames and files send, and is nobody. */
export function originFault(values: readonly string[], { origins }: Names): Declined | undefined {
  const [origin] = values;
  if (origin === undefined) return undefined;
  if (values.length > 1) return malformed("send one Origin header at most", "origin");
  if (origins.has(origin)) return undefined;
  return { status: 403, refusal: refusal("origin_refused", "this Origin may not call", "origin") };
}

/**
 * A page of elsewhere sends no Origin with an image or a link, but every browser says where that came from (Fetch
 * Metadata). Another port of this machine is `same-site`. Clients that are no browsers send nothing.
 */
export function siteFault(
  sites: readonly string[],
  [origin]: readonly string[],
  { pages }: Names,
): Declined | undefined {
  if (origin !== undefined && pages.has(origin)) return undefined;
  if (sites.every((site) => site === "same-origin" || site === "none")) return undefined;
  return {
    status: 403,
    refusal: refusal("origin_refused", "another site's page may not call", "sec-fetch-site"),
  };
}

/** What llhttp lets pass although a proxy in front might read it otherwise, and what this server does not speak. */
export function headFault(head: Head): Declined | undefined {
  const { rawHeaders, httpVersion, url = "" } = head;
  const names = rawHeaders.filter((_, at) => at % 2 === 0).map((name) => name.toLowerCase());
  if (names.length > MAX_HEADERS) return { ...malformed(`more than ${MAX_HEADERS} headers`), status: 431 };
  const twice = names.find((name, at) => SINGLE.has(name) && names.indexOf(name) !== at);
  if (twice !== undefined) return malformed("a header stands twice", twice);
  if (httpVersion !== "1.1" && httpVersion !== "1.0") return malformed("speak HTTP/1.1");
  // Absolute and asterisk forms name a host a second time, or none.
  if (!/^\/[^#\\]*$/.test(url)) return malformed("the request target must be a path");
  return framingFault(head) ?? correlationFault(valuesOf(rawHeaders, "x-correlation-id"));
}

/** RFC 9112 §6: chunked is the one coding, HTTP/1.0 has none, and only POST carries a body here. */
function framingFault({ method, httpVersion, rawHeaders }: Head): Declined | undefined {
  const [coding] = valuesOf(rawHeaders, "transfer-encoding");
  if (coding !== undefined && (coding.toLowerCase() !== "chunked" || httpVersion === "1.0"))
    return malformed("Transfer-Encoding must be chunked, with HTTP/1.1", "transfer-encoding");
  const [length = "0"] = valuesOf(rawHeaders, "content-length");
  if (method !== "POST" && (coding !== undefined || length !== "0"))
    return malformed("only POST has a body", "content-length");
  if (valuesOf(rawHeaders, "upgrade").length > 0)
    return malformed("there is no other protocol to change to", "upgrade");
  if (valuesOf(rawHeaders, "expect").length > 0)
    return { ...malformed("send the body without waiting", "expect"), status: 417 };
  return undefined;
}

function correlationFault([id]: readonly string[]): Declined | undefined {
  if (id === undefined || correlationSchema.safeParse(id).success) return undefined;
  return malformed("must be 1 to 128 token characters", "x-correlation-id");
}

/** Every occurrence of a header, as sent. `name` in lower case. */
export function valuesOf(rawHeaders: readonly string[], name: string): readonly string[] {
  return rawHeaders.filter((_, at) => at % 2 === 1 && rawHeaders[at - 1]?.toLowerCase() === name);
}

function ownNames(bound: Bound & { kind: "tcp" }): readonly string[] {
  const { address, loopback } = bound;
  const literal = address.includes(":") ? `[${address}]` : address;
  const everywhere = address === "0.0.0.0" || address === "::";
  const names = [...(loopback ? LOOPBACK : []), ...(everywhere ? [] : [literal])];
  return names.flatMap((name) => withPort(name, bound));
}

function withPort(host: string, bound: Bound): readonly string[] {
  return bound.kind === "unix" ? [host] : [host, `${host}:${bound.port}`];
}

function hasPort(host: string): boolean {
  return /:\d+$/.test(host);
}

/** As clients write it: the default port is left out by most and written by some. */
function publicNames(url: string): readonly string[] {
  if (url === "") return [];
  const { host, hostname, port, protocol } = new URL(url);
  return port === "" ? [host, `${hostname}:${protocol === "https:" ? 443 : 80}`] : [host];
}

function originOf(name: string, { port, secure }: Bound & { kind: "tcp" }): string {
  return new URL(`${secure ? "https" : "http"}://${name}:${port}`).origin;
}

function malformed(why: string, where = ""): Declined {
  return { status: 400, refusal: refusal("request_malformed", why, where) };
}
