// What is sent to a machine of the operator's: a SIEM, a webhook, a witness. Every answer is one, but only of named hosts and ports.
import { createServer, type IncomingHttpHeaders, type RequestListener, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { openOutbound, OutboundError, type OutboundOptions } from "../../../src/io/http/outbound.ts";

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", resolve);
  await promise;
  open.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function door(allowedHosts: readonly string[], more: Partial<OutboundOptions> = {}) {
  const made = openOutbound({
    allowedHosts,
    withPorts: true,
    loopbackHttp: true,
    timeoutMs: 2000,
    maxBytes: 1000,
    ...more,
  });
  open.push(() => made.close());
  return made;
}

const MESSAGE = { body: "a\nb\n", type: "application/x-ndjson" };
const faultOf = async (asked: Promise<unknown>): Promise<string> => {
  const cause = await asked.then(
    () => "an answer",
    (error: unknown) => error,
  );
  return cause instanceof OutboundError ? cause.fault : String(cause);
};

describe("with ports, a host is its port too", () => {
  test.each([
    ["the host alone, another port", (host: string) => [host.split(":")[0]!]],
    ["a port beside it", (host: string) => [`${host}1`]],
    ["nothing", () => []],
  ])("%s", async (_, allowed) => {
    const host = await serve((_request, response) => response.end());
    expect(await faultOf(door(allowed(host)).send(`http://${host}/`, MESSAGE))).toBe("host");
  });

  test("the usual port of https is meant by the host alone", async () => {
    const resolve: OutboundOptions["resolve"] = (_host, done) => done(new Error("asked"), []);
    expect(
      await faultOf(door(["siem.example"], { resolve }).send("https://siem.example:443/", MESSAGE)),
    ).toBe("failed");
    expect(
      await faultOf(door(["siem.example"], { resolve }).send("https://siem.example:444/", MESSAGE)),
    ).toBe("host");
  });
});

test.each([200, 204, 400, 409, 429, 500, 503])(
  "an answer with %i is handed on with its words",
  async (status) => {
    let seen: IncomingHttpHeaders = {};
    const chunks: Buffer[] = [];
    const host = await serve((request, response) => {
      seen = request.headers;
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        response.writeHead(status, { "retry-after": "7", "content-type": "text/x.y" });
        response.end(status === 204 ? undefined : "words");
      });
    });
    const answer = await door([host]).send(`http://${host}/in`, {
      ...MESSAGE,
      bearer: "t",
      headers: { "x-signature": "s" },
    });
    expect({ ...answer, body: Buffer.from(answer.body ?? []).toString() }).toEqual({
      status,
      retryAfter: "7",
      type: "text/x.y",
      body: status === 204 ? "" : "words",
    });
    expect(Buffer.concat(chunks).toString()).toBe(MESSAGE.body);
    expect(seen).toMatchObject({
      authorization: "Bearer t",
      "content-type": MESSAGE.type,
      "x-signature": "s",
    });
  },
);

test.each<[string, string, RequestListener]>([
  ["a redirect", "redirect", (_, response) => response.writeHead(307, { location: "/b" }).end()],
  ["a connection that is cut", "failed", (request) => request.socket.destroy()],
  ["no answer in time", "timeout", () => undefined],
])("%s is none", async (_, fault, answer) => {
  const host = await serve(answer);
  expect(await faultOf(door([host], { timeoutMs: 300 }).send(`http://${host}/`, MESSAGE))).toBe(fault);
});

test.each<[string, (response: ServerResponse) => void]>([
  ["are too many", (response) => response.end("x".repeat(1001))],
  ["never end", (response) => void response.write("x")],
  [
    "break off",
    (response) => {
      response.writeHead(200, { "content-length": "900" });
      response.write("x", () => response.destroy());
    },
  ],
])("an answer whose words %s is one without words: what was asked for was done", async (_, answer) => {
  let asked = 0;
  const host = await serve((request, response) => {
    asked += 1;
    request.resume().on("end", () => answer(response));
  });
  const way = door([host], { timeoutMs: 300 });
  expect(await way.send(`http://${host}/`, MESSAGE)).toMatchObject({ status: 200, body: undefined });
  expect(asked).toBe(1);
});
