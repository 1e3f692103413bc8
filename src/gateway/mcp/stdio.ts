// The wire: newline-delimited JSON-RPC over two streams, strict in what it reads, and patient with running calls at the end.
import {
  isJSONRPCRequest,
  type JSONRPCMessage,
  type RequestId,
  type Transport,
} from "@modelcontextprotocol/server";
import type { Readable, Writable } from "node:stream";
import type { Refusal } from "../../core/base/refusal.ts";
import {
  openThreshold,
  type Revision,
  statedRevision,
  type Threshold,
  UNSUPPORTED_REVISION,
  unsupported,
} from "./floor.ts";
import { openFrames } from "./frames.ts";
import { INVALID_REQUEST, methodOf, readMessage } from "./message.ts";
import { openRunning, type Running } from "./running.ts";

/** Six bytes of JSON can stand for one of an argument, so this admits every call within proposal.max_call_bytes. */
const MAX_MESSAGE_BYTES = 4_194_304;

/** So much unread output, and nothing more is read from a client that sends and does not listen. */
const MAX_UNREAD_BYTES = 8_388_608;

export interface StdioParts {
  readonly input: Readable;
  readonly output: Writable;
  /** A line was no message, or a request was refused before it reached us: record it; it is answered in any case. */
  readonly rejected: (fault: Rejected) => void;
  /** A message is delivered now; whoever sends too many can be held back. */
  readonly delivering: (message: JSONRPCMessage) => void;
  /** Oldest protocol revision that is served. */
  readonly minProtocol: Revision;
  /** The client closed its end: calls that merely wait should come to an end. */
  readonly ending: () => void;
  /** The connection is over; nothing will be read or written any more. */
  readonly closed: () => void;
}

export interface Rejected {
  /** The tool or method that was meant, for the log. */
  readonly tool: string | undefined;
  readonly refusal: Refusal;
}

/**
 * A transport for the SDK's `serveStdio`. The SDK's own would merge duplicate keys, leave broken lines unanswered and
 * drop running calls when the input ends. At the end of the input this one waits for the answers to all delivered
 * requests, then closes.
 */
export class StdioWire implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage) => void;
  readonly #parts: StdioParts;
  readonly #frames = openFrames(MAX_MESSAGE_BYTES);
  readonly #running: Running;
  readonly #threshold: Threshold;
  /** What was read and not delivered yet; nothing more is read meanwhile. */
  readonly #lines: (Uint8Array | undefined)[] = [];
  #holds = 0;
  #scheduled = false;
  #over = false;
  #ended = false;
  #closed = false;

  constructor(parts: StdioParts) {
    this.#parts = parts;
    this.#threshold = openThreshold(parts.minProtocol);
    this.#running = openRunning((tool, said) => parts.rejected({ tool, refusal: said }));
  }

  start(): Promise<void> {
    const { input, output } = this.#parts;
    input.on("data", this.#receive);
    for (const event of ["end", "close", "error"]) input.once(event, this.#end);
    // The client is gone and nobody will read an answer any more.
    output.once("error", () => void this.close());
    return Promise.resolve();
  }

  /** Deliver nothing more, and read nothing more, until then. */
  hold(until: Promise<unknown>): void {
    this.#holds += 1;
    this.#parts.input.pause();
    const resume = (): void => {
      this.#holds -= 1;
      this.#pump();
    };
    until.then(resume, resume);
  }

  /** A handler of ours has this request: what it refuses, it records. */
  reached(id: RequestId): void {
    this.#running.reached(id);
  }

  async send(message: JSONRPCMessage): Promise<void> {
    this.#running.leaving(message);
    await this.#write(message);
    this.#running.left(message);
    this.#settle();
  }

  close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      this.#parts.input.off("data", this.#receive).pause();
      this.onclose?.();
      this.#parts.closed();
    }
    return Promise.resolve();
  }

  readonly #receive = (chunk: Buffer): void => {
    for (const line of this.#frames.push(chunk))
      if (line === undefined || !isBlank(line)) this.#lines.push(line);
    if (!this.#scheduled) this.#pump();
  };

  readonly #end = (): void => {
    this.#over = true;
    if (!this.#scheduled) this.#pump();
  };

  /**
   * Delivers line by line, and between two of them a call can begin and say that its sender must be held back: of a
   * flood in one chunk, only the first line beyond the limit costs anything. Nothing is read while lines are left.
   */
  #pump(): void {
    if (this.#holds > 0 || this.#closed) return;
    if (this.#lines.length > 0) this.#deliver(this.#lines.shift());
    if (this.#parts.output.writableLength > MAX_UNREAD_BYTES) this.hold(this.#drained());
    if (this.#lines.length > 0) {
      this.#parts.input.pause();
      this.#later();
    } else if (this.#over) this.#finish();
    else if (this.#holds === 0) this.#parts.input.resume();
  }

  #later(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#pump();
    });
  }

  #drained(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#parts.output.once("drain", resolve);
    return promise;
  }

  #finish(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#parts.ending();
    this.#settle();
  }

  #deliver(line: Uint8Array | undefined): void {
    const read = readMessage(line, MAX_MESSAGE_BYTES);
    if (!read.ok) {
      this.#parts.rejected(read);
      const { code, refusal, id } = read;
      return this.#answer(id, { code, message: refusal.message, data: { refusal } });
    }
    const { message } = read;
    const below = this.#threshold.passes(message);
    if (below !== undefined) return this.#tooOld(message, below);
    const taken = this.#running.taken(message);
    if (taken !== undefined) {
      this.#parts.rejected({ tool: methodOf(message), refusal: taken });
      return this.#answer(null, { code: INVALID_REQUEST, message: taken.message, data: { refusal: taken } });
    }
    this.#running.delivered(message);
    this.#settle();
    this.#parts.delivering(message);
    this.onmessage?.(message);
  }

  #tooOld(message: JSONRPCMessage, said: Refusal): void {
    this.#parts.rejected({ tool: methodOf(message), refusal: said });
    if (!isJSONRPCRequest(message)) return;
    const data = unsupported(said, this.#parts.minProtocol, statedRevision(message));
    this.#answer(message.id, { code: UNSUPPORTED_REVISION, message: said.message, data });
  }

  #answer(id: RequestId | null, error: object): void {
    this.#write({ jsonrpc: "2.0", id, error }).catch((cause: unknown) => {
      this.onerror?.(cause instanceof Error ? cause : new Error(String(cause)));
    });
  }

  #settle(): void {
    if (this.#ended && this.#running.size === 0) void this.close();
  }

  #write(message: object): Promise<void> {
    if (this.#closed) return Promise.reject(new Error("the connection is closed"));
    return new Promise((resolve, reject) => {
      this.#parts.output.write(`${JSON.stringify(message)}\n`, (error) =>
        error ? reject(error) : resolve(),
      );
    });
  }
}

function isBlank(line: Uint8Array): boolean {
  return line.every((byte) => byte === 0x20 || byte === 0x0d || byte === 0x09);
}
