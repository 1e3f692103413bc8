// The wire: newline-delimited JSON-RPC over two streams, strict in what it reads, and patient with running calls at the end.
import {
  isJSONRPCErrorResponse,
  isJSONRPCNotification,
  isJSONRPCRequest,
  isJSONRPCResultResponse,
  type JSONRPCMessage,
  type RequestId,
  type Transport,
} from "@modelcontextprotocol/server";
import type { Readable, Writable } from "node:stream";
import { openFrames } from "./frames.ts";
import { readMessage, type Unreadable } from "./message.ts";

/** Six bytes of JSON can stand for one of an argument, so this admits every call within proposal.max_call_bytes. */
const MAX_MESSAGE_BYTES = 4_194_304;

export interface StdioParts {
  readonly input: Readable;
  readonly output: Writable;
  /** A line was no message: record it; it is answered in any case. */
  readonly rejected: (fault: Unreadable) => void;
  /** The client closed its end: calls that merely wait should come to an end. */
  readonly ending: () => void;
  /** The connection is over; nothing will be read or written any more. */
  readonly closed: () => void;
}

/** Long-lived by design and never answered before the end, so the end does not wait for it. */
const LISTEN = "subscriptions/listen";

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
  readonly #running = new Set<RequestId>();
  #ended = false;
  #closed = false;

  constructor(parts: StdioParts) {
    this.#parts = parts;
  }

  start(): Promise<void> {
    const { input, output } = this.#parts;
    input.on("data", this.#receive);
    for (const event of ["end", "close", "error"]) input.once(event, this.#end);
    // The client is gone and nobody will read an answer any more.
    output.once("error", () => void this.close());
    return Promise.resolve();
  }

  async send(message: JSONRPCMessage): Promise<void> {
    await this.#write(message);
    if (isJSONRPCResultResponse(message) || isJSONRPCErrorResponse(message)) this.#settle(message.id);
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
      if (line === undefined || !isBlank(line)) this.#deliver(line);
  };

  readonly #end = (): void => {
    if (this.#ended) return;
    this.#ended = true;
    this.#parts.ending();
    this.#settle(undefined);
  };

  #deliver(line: Uint8Array | undefined): void {
    const read = readMessage(line, MAX_MESSAGE_BYTES);
    if (!read.ok) return this.#refuse(read);
    const { message } = read;
    if (isJSONRPCRequest(message) && message.method !== LISTEN) this.#running.add(message.id);
    // The SDK does not answer a request that was cancelled.
    if (isJSONRPCNotification(message) && message.method === "notifications/cancelled")
      this.#settle(cancelledId(message));
    this.onmessage?.(message);
  }

  #refuse(fault: Unreadable): void {
    this.#parts.rejected(fault);
    const { code, refusal, id } = fault;
    const error = { code, message: refusal.message, data: { refusal } };
    this.#write({ jsonrpc: "2.0", id, error }).catch((cause: unknown) => {
      this.onerror?.(cause instanceof Error ? cause : new Error(String(cause)));
    });
  }

  #settle(id: RequestId | undefined): void {
    if (id !== undefined) this.#running.delete(id);
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

function cancelledId(message: { params?: unknown }): RequestId | undefined {
  const { params } = message;
  const id: unknown =
    typeof params === "object" && params !== null ? Reflect.get(params, "requestId") : undefined;
  return typeof id === "string" || typeof id === "number" ? id : undefined;
}

function isBlank(line: Uint8Array): boolean {
  return line.every((byte) => byte === 0x20 || byte === 0x0d || byte === 0x09);
}
