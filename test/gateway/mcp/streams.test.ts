// Streams are counted, end with what proved their principal, and a check that fails counts as no.
import { expect, test } from "vitest";
import { openStreams, STREAM_CHECK_MS } from "../../../src/gateway/mcp/streams.ts";
import { scopeOf } from "../../support/scope.ts";

const principal = (name: string) => ({ name, credential: `token:${name}`, scope: scopeOf() });

function lab(stillValid: (name: string) => boolean | Promise<boolean> = () => true) {
  const stopping = new AbortController();
  const ticks = new Map<number, () => void>();
  const streams = openStreams({
    perPrincipal: () => 2,
    total: () => 3,
    stillValid: ({ name }) => stillValid(name),
    stopping: stopping.signal,
    every(millis, tick) {
      ticks.set(millis, tick);
      return () => void ticks.delete(millis);
    },
  });
  const ended: string[] = [];
  const beats: string[] = [];
  const open = (name: string) =>
    streams.open(principal(name), { end: () => void ended.push(name), beat: () => void beats.push(name) });
  const tick = async (): Promise<void> => {
    ticks.get(STREAM_CHECK_MS)?.();
    for (let n = 0; n < 5; n++) await Promise.resolve();
  };
  return { streams, open, ended, beats, tick, ticks, stopping };
}

test("a place is taken, given back once, and taken again", () => {
  const { open, streams } = lab();
  const first = open("a");
  open("a");
  expect(open("a")).toBeUndefined();
  open("b");
  expect(open("c")).toBeUndefined();
  first?.();
  first?.();
  expect(streams.size).toBe(2);
  expect(open("c")).toBeDefined();
  expect(open("c")).toBeUndefined();
});

test("at each look the valid ones beat, and the others end, also when the look fails", async () => {
  const valid = new Map<string, boolean | "throws">([
    ["a", true],
    ["b", false],
    ["c", "throws"],
  ]);
  const { open, ended, beats, tick } = lab((name) => {
    const answer = valid.get(name);
    if (answer === "throws") throw new Error("storage");
    return Promise.resolve(answer === true);
  });
  for (const name of valid.keys()) open(name);
  await tick();
  expect({ ended: ended.toSorted(), beats }).toEqual({ ended: ["b", "c"], beats: ["a"] });
});

test("when the process stops, all end, none is opened, and nothing is looked at any more", () => {
  const { open, ended, ticks, stopping } = lab();
  open("a");
  open("b");
  stopping.abort();
  expect(ended).toEqual(["a", "b"]);
  expect(ticks.size).toBe(0);
  expect(open("c")).toBeUndefined();
});
