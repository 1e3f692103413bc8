// The webhook: signed over the exact bytes, sent until it is taken, and never anywhere else than where it was meant to go.
import { createHmac } from "node:crypto";
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { AlertTurn } from "../../../src/core/alert/alert.ts";
import { type AlertOutbox, alertOutbox, MAX_WAITING } from "../../../src/io/alerts/outbox.ts";
import { deliver, type Delivery, openAlertDoor, signatureOf } from "../../../src/io/alerts/webhook.ts";
import { pieced } from "../../support/pieced.ts";
import { at, NOON } from "../../support/proposals.ts";
import { removeScratch, scratch } from "../../support/scratch.ts";

const SECRET = pieced(["a secret of the", " webhook, for tests"]);

interface Got {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let folder: string;
let outbox: AlertOutbox;
let got: Got[];
let answer: (response: ServerResponse, nth: number) => void;
let server: ReturnType<typeof createServer>;
let host: string;

beforeEach(async () => {
  folder = scratch("outbox");
  outbox = alertOutbox(folder);
  got = [];
  answer = (response) => response.end();
  server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
    request.on("end", () => {
      got.push({ headers: request.headers, body });
      answer(response, got.length);
    });
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", resolve);
  await promise;
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
  removeScratch(folder);
});

const turn = (n: number): AlertTurn => ({
  id: `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`,
  at: at(n),
  alert: "validator_silent",
  state: n % 2 === 0 ? "cleared" : "raised",
  facts: { seconds: 31, limit: 30 },
});
const idsOf = (bodies: readonly Got[]): readonly string[] =>
  bodies.map(({ body }) => (JSON.parse(body) as AlertTurn).id);

async function send(
  allowed: readonly string[] = [host],
  path = "/in?team=a",
  offers?: Map<string, number>,
): Promise<Delivery> {
  const door = openAlertDoor(allowed);
  try {
    const webhook = { url: `http://${host}${path}`, secret: SECRET, clock: () => NOON };
    return await deliver(outbox, door, webhook, undefined, offers);
  } finally {
    await door.close();
  }
}

test("what is sent is the turn, the deployment, and a signature over time and bytes that others can check", async () => {
  await outbox.put(turn(1), "countersign/default/repository");
  expect(await send()).toEqual({ kind: "empty", sent: 1 });
  const [{ headers, body } = { headers: {}, body: "" }] = got;
  expect(JSON.parse(body)).toEqual({ ...turn(1), deployment: "countersign/default/repository" });
  const [, t = "", mac = ""] =
    /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers["countersign-signature"])) ?? [];
  expect(t).toBe(String(NOON / 1000));
  expect(mac).toBe(createHmac("sha256", SECRET).update(`${t}.${body}`).digest("hex"));
  expect(headers["content-type"]).toBe("application/json");
  expect(`${JSON.stringify(headers)}${body}`).not.toContain(SECRET);
  expect(await outbox.waiting()).toBe(0);
});

test("another time, another secret or another byte is another signature", () => {
  const all = [
    signatureOf(SECRET, 1, "{}"),
    signatureOf(SECRET, 2, "{}"),
    signatureOf(`${SECRET}x`, 1, "{}"),
    signatureOf(SECRET, 1, "{ }"),
  ].map((text) => text.split("v1=")[1]);
  expect(new Set(all).size).toBe(all.length);
});

test.each<[string, (response: ServerResponse) => void]>([
  ["an error", (response) => response.writeHead(500).end()],
  ["a no", (response) => response.writeHead(401).end()],
  ["a redirect", (response) => response.writeHead(302, { location: "http://127.0.0.1:1/" }).end()],
  ["a torn connection", (response) => response.destroy()],
])("after %s the message waits, and nothing overtakes it", async (_, once) => {
  for (const n of [1, 2, 3]) await outbox.put(turn(n), "d");
  answer = (response, nth) => (nth === 2 ? once(response) : response.end());
  expect(await send()).toMatchObject({ kind: "held", sent: 1 });
  expect(await outbox.waiting()).toBe(2);
  expect(await send()).toEqual({ kind: "empty", sent: 2 });
  // The second one came twice, with one id.
  expect(idsOf(got)).toEqual([1, 2, 2, 3].map((n) => turn(n).id));
});

test.each<[string, (response: ServerResponse) => void]>([
  ["says more than anybody reads", (response) => response.end("x".repeat(100_000))],
  [
    "breaks off in its words",
    (response) => {
      response.writeHead(200, { "content-length": "900" });
      response.write("x", () => response.destroy());
    },
  ],
])("a yes that %s is a yes: nothing comes twice, and nothing waits behind it", async (_, first) => {
  for (const n of [1, 2]) await outbox.put(turn(n), "d");
  answer = (response, nth) => (nth === 1 ? first(response) : response.end());
  expect(await send()).toEqual({ kind: "empty", sent: 2 });
  expect(idsOf(got)).toEqual([1, 2].map((n) => turn(n).id));
});

test.each([400, 413, 415, 422])(
  "a message that is refused for itself (%i) holds up none, and is given up",
  async (status) => {
    for (const n of [1, 2, 3]) await outbox.put(turn(n), "d");
    answer = (response, nth) =>
      response.writeHead(got[nth - 1]?.body.includes(turn(1).id) ? status : 200).end();
    const offers = new Map<string, number>();
    expect(await send(undefined, undefined, offers)).toMatchObject({ kind: "held", sent: 2 });
    for (let times = 2; times < 8; times++)
      expect(await send(undefined, undefined, offers)).toMatchObject({ kind: "held", sent: 0 });
    expect(await outbox.waiting()).toBe(1);
    expect(await send(undefined, undefined, offers)).toEqual({ kind: "empty", sent: 0, dropped: 1 });
    expect(await outbox.waiting()).toBe(0);
    expect([...offers]).toEqual([]);
  },
);

test.each<[string, () => readonly string[]]>([
  ["no host", () => []],
  ["the host without its port", () => ["127.0.0.1"]],
  ["another port", () => ["127.0.0.1:1"]],
])("where outbound.allowed_hosts names %s, nothing leaves", async (_, allowed) => {
  await outbox.put(turn(1), "d");
  expect(await send(allowed())).toMatchObject({ kind: "held", sent: 0 });
  expect(got).toEqual([]);
});

test("the outbox is bounded: the oldest goes, and the caller is told", async () => {
  for (let n = 1; n <= MAX_WAITING; n++) expect(await outbox.put(turn(n), "d")).toBe(0);
  expect(await outbox.put(turn(MAX_WAITING + 1), "d")).toBe(1);
  expect(await outbox.waiting()).toBe(MAX_WAITING);
  expect((await outbox.next())?.body).toContain(turn(2).id);
});

test("a message that is not to be sent after all is gone", async () => {
  await outbox.put(turn(1), "d");
  await outbox.forget(turn(1));
  await outbox.forget(turn(2));
  expect(await outbox.next()).toBeUndefined();
});
