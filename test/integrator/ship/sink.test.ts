// When a sink is tried again: what it asked for, within bounds, and nothing that is not a time.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { afterMs, openSink } from "../../../src/integrator/ship/sink.ts";
import { removeScratch, scratch } from "../../support/scratch.ts";

const NOW = Date.parse("2026-11-22T10:00:00Z");

test.each<[string | undefined, number | undefined]>([
  [undefined, undefined],
  ["", undefined],
  ["soon", undefined],
  ["-5", undefined],
  ["1.5", undefined],
  ["2026-11-22T10:01:00Z", undefined],
  ["0", 0],
  ["7", 7000],
  ["Sun, 22 Nov 2026 10:00:30 GMT", 30_000],
  ["Sun, 22 Nov 2026 09:00:00 GMT", 0],
  ["999999999", 600_000],
  ["Sun, 22 Nov 2099 10:00:00 GMT", 600_000],
])("Retry-After %s: %s ms", (text, millis) => {
  expect(afterMs(text, NOW)).toBe(millis);
});

const folder = scratch("sink");
afterAll(() => removeScratch(folder));
const parts = { cwd: folder, allowedHosts: [], bearer: undefined, now: () => NOW };

test.each([
  "",
  "file:",
  "siem",
  "ftp://siem.example/",
  "https://siem.example/#part",
  "https://",
  "mailto:a@b",
])("%s is no destination", (to) => {
  expect(() => openSink(to, parts)).toThrow(expect.objectContaining({ code: "config_invalid" }) as Error);
});

describe("a file", () => {
  test("is named from where the person stands", async () => {
    const sink = openSink("file:out.ndjson", parts);
    expect(await sink.deliver(["{}", "[]"])).toEqual({ kind: "delivered" });
    expect(readFileSync(join(folder, "out.ndjson"), "utf8")).toBe("{}\n[]\n");
  });

  test.each<[string, string, (path: string) => void]>([
    ["a folder", "x1", (path) => mkdirSync(path)],
    ["a link, which may lead anywhere", "x2", (path) => symlinkSync("/dev/null", path)],
  ])("that is %s is not written", async (_, name, make) => {
    const path = join(folder, name);
    make(path);
    expect(await openSink(`file:${path}`, parts).deliver(["{}"])).toMatchObject({ kind: "failed" });
  });
});

test("a bulk endpoint that says a word about each entry, more than anybody reads, has taken them", async () => {
  const server = createServer((request, response) => {
    request.resume().on("end", () => response.writeHead(200).end("x".repeat(100_000)));
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", resolve);
  await promise;
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const sink = openSink(`http://${host}/_bulk`, { ...parts, allowedHosts: [host] });
  try {
    expect(await sink.deliver(["{}", "[]"])).toEqual({ kind: "delivered" });
  } finally {
    await sink.close();
    server.close();
  }
});
