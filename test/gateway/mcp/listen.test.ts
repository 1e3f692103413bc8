// A stream that nobody reads ends before it fills the memory, and its end frees what it held.
import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import type { Hearing } from "../../../src/gateway/mcp/hearing.ts";
import { listenStream } from "../../../src/gateway/mcp/listen.ts";
import { openStreams } from "../../../src/gateway/mcp/streams.ts";
import { openNews } from "../../../src/gateway/legs/news.ts";
import { scopeOf } from "../../support/scope.ts";

/** Whoever listens is asked about in between. */
const hearing: Hearing = { hears: () => Promise.resolve(true), held: () => Promise.resolve(undefined) };

test("1,000 events that are not taken end a stream, and fewer do not", async () => {
  const stopping = new AbortController();
  const streams = openStreams({
    perPrincipal: () => 1,
    total: () => 1,
    stillValid: () => true,
    stopping: stopping.signal,
    every: () => () => undefined,
  });
  const news = openNews();
  const { signal } = new AbortController();
  const principal = { name: "a", credential: "token:a", scope: scopeOf() };
  const stream = listenStream({ streams, news }, { hearing }, { principal, signal });
  let closed = 0;
  stream?.watch(new ReadableStream(), () => void (closed += 1));
  const heard: string[] = [];
  const stop = stream?.bus.subscribe(({ kind }) => void heard.push(kind));
  // A new manifest is two events: the list, and the manifest itself.
  for (let n = 0; n < 500; n++) news.tell({ kind: "manifest" });
  await setImmediate();
  expect({ heard: heard.length, closed }).toEqual({ heard: 1000, closed: 0 });
  news.tell({ kind: "manifest" });
  await setImmediate();
  expect(closed).toBeGreaterThan(0);
  // What was told before, and is still being asked about, does not come in behind the end.
  news.tell({ kind: "manifest" });
  stop?.();
  news.tell({ kind: "manifest" });
  await setImmediate();
  expect(heard).toHaveLength(1002);
});
