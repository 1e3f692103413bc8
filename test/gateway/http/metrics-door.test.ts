// The door of the numbers: loopback, one token, one path, one method; everybody else learns nothing.
import { connect, type Socket } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type MetricsDoor, openMetricsDoor } from "../../../src/gateway/http/metrics-door.ts";
import { pieced } from "../../support/pieced.ts";

const TOKEN = pieced(["the-token-of-the-scraper", "-0123456789"]);
let door: MetricsDoor;
let scraped: string[];
let page: () => Promise<string>;
const failures: unknown[] = [];
beforeEach(async () => {
  scraped = [];
  page = () => Promise.resolve("numbers 1\n");
  door = await openMetricsDoor({
    port: 0,
    token: TOKEN,
    metrics: {
      page: () => page(),
      type: "text/plain; version=0.0.4",
      scraped: (how) => void scraped.push(how),
    },
    failed: (error) => void failures.push(error),
  });
});
afterEach(() => door.close());

/** The status, and everything else that came back, of exactly these bytes. */
function talk(text: string): Promise<{ readonly status: number; readonly said: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; said: string }>();
  const socket = connect(door.port, "127.0.0.1", () => socket.write(text));
  let said = "";
  socket.setEncoding("latin1").on("data", (chunk: string) => (said += chunk));
  socket.on("error", reject).on("close", () => resolve({ status: Number(said.split(" ")[1]), said }));
  return promise;
}
const request = ({
  method = "GET",
  path = "/metrics",
  host = `127.0.0.1:${door.port}`,
  auth = `Bearer ${TOKEN}`,
  more = "",
} = {}): string =>
  `${method} ${path} HTTP/1.1\r\n${host === "" ? "" : `Host: ${host}\r\n`}${auth === "" ? "" : `Authorization: ${auth}\r\n`}${more}Connection: close\r\n\r\n`;

test.each<[string, number, Parameters<typeof request>[0]]>([
  ["no token", 401, { auth: "" }],
  ["another token", 401, { auth: `Bearer ${"x".repeat(TOKEN.length)}` }],
  ["a part of it", 401, { auth: `Bearer ${TOKEN.slice(0, -1)}` }],
  ["more than it", 401, { auth: `Bearer ${TOKEN}x` }],
  ["an empty one", 401, { auth: "Bearer " }],
  ["another scheme", 401, { auth: `Basic ${TOKEN}` }],
  ["it twice", 401, { more: `Authorization: Bearer ${TOKEN}\r\n` }],
  ["no token on another path, which is not told", 401, { auth: "", path: "/other" }],
  ["no token with another method", 401, { auth: "", method: "POST" }],
  ["another host", 403, { host: "evil.example" }],
  ["no host", 403, { host: "" }],
  ["the host without its port", 403, { host: "127.0.0.1" }],
  ["a host that begins like ours", 403, { host: "127.0.0.1.evil.example" }],
  ["a second host", 403, { more: "Host: evil.example\r\n" }],
  ["a page of a browser", 403, { more: "Origin: http://127.0.0.1\r\n" }],
  ["another path", 404, { path: "/" }],
  ["a query", 404, { path: "/metrics?all=1" }],
  ["the whole URL", 404, { path: "http://127.0.0.1/metrics" }],
  ["HEAD", 405, { method: "HEAD" }],
  ["POST", 405, { method: "POST" }],
])("%s is refused with %s", async (_, status, how) => {
  const answer = await talk(request(how));
  expect(answer.status).toBe(status);
  expect(answer.said).not.toContain("numbers");
  expect(answer.said).not.toContain(TOKEN);
  expect(scraped).toEqual(["refused"]);
});

test.each(["127.0.0.1", "localhost", "LOCALHOST"])("the page, under %s", async (host) => {
  const { status, said } = await talk(request({ host: `${host}:${door.port}` }));
  expect(status).toBe(200);
  expect(said).toContain("content-type: text/plain; version=0.0.4");
  expect(said).toContain("cache-control: no-store");
  expect(said).toContain("numbers 1");
  expect(scraped).toEqual(["served"]);
});

test("a page that fails ends its connection, and nobody else's", async () => {
  const failure = new Error("a fault");
  page = () => Promise.reject(failure);
  expect((await talk(request())).said).toBe("");
  expect(failures).toEqual([failure]);
  page = () => Promise.resolve("numbers 2\n");
  expect((await talk(request())).said).toContain("numbers 2");
});

const idle = (): Promise<Socket> => {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const socket = connect(door.port, "127.0.0.1", () => resolve(socket));
  socket.on("error", reject);
  return promise;
};

test("connections that say nothing keep nobody out: the oldest makes room", async () => {
  const held = await Promise.all(Array.from({ length: 40 }, idle));
  for (let n = 0; n < 3; n++) expect((await talk(request())).status).toBe(200);
  for (const socket of held) socket.destroy();
});

test("a connection whose page is being made is not the one that goes", async () => {
  const [asked, made] = [Promise.withResolvers<void>(), Promise.withResolvers<string>()];
  page = () => {
    asked.resolve();
    return made.promise;
  };
  const answer = talk(request());
  await asked.promise;
  const held = await Promise.all(Array.from({ length: 40 }, idle));
  made.resolve("numbers 3\n");
  expect((await answer).said).toContain("numbers 3");
  for (const socket of held) socket.destroy();
});

test("a port that is taken is named, with the key to change", async () => {
  const again = openMetricsDoor({
    port: door.port,
    token: TOKEN,
    metrics: { page: () => page(), type: "", scraped: () => undefined },
    failed: () => undefined,
  });
  await expect(again).rejects.toMatchObject({ code: "state_unusable" });
  await expect(again).rejects.toHaveProperty("fix", "Stop the other server, or set metrics.port.");
});
