// Where entries are shipped to: an HTTP endpoint that takes lines of JSON, or a file that grows.
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { resolve } from "node:path";
import { CountersignError } from "../../core/base/failure.ts";
import { printable } from "../../core/base/refusal.ts";
import { FILE_MODE } from "../../io/file/durable.ts";
import { openOutbound, OutboundError } from "../../io/http/outbound.ts";

export type Delivery =
  | { readonly kind: "delivered" }
  /** Nothing is known of it: to be sent again. `afterMs`: not before, as the other side asks. */
  | { readonly kind: "failed"; readonly why: string; readonly afterMs: number | undefined }
  /** Too much at once: to be sent again in smaller parts. */
  | { readonly kind: "large"; readonly why: string };

export interface Sink {
  /** For people and for the name of the cursor: never the path or query of a URL, which may hold a secret. */
  readonly name: string;
  /** All of it, for telling destinations apart. */
  readonly destination: string;
  deliver(records: readonly string[]): Promise<Delivery>;
  /** Ends what is under way. */
  close(): Promise<void>;
}

export interface SinkParts {
  readonly cwd: string;
  readonly allowedHosts: readonly string[];
  readonly bearer: string | undefined;
  /** Milliseconds since 1970, for dates in Retry-After. */
  readonly now: () => number;
}

const FILE = "file:";
const TIMEOUT_MS = 30_000;
/** Of the other side's words only the length has a bound: nobody reads them. */
const MAX_ANSWER_BYTES = 65_536;
const LONGEST_RETRY_AFTER_MS = 600_000;

/** Throws `config_invalid` for what is neither; whether a host may be reached shows at the first delivery. */
export function openSink(to: string, parts: SinkParts): Sink {
  if (to.startsWith(FILE) && to.length > FILE.length)
    return fileSink(resolve(parts.cwd, to.slice(FILE.length)));
  const url = URL.parse(to);
  if (url === null || !/^https?:$/.test(url.protocol) || url.hash !== "")
    throw new CountersignError("config_invalid", "the destination is neither a URL nor file: and a path", {
      fix: "Write it like https://siem.example/ingest or file:/var/log/countersign.ndjson.",
    });
  return httpSink(url, parts);
}

function httpSink(url: URL, { allowedHosts, bearer, now }: SinkParts): Sink {
  const outbound = openOutbound({
    allowedHosts,
    withPorts: true,
    loopbackHttp: true,
    timeoutMs: TIMEOUT_MS,
    maxBytes: MAX_ANSWER_BYTES,
  });
  const post = async (records: readonly string[]): Promise<Delivery> => {
    const body = records.map((record) => `${record}\n`).join("");
    const answer = await outbound.send(url.href, { body, type: "application/x-ndjson", bearer });
    const { status, retryAfter } = answer;
    if (status >= 200 && status < 300) return { kind: "delivered" };
    const why = `${url.host} answered with ${status}`;
    if (status === 413 && records.length > 1) return { kind: "large", why };
    return { kind: "failed", why, afterMs: afterMs(retryAfter, now()) };
  };
  return {
    name: url.host,
    destination: url.href,
    deliver: async (records) => {
      try {
        return await post(records);
      } catch (cause) {
        return failed(cause);
      }
    },
    close: () => outbound.close(),
  };
}

/** What no second try could mend is thrown: the configuration does not let it out. */
function failed(cause: unknown): Delivery {
  if (!(cause instanceof OutboundError)) throw cause;
  const { fault, message } = cause;
  if (fault === "url" || fault === "host")
    throw new CountersignError("config_invalid", message, {
      fix: "Name the host in outbound.allowed_hosts, with its port where it is not the usual one; http is for loopback only.",
      cause,
    });
  return { kind: "failed", why: printable(message), afterMs: undefined };
}

/** RFC 9110 §10.2.3: seconds or a date. Undefined for anything else. */
export function afterMs(text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined;
  const millis = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : dateMs(text) - now;
  return Number.isNaN(millis) ? undefined : Math.min(Math.max(millis, 0), LONGEST_RETRY_AFTER_MS);
}

const dateMs = (text: string): number =>
  /^[A-Z][a-z]{2}, .* GMT$/.test(text) ? Date.parse(text) : Number.NaN;

const LINE_FEED = 0x0a;
const FLAGS =
  constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * Appended, and durable before it counts. Opened for each delivery: a file that was rotated away is made anew. Crash story:
 * killed in the middle of a line, the next delivery ends that line first; no reader takes it for JSON, and its entry comes
 * again whole.
 */
function fileSink(path: string): Sink {
  return {
    name: path.split("/").at(-1) ?? path,
    destination: `${FILE}${path}`,
    deliver: async (records) => {
      try {
        await append(path, records);
        return { kind: "delivered" };
      } catch (cause) {
        const code = cause instanceof Error && "code" in cause ? ` (${String(cause.code)})` : "";
        return { kind: "failed", why: `${printable(path)} cannot be written${code}`, afterMs: undefined };
      }
    },
    close: () => Promise.resolve(),
  };
}

async function append(path: string, records: readonly string[]): Promise<void> {
  const handle = await open(path, FLAGS, FILE_MODE);
  try {
    const { size } = await regular(handle);
    const last = size === 0 ? undefined : await handle.read(Buffer.alloc(1), 0, 1, size - 1);
    const mend = last === undefined || last.buffer[0] === LINE_FEED ? "" : "\n";
    await handle.appendFile(mend + records.map((record) => `${record}\n`).join(""));
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function regular(handle: FileHandle): Promise<{ readonly size: number }> {
  const stat = await handle.stat();
  if (!stat.isFile()) throw new Error("it is not a regular file");
  return stat;
}
