// Acceptance 5: request smuggling and bodies of two meanings: one request on the wire is one request to the real process, or none.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openRoom, type Room, type Up } from "../support/http-up.ts";
import { talk } from "../support/http.ts";

let room: Room;
let up: Up;
let alice: string;
beforeAll(async () => {
  room = openRoom("default", "[server.http]\nfailures_per_minute = 10000\n[calls]\nper_minute = 10000\n");
  alice = room.token("alice");
  up = await room.up();
});
afterAll(() => room.remove());

const host = (): string => `127.0.0.1:${up.port}`;

describe("request smuggling: one request on the wire is one request, or none", () => {
  /** What a desynchronised server would take for a second request, with the right of the first one's proxy. */
  const SMUGGLED =
    "GET /actions/openapi.json HTTP/1.1\r\nhost: {HOST}\r\nauthorization: Bearer {TOKEN}\r\n\r\n";
  const HEAD =
    "POST /actions/read-manifest HTTP/1.1\r\nhost: {HOST}\r\nauthorization: Bearer {TOKEN}\r\ncontent-type: application/json\r\n";
  const sized = (text: string): string => `content-length: ${text.length}\r\n`;
  test.each<readonly [string, string]>([
    ["CL.TE", `${HEAD}content-length: 6\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n${SMUGGLED}`],
    [
      "TE.CL",
      `${HEAD}transfer-encoding: chunked\r\ncontent-length: 4\r\n\r\n2\r\n{}\r\n0\r\n\r\n${SMUGGLED}`,
    ],
    [
      "TE.TE, disguised",
      `${HEAD}transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n\r\n2\r\n{}\r\n0\r\n\r\n${SMUGGLED}`,
    ],
    [
      "TE with an unknown coding",
      `${HEAD}transfer-encoding: xchunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n${SMUGGLED}`,
    ],
    ["TE as a list", `${HEAD}transfer-encoding: gzip, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n${SMUGGLED}`],
    [
      "TE with a space before the colon",
      `${HEAD}transfer-encoding : chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n${SMUGGLED}`,
    ],
    [
      "TE with HTTP/1.0",
      `${HEAD.replace("HTTP/1.1", "HTTP/1.0")}transfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n${SMUGGLED}`,
    ],
    ["two Content-Length that differ", `${HEAD}content-length: 2\r\n${sized(SMUGGLED)}\r\n{}${SMUGGLED}`],
    ["two Content-Length that agree", `${HEAD}content-length: 2\r\ncontent-length: 2\r\n\r\n{}${SMUGGLED}`],
    ["Content-Length as a list", `${HEAD}content-length: 2, 2\r\n\r\n{}${SMUGGLED}`],
    ["a Content-Length with a sign", `${HEAD}content-length: +2\r\n\r\n{}${SMUGGLED}`],
    ["a negative Content-Length", `${HEAD}content-length: -1\r\n\r\n{}${SMUGGLED}`],
    ["a hexadecimal Content-Length", `${HEAD}content-length: 0x2\r\n\r\n{}${SMUGGLED}`],
    ["a huge Content-Length", `${HEAD}content-length: 99999999999999999999\r\n\r\n{}${SMUGGLED}`],
    ["a folded header", `${HEAD}x: a\r\n b\r\ncontent-length: 2\r\n\r\n{}${SMUGGLED}`],
    [
      "a folded Transfer-Encoding",
      `${HEAD}transfer-encoding:\r\n chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n${SMUGGLED}`,
    ],
    ["a bare LF behind a header", `${HEAD}x: a\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n${SMUGGLED}`],
    ["bare LFs everywhere", `${HEAD}content-length: 2\r\n\r\n{}${SMUGGLED}`.replaceAll("\r\n", "\n")],
    ["a bare CR in a header", `${HEAD}x: a\rtransfer-encoding: chunked\r\n\r\n0\r\n\r\n${SMUGGLED}`],
    ["a NUL in a header", `${HEAD}x: a\0b\r\ncontent-length: 2\r\n\r\n{}${SMUGGLED}`],
    [
      "a chunk size that is no number",
      `${HEAD}transfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n${SMUGGLED}`,
    ],
    [
      "a chunk that is longer than it says",
      `${HEAD}transfer-encoding: chunked\r\n\r\n1\r\n{}\r\n0\r\n\r\n${SMUGGLED}`,
    ],
    ["a chunk size with 0x", `${HEAD}transfer-encoding: chunked\r\n\r\n0x2\r\n{}\r\n0\r\n\r\n${SMUGGLED}`],
    ["chunks that end in LF", `${HEAD}transfer-encoding: chunked\r\n\r\n2\n{}\n0\n\n${SMUGGLED}`],
    [
      "megabytes of chunk extensions",
      `${HEAD}transfer-encoding: chunked\r\n\r\n2;${"x".repeat(100_000)}\r\n{}\r\n0\r\n\r\n${SMUGGLED}`,
    ],
    [
      "an absolute target",
      `${HEAD.replace("/actions", "http://evil.example/actions")}content-length: 2\r\n\r\n{}${SMUGGLED}`,
    ],
    [
      "an absolute target of ours",
      `${HEAD.replace("/actions", "http://{HOST}/actions")}content-length: 2\r\n\r\n{}${SMUGGLED}`,
    ],
    ["an asterisk target", `OPTIONS * HTTP/1.1\r\nhost: {HOST}\r\n\r\n${SMUGGLED}`],
    [
      "a target with a backslash",
      `${HEAD.replace("/actions", "/\\evil.example")}content-length: 2\r\n\r\n{}${SMUGGLED}`,
    ],
    ["CONNECT", `CONNECT {HOST} HTTP/1.1\r\nhost: {HOST}\r\n\r\n${SMUGGLED}`],
    ["a GET with a body", `GET /healthz HTTP/1.1\r\nhost: {HOST}\r\n${sized(SMUGGLED)}\r\n${SMUGGLED}`],
    [
      "an Upgrade",
      `GET /healthz HTTP/1.1\r\nhost: {HOST}\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n${SMUGGLED}`,
    ],
    ["the preface of HTTP/2", `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${SMUGGLED}`],
    ["no HTTP at all", `\u0016\u0003\u0001\u0002\r\n\r\n${SMUGGLED}`],
  ])("%s: refused, recorded, and nothing behind it is answered", async (_, text) => {
    const before = room.entries().length;
    const bytes = text
      .replaceAll(String(SMUGGLED.length), "{LENGTH}")
      .replaceAll("{HOST}", host())
      .replaceAll("{TOKEN}", alice)
      .replace("{LENGTH}", String(SMUGGLED.replaceAll("{HOST}", host()).replaceAll("{TOKEN}", alice).length));
    const {
      answers,
      closed,
      text: got,
    } = await talk({ host: "127.0.0.1", port: up.port }, bytes, { millis: 4000 });
    expect(got).not.toContain("openapi");
    expect(answers.length).toBeLessThanOrEqual(1);
    for (const { status } of answers) expect([400, 405, 408, 413, 431, 505]).toContain(status);
    expect(closed).toBe(true);
    const left = room.entries().slice(before);
    expect(left.length).toBeGreaterThan(0);
    expect(left.filter(({ event }) => event !== "access.refused")).toEqual([]);
  });

  test("two honest requests on one connection are two answers", async () => {
    const one = `${HEAD}content-length: 2\r\n\r\n{}`
      .replaceAll("{HOST}", host())
      .replaceAll("{TOKEN}", alice);
    const chunked = `${HEAD}transfer-encoding: chunked\r\n\r\n2;a=b\r\n{}\r\n0\r\n\r\n`
      .replaceAll("{HOST}", host())
      .replaceAll("{TOKEN}", alice);
    const { answers } = await talk({ host: "127.0.0.1", port: up.port }, one + chunked, { answers: 2 });
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  });
});

describe("bodies that two readers would read differently", () => {
  test.each([
    ["a key twice", '{"path":"src/a.ts","path":"docs/b.md"}'],
    ["a key twice, once escaped", '{"path":"src/a.ts","p\\u0061th":"docs/b.md"}'],
    ["__proto__", '{"path":"src/a.ts","__proto__":{"path":"docs/b.md"}}'],
    ["__proto__, escaped", '{"path":"src/a.ts","\\u005f_proto__":{}}'],
    ["__proto__ within", '{"path":"src/a.ts","x":{"__proto__":1}}'],
    ["a byte order mark", '\ufeff{"path":"src/a.ts"}'],
    ["a comment", '{"path":"src/a.ts"}//'],
    ["NaN", '{"path":"src/a.ts","start_line":NaN}'],
    ["two documents", '{"path":"src/a.ts"}{}'],
    ["half a document", '{"path":"src/a.ts"'],
    ["a depth of a thousand", `{"path":${"[".repeat(1000)}${"]".repeat(1000)}}`],
  ])("%s: 400 on every path", async (_, body) => {
    const rest = await up.ask("/actions/read-file", { token: alice, body });
    expect([rest.status, rest.code]).toEqual([400, "request_malformed"]);
    const rpc = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read-file","arguments":${body}}}`;
    const answer = await up.ask("/mcp", { token: alice, body: rpc });
    expect([answer.status, answer.code]).toEqual([400, "request_malformed"]);
  });

  test("bytes that are no UTF-8, another charset, a compressed body", async () => {
    const bad = Buffer.concat([Buffer.from('{"path":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]);
    const sent = { token: alice, body: bad };
    expect((await up.ask("/actions/read-file", sent)).code).toBe("request_malformed");
    for (const headers of [
      { "content-type": "application/json; charset=utf-16" },
      { "content-type": "application/json; charset=utf-7" },
      { "content-encoding": "gzip" },
    ])
      expect((await up.ask("/actions/read-file", { token: alice, body: {}, headers })).code).toBe(
        "media_type",
      );
  });
});
