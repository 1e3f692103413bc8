// Requests that two readers would read differently: each refused, its connection closed, and nothing behind it answered.
import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { testDoor, type TestDoor } from "../../support/doors.ts";
import { dial, GOOD, refusalOf, requestText, talk } from "../../support/http.ts";

let door: TestDoor;
beforeAll(async () => {
  door = await testDoor();
});
afterAll(async () => door.close());

const HOST = "Host: localhost\r\n";
const AUTH = `Authorization: Bearer ${GOOD}\r\n`;
const JSON_TYPE = "Content-Type: application/json\r\n";
const post = (...headers: readonly string[]): string =>
  `POST /echo HTTP/1.1\r\n${HOST}${AUTH}${JSON_TYPE}${headers.map((line) => `${line}\r\n`).join("")}\r\n`;
const get = (...headers: readonly string[]): string =>
  `GET /echo HTTP/1.1\r\n${HOST}${AUTH}${headers.map((line) => `${line}\r\n`).join("")}\r\n`;

/** A whole good request, hidden where a careless reader ends the first one. */
const SECOND = requestText({ path: "/echo?smuggled=1" });

const shapes: readonly { what: string; bytes: string; status: number }[] = [
  {
    what: "Content-Length and Transfer-Encoding",
    bytes: post("Content-Length: 5", "Transfer-Encoding: chunked") + `0\r\n\r\n${SECOND}`,
    status: 400,
  },
  {
    what: "Transfer-Encoding and Content-Length",
    bytes: post("Transfer-Encoding: chunked", "Content-Length: 5") + `0\r\n\r\n${SECOND}`,
    status: 400,
  },
  {
    what: "two equal Content-Lengths",
    bytes: `${post("Content-Length: 2", "Content-Length: 2")}{}${SECOND}`,
    status: 400,
  },
  {
    what: "two different Content-Lengths",
    bytes: `${post("Content-Length: 2", "Content-Length: 0")}{}${SECOND}`,
    status: 400,
  },
  { what: "a list of Content-Lengths", bytes: `${post("Content-Length: 2, 2")}{}${SECOND}`, status: 400 },
  { what: "a signed Content-Length", bytes: `${post("Content-Length: +2")}{}${SECOND}`, status: 400 },
  {
    what: "a Content-Length in hexadecimal",
    bytes: `${post("Content-Length: 0x2")}{}${SECOND}`,
    status: 400,
  },
  {
    what: "chunked, identity",
    bytes: post("Transfer-Encoding: chunked, identity") + `2\r\n{}\r\n0\r\n\r\n${SECOND}`,
    status: 400,
  },
  {
    what: "identity, chunked",
    bytes: post("Transfer-Encoding: identity, chunked") + `2\r\n{}\r\n0\r\n\r\n${SECOND}`,
    status: 400,
  },
  {
    what: "gzip, chunked",
    bytes: post("Transfer-Encoding: gzip, chunked") + `2\r\n{}\r\n0\r\n\r\n${SECOND}`,
    status: 400,
  },
  {
    what: "xchunked",
    bytes: post("Transfer-Encoding: xchunked") + `2\r\n{}\r\n0\r\n\r\n${SECOND}`,
    status: 400,
  },
  {
    what: "chunked twice",
    bytes: post("Transfer-Encoding: chunked", "Transfer-Encoding: chunked") + `0\r\n\r\n${SECOND}`,
    status: 400,
  },
  {
    what: "chunked in HTTP/1.0",
    bytes: post("Transfer-Encoding: chunked").replace("1.1", "1.0") + `0\r\n\r\n${SECOND}`,
    status: 400,
  },
  { what: "a folded header", bytes: get("X-A: b\r\n Transfer-Encoding: chunked") + SECOND, status: 400 },
  { what: "bare line feeds", bytes: get("X-A: b\nTransfer-Encoding: chunked") + SECOND, status: 400 },
  { what: "a request of line feeds only", bytes: get().replaceAll("\r", "") + SECOND, status: 400 },
  { what: "a bare carriage return", bytes: get("X-A: b\rX-B: c") + SECOND, status: 400 },
  { what: "a space before the colon", bytes: `${post("Content-Length : 2")}{}${SECOND}`, status: 400 },
  { what: "a header without a name", bytes: get(": x") + SECOND, status: 400 },
  { what: "a zero byte in a value", bytes: get("X-A: b\0c") + SECOND, status: 400 },
  {
    what: "a chunk size that is none",
    bytes: `${post("Transfer-Encoding: chunked")}zz\r\n{}\r\n0\r\n\r\n${SECOND}`,
    status: 400,
  },
  {
    what: "a chunk that ends with a line feed",
    bytes: `${post("Transfer-Encoding: chunked")}2\n{}\n0\n\n${SECOND}`,
    status: 400,
  },
  {
    what: "a chunk longer than it says",
    bytes: `${post("Transfer-Encoding: chunked")}2\r\n{}}\r\n0\r\n\r\n${SECOND}`,
    status: 400,
  },
  {
    what: "another host in the target",
    bytes: get().replace("/echo", "http://evil.example.com/echo") + SECOND,
    status: 400,
  },
  {
    what: "our host in the target",
    bytes: get().replace("/echo", "http://localhost/echo") + SECOND,
    status: 400,
  },
  { what: "a target that is none", bytes: get().replace("GET /echo", "OPTIONS *") + SECOND, status: 400 },
  { what: "a blank in the target", bytes: get().replace("/echo", "/echo x") + SECOND, status: 400 },
  {
    what: "CONNECT",
    bytes: `CONNECT evil.example.com:443 HTTP/1.1\r\n${HOST}${AUTH}\r\n${SECOND}`,
    status: 405,
  },
  {
    what: "Upgrade to a web socket",
    bytes: get("Connection: Upgrade", "Upgrade: websocket") + SECOND,
    status: 400,
  },
  {
    what: "Upgrade to h2c",
    bytes: get("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABk") + SECOND,
    status: 400,
  },
  { what: "HTTP/2 without asking", bytes: `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${SECOND}`, status: 400 },
  {
    what: "Expect: 100-continue",
    bytes: post("Expect: 100-continue", "Content-Length: 2") + SECOND,
    status: 417,
  },
  {
    what: "another Expect",
    bytes: `${post("Expect: miracles", "Content-Length: 2")}{}${SECOND}`,
    status: 417,
  },
  { what: "HTTP/2.0 on a line", bytes: get().replace("1.1", "2.0") + SECOND, status: 400 },
  { what: "HTTP/0.9", bytes: `GET /echo\r\n\r\n${SECOND}`, status: 400 },
  { what: "a body with GET", bytes: get(`Content-Length: ${SECOND.length}`) + SECOND, status: 400 },
  { what: "no Host", bytes: get().replace(HOST, "") + SECOND, status: 400 },
  { what: "two Hosts", bytes: get("Host: localhost") + SECOND, status: 400 },
  { what: "a method that is none", bytes: get().replace("GET", "GETS") + SECOND, status: 400 },
  {
    what: "TLS on the plain port",
    bytes: `\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03${SECOND}`,
    status: 400,
  },
];

describe("smuggling shapes", () => {
  test.each(shapes)("$what: $status, and closed", async ({ bytes, status }) => {
    const before = door.recorded.length;
    const reached = door.reached.length;
    const { answers, closed, text } = await talk(door.where, bytes);
    expect(answers.map((answer) => answer.status)).toEqual([status]);
    expect(text.match(/^HTTP\/1\.1 \d/gm)).toHaveLength(1);
    expect(answers[0]?.headers["connection"]).toBe("close");
    expect(closed).toBe(true);
    expect(door.reached.slice(reached)).toEqual([]);
    expect(door.recorded.slice(before)).toMatchObject([{ status, who: { address: "127.0.0.1" } }]);
    expect(refusalOf(answers[0]!).code).toBe(status === 405 ? "route_unknown" : "request_malformed");
  });

  test("the hidden request would have been answered by itself", async () => {
    expect((await talk(door.where, SECOND, { answers: 1 })).answers).toMatchObject([{ status: 200 }]);
  });

  test("a line feed in a correlation id is a header of its own, and no header", async () => {
    const { answers, closed } = await talk(door.where, get("X-Correlation-Id: a\r\nb"));
    expect(answers).toMatchObject([{ status: 400 }]);
    expect(closed).toBe(true);
  });

  test("a client that resets its connection behind CONNECT does no harm", async () => {
    for (let tries = 0; tries < 5; tries++) {
      const socket = dial(door.where);
      socket.on("error", () => undefined);
      socket.write(`CONNECT evil.example.com:443 HTTP/1.1\r\n${HOST}\r\n`);
      await once(socket, "data");
      socket.resetAndDestroy();
    }
    expect((await talk(door.where, SECOND, { answers: 1 })).answers).toMatchObject([{ status: 200 }]);
  });

  test("what follows a refused body is not a request", async () => {
    const large = `${post("Content-Length: 5000")}${"x".repeat(5000)}${SECOND}`;
    const stranger = `${post(`Content-Length: 4`).replace(GOOD, "bad")}{}`;
    for (const bytes of [large, [stranger, `{}${SECOND}`]]) {
      const reached = door.reached.length;
      const { answers, closed } = await talk(door.where, bytes);
      expect(answers).toHaveLength(1);
      expect(closed).toBe(true);
      expect(door.reached.slice(reached)).toEqual([]);
    }
  });

  test("rubbish behind a good request takes nothing from its answer and is not answered itself", async () => {
    const { answers, closed } = await talk(door.where, `${SECOND}\0rubbish\r\n\r\n`);
    expect(answers).toMatchObject([{ status: 200 }]);
    expect(closed).toBe(true);
  });
});
