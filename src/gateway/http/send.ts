// Writes one reply: whole or as a stream, with back-pressure, and closes in a way that lets the client read the answer.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Reply } from "./exchange.ts";

/** How long, and how much of, a body that nobody wants is read away before the connection is cut. */
const LINGER_MS = 1000;
const LINGER_BYTES = 8_388_608;

export interface Sending {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Nothing more may come on this connection. */
  readonly last: boolean;
  /** A client that takes nothing for so long is cut. */
  readonly patienceMillis: number;
}

export async function send(reply: Reply, sending: Sending): Promise<void> {
  const { request, response, last, patienceMillis } = sending;
  const { body } = reply;
  // Somebody answered already: the handler itself, or the bare connection when its bytes went wrong.
  if (response.destroyed || response.headersSent || !request.socket.writable) {
    if (body instanceof ReadableStream) await body.cancel().catch(() => undefined);
    return;
  }
  response.writeHead(reply.status, {
    ...lowered(reply.headers),
    ...(last ? { connection: "close" } : {}),
    ...(body instanceof ReadableStream || reply.status === 204 ? {} : { "content-length": sizeOf(body) }),
  });
  if (body instanceof ReadableStream) return pipe(body, response, patienceMillis);
  // Node destroys a socket that makes no progress for this long, and nobody listens to keep it.
  response.setTimeout(patienceMillis);
  const text = request.method === "HEAD" ? undefined : body;
  if (!last || request.complete) {
    response.end(text);
    return;
  }
  if (text !== undefined) response.write(text);
  await drain(request, response);
  response.end();
}

/**
 * A connection that is cut while bytes of the client wait in our buffer is reset, and a reset makes the client lose
 * the answer that was on its way. So the answer goes out in full, and the rest of the body is read away for a moment.
 */
function drain(request: IncomingMessage, response: ServerResponse): Promise<void> {
  return new Promise((settle) => {
    let left = LINGER_BYTES;
    const timer = setTimeout(done, LINGER_MS);
    function done(): void {
      clearTimeout(timer);
      settle();
    }
    request.on("data", (chunk: Buffer) => {
      left -= chunk.length;
      if (left < 0) done();
    });
    request.once("end", done);
    request.once("error", done);
    response.once("close", done);
    request.resume();
  });
}

/** The source is cancelled when the client goes: what feeds it must not work for nobody. */
async function pipe(
  body: ReadableStream<Uint8Array>,
  response: ServerResponse,
  patience: number,
): Promise<void> {
  const reader = body.getReader();
  response.once("close", () => void reader.cancel().catch(() => undefined));
  response.flushHeaders();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      if (!response.write(value)) await drained(response, patience);
    }
    response.end();
  } catch {
    // Cut short: the client sees an incomplete answer instead of one that looks whole.
    response.destroy();
  }
}

/** Only while there is something to take is a silent client at fault: an event stream may be quiet for hours. */
async function drained(response: ServerResponse, patience: number): Promise<void> {
  response.setTimeout(patience);
  await new Promise<void>((settle) => {
    response.once("drain", settle);
    response.once("close", settle);
  });
  response.setTimeout(0);
}

function sizeOf(body: string | Uint8Array | undefined): string {
  return String(body === undefined ? 0 : Buffer.byteLength(body));
}

function lowered(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
