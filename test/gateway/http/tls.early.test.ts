// Connections that are older than the revocation list, and show their certificate only after it was read.
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { connect as secure, type TLSSocket } from "node:tls";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Reply } from "../../../src/gateway/http/exchange.ts";
import type { DoorParts, HttpConfig } from "../../../src/gateway/http/parts.ts";
import { type Authority, makeAuthority, type Pair } from "../../support/certificates.ts";
import { echo, httpConfig, portOf, testDoor, type TestDoor } from "../../support/doors.ts";
import { ask, requestText } from "../../support/http.ts";
import { needs } from "../../support/needs.ts";
import { removeScratch, scratch } from "../../support/scratch.ts";

const dir = scratch("early");
afterAll(() => removeScratch(dir));
const openssl = needs("openssl");
let ours: Authority;
let server: Pair;
beforeAll(() => {
  if (!openssl) return;
  ours = makeAuthority(dir);
  server = ours.issue("server", { usage: "serverAuth" });
});
const opened: TestDoor[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map(async (door) => door.close()));
});

const files = (): HttpConfig["tls"] => ({
  ...httpConfig.tls,
  termination: "server",
  cert_file: server.cert,
  key_file: server.key,
  client_ca_file: ours.ca,
  require_client_cert: true,
  crl_file: ours.revocations(),
});

async function open(parts: Partial<DoorParts> = {}): Promise<TestDoor> {
  const door = await testDoor({
    http: { tls: files(), max_connections: 256 },
    parts: { auth: "mtls", ...parts },
  });
  opened.push(door);
  return door;
}

const showing = ({ cert, key }: Pair, version: "TLSv1.2" | "TLSv1.3" = "TLSv1.3") => ({
  ca: readFileSync(ours.ca),
  cert: readFileSync(cert),
  key: readFileSync(key),
  servername: "localhost",
  minVersion: version,
  maxVersion: version,
});

/** Unlike `once`, it does not mind errors. */
async function closed(socket: Socket): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  socket.once("close", () => resolve());
  await promise;
}

/** What comes back until the connection is closed, or for a second. */
async function heard(socket: Socket | TLSSocket): Promise<string> {
  let text = "";
  socket.on("data", (chunk: Buffer) => (text += chunk.toString("latin1")));
  socket.on("error", () => undefined);
  socket.write(requestText());
  await Promise.race([closed(socket), pause(1000)]);
  socket.destroy();
  return text;
}

interface Relay {
  readonly port: number;
  /** The client's second flight has come. */
  readonly held: Promise<void>;
  release(): void;
  close(): void;
}

/** A connection through it stops where the client has said its first word and heard the answer. */
async function holding(port: number): Promise<Relay> {
  const held = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const server = createServer((client) => {
    const onward = connect(port, "127.0.0.1");
    for (const socket of [client, onward]) socket.on("error", () => undefined);
    onward.pipe(client);
    client.once("data", (hello: Buffer) => {
      onward.write(hello);
      client.on("data", (rest: Buffer) => {
        held.resolve();
        void released.promise.then(() => onward.write(rest));
      });
    });
    client.once("close", () => onward.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const at = server.address();
  return {
    port: at !== null && typeof at === "object" ? at.port : 0,
    held: held.promise,
    release: () => released.resolve(),
    close: () => void server.close(),
  };
}

describe.skipIf(!openssl)("a certificate that is revoked", () => {
  test.each(["TLSv1.2", "TLSv1.3"] as const)(
    "%s: is refused on a connection that was opened before and says its first word after",
    async (version) => {
      const bad = ours.issue(`waiting-${version}`);
      const good = ours.issue(`good-${version}`);
      const door = await open();
      const early = connect(portOf(door), "127.0.0.1").on("error", () => undefined);
      await once(early, "connect");
      await pause(50);
      ours.revoke(bad);
      door.door.reloadTls(files());
      expect(await heard(secure({ socket: early, ...showing(bad, version) }))).toBe("");
      expect(door.presented).toEqual([]);
      expect(await ask(door.where, {}, { tls: showing(good, version) })).toMatchObject({ status: 200 });
    },
  );

  test("is refused in a handshake that has begun", async () => {
    const bad = ours.issue("midway");
    const door = await open();
    const relay = await holding(portOf(door));
    const through = secure({ host: "127.0.0.1", port: relay.port, ...showing(bad) });
    const said = heard(through);
    // The client's certificate is on its way.
    await relay.held;
    ours.revoke(bad);
    door.door.reloadTls(files());
    relay.release();
    expect(await said).toBe("");
    expect(door.presented).toEqual([]);
    relay.close();
  });

  test("loses the stream that begins only after the list was read", async () => {
    const gate = Promise.withResolvers<Reply>();
    let cancelled = false;
    const stream = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(Buffer.from(": begun\n\n")),
      cancel: () => void (cancelled = true),
    });
    const bad = ours.issue("streaming");
    const door = await open({ routes: echo(() => gate.promise) });
    const held = secure({ host: "127.0.0.1", port: portOf(door), ...showing(bad) });
    const said = heard(held);
    await pause(200);
    ours.revoke(bad);
    door.door.reloadTls(files());
    gate.resolve({ status: 200, headers: { "content-type": "text/event-stream" }, body: stream });
    expect(await said).not.toContain("begun");
    expect(cancelled).toBe(true);
  });

  test("is not asked again for a body that ends after the list was read: 401", async () => {
    const bad = ours.issue("late-body");
    const door = await open();
    const held = secure({ host: "127.0.0.1", port: portOf(door), ...showing(bad) });
    await once(held, "secureConnect");
    const text = requestText({ body: '{"a":1}' });
    let back = "";
    held.on("data", (chunk: Buffer) => (back += chunk.toString("latin1")));
    held.write(text.slice(0, -3));
    await pause(200);
    ours.revoke(bad);
    door.door.reloadTls(files());
    held.write(text.slice(-3));
    await closed(held);
    expect(back).toMatch(/^HTTP\/1.1 401 /);
    expect(door.reached).toEqual([]);
  });

  test("handshakes that end leave nothing behind: 40 in turn, each closed by its client", async () => {
    const good = ours.issue("often");
    const door = await open();
    for (let turn = 0; turn < 40; turn++)
      expect(await ask(door.where, {}, { tls: showing(good) })).toMatchObject({ status: 200 });
  });

  test("32 connections of one address without a handshake are the most", async () => {
    const door = await open();
    const silent = Array.from({ length: 36 }, () =>
      connect(portOf(door), "127.0.0.1").on("error", () => undefined),
    );
    await pause(300);
    expect(silent.filter(({ closed }) => closed)).toHaveLength(4);
    expect(door.recorded).toHaveLength(4);
    for (const socket of silent) socket.destroy();
  });
});
