// One subscriptions/listen stream over HTTP: its place among the streams, its own bus, and its end.
import type { ServerEventBus } from "@modelcontextprotocol/server";
import type { Exchange } from "../http/exchange.ts";
import type { McpHttpParts } from "./http-parts.ts";
import type { McpParts } from "./server.ts";
import { openBus } from "./updates.ts";

export interface Listening {
  readonly bus: ServerEventBus;
  /** No stream came of it: the place is free again. */
  release(): void;
  /** The stream as it goes out. `close` makes the SDK end it in order. */
  watch(body: ReadableStream<Uint8Array>, close: () => void): ReadableStream<Uint8Array>;
}

/** So many events that the client has not taken, and its stream ends: it must not fill our memory. */
const MAX_UNREAD = 1000;

/** Takes a place for the stream; undefined when there is none. */
export function listenStream(
  { streams, news }: Pick<McpHttpParts, "streams" | "news">,
  { hearing }: Pick<McpParts, "hearing">,
  { principal, signal }: Pick<Exchange, "principal" | "signal">,
): Listening | undefined {
  let unread = 0;
  let end = (): void => undefined;
  const release = streams.open(principal, { end: () => end() });
  if (release === undefined) return undefined;
  const bus = openBus(news, hearing, () => {
    unread += 1;
    if (unread > MAX_UNREAD) end();
  });
  return {
    bus,
    release,
    watch(body, close) {
      end = close;
      const reader = body.getReader();
      const over = (): void => {
        release();
        // Also ends the subscription to the news, whoever ended the stream.
        reader.cancel().catch(() => undefined);
      };
      signal.addEventListener("abort", over);
      if (signal.aborted) over();
      return new ReadableStream({
        async pull(controller) {
          unread = Math.max(0, unread - 1);
          const { done, value } = await reader.read();
          if (!done) return controller.enqueue(value);
          over();
          controller.close();
        },
        cancel: over,
      });
    },
  };
}
