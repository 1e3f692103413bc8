// Acceptance 5 (D04, D40, I05, I06): requests that lie about where they go, what they hold or where they end; and no answer to the wrong one.
import { Agent } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { action, type Answer, type Era, inTurns, mcp, toolCall } from "../support/http-ask.ts";
import { openRoom, type Room, type Up } from "../support/http-up.ts";
import { talk } from "../support/http.ts";

const EACH = 50;
const CONTENT = (side: string, at: number): string => `export const ${side}${at} = "${side} ${at}";\n`;
const files = Object.fromEntries(
  ["alice", "bob"].flatMap((side) =>
    Array.from({ length: EACH }, (_, at) => [`${side}/f${at}.ts`, CONTENT(side, at)]),
  ),
);

let room: Room;
let up: Up;
let alice: string;
let bob: string;
beforeAll(async () => {
  room = openRoom(
    "default",
    `[server.http]\nfailures_per_minute = 10000\nmax_inflight = 2000\nmax_connections = 2500
[server.http.proxy]\naddresses = []\n[calls]\nper_minute = 10000\n`,
    files,
  );
  alice = room.token("alice", "--paths", "alice/**");
  bob = room.token("bob", "--paths", "bob/**");
  up = await room.up();
});
afterAll(() => room.remove());

const logged = ({ id }: Answer): unknown =>
  room.entries().find(({ actor, event }) => event === "access.refused" && actor.session === id)?.data[
    "reason"
  ];
const host = (): string => `127.0.0.1:${up.port}`;

describe("DNS rebinding: Host must be one of ours", () => {
  test.each([
    "evil.example",
    "evil.example:{PORT}",
    "127.0.0.1.nip.io:{PORT}",
    "localhost.evil.example:{PORT}",
    "127.0.0.1:1",
    "127.0.0.1.:{PORT}",
    "localhost.:{PORT}",
    "127.1:{PORT}",
    "2130706433:{PORT}",
    "0.0.0.0:{PORT}",
    "[::ffff:127.0.0.1]:{PORT}",
    "127.0.0.1:{PORT}@evil.example",
    "evil.example#127.0.0.1:{PORT}",
    "127.0.0.1:{PORT}, evil.example",
    " ",
  ])("%j: 403, with the right token and without", async (text) => {
    const name = text.replace("{PORT}", String(up.port));
    for (const token of [{}, { token: alice }]) {
      const answer = await up.ask(...action("read-manifest", {}, { ...token, headers: { host: name } }));
      expect([answer.status, answer.code, logged(answer)]).toEqual([403, "host_refused", "host_refused"]);
    }
  });

  test.each(["127.0.0.1:{PORT}", "localhost:{PORT}", "LOCALHOST:{PORT}", "[::1]:{PORT}"])(
    "%s is ours",
    async (text) => {
      const headers = { host: text.replace("{PORT}", String(up.port)) };
      expect((await up.ask(...action("read-manifest", {}, { token: alice, headers }))).status).toBe(200);
    },
  );
});

describe("cross-origin: Origin must be one of ours, or absent", () => {
  test.each([
    "http://evil.example",
    "https://127.0.0.1:{PORT}",
    "http://127.0.0.1",
    "http://127.0.0.1:{PORT}.evil.example",
    "http://localhost:{PORT}/",
    "http://localhost.:{PORT}",
    "null",
    "",
    "file://",
    "chrome-extension://abcdefgh",
    "http://127.0.0.1:{PORT} http://evil.example",
  ])("%j: 403, and no word of CORS", async (text) => {
    const origin = text.replace("{PORT}", String(up.port));
    const answer = await up.ask(...action("read-manifest", {}, { token: alice, headers: { origin } }));
    expect([answer.status, answer.code, logged(answer)]).toEqual([403, "origin_refused", "origin_refused"]);
    expect(Object.keys(answer.headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
  });

  test("a preflight of any page is refused: CORS is off", async () => {
    const headers = { origin: "http://evil.example", "access-control-request-method": "POST" };
    const answer = await up.ask("/mcp", { method: "OPTIONS", headers });
    expect([answer.status, answer.headers["access-control-allow-origin"]]).toEqual([403, undefined]);
  });

  test("a form or a script without preflight cannot make a call: 415", async () => {
    for (const type of [
      "text/plain",
      "application/x-www-form-urlencoded",
      "multipart/form-data; boundary=x",
      "",
    ]) {
      const answer = await up.ask("/mcp", { token: alice, body: "{}", headers: { "content-type": type } });
      expect([type, answer.status, answer.code]).toEqual([type, 415, "media_type"]);
    }
  });
});

describe("headers and body disagree", () => {
  const read = { name: "read-file", arguments: { path: "alice/f0.ts" } };
  test.each<readonly [string, Era, Readonly<Record<string, string>>]>([
    ["another method", "modern", { "mcp-method": "tools/list" }],
    ["another tool", "modern", { "mcp-name": "read-manifest" }],
    ["another revision", "modern", { "mcp-protocol-version": "2025-11-25" }],
    ["another method, in the older era", "legacy", { "mcp-method": "tools/list" }],
    ["another tool, in the older era", "legacy", { "mcp-name": "propose-patch" }],
    ["a revision that is none", "legacy", { "mcp-protocol-version": "2099-01-01" }],
  ])("%s: 400, and nothing is called", async (_, era, headers) => {
    const before = room.entries().length;
    const answer = await up.ask(...mcp(era, "tools/call", read, 1, { token: alice, headers }, "read-file"));
    expect(answer.status).toBe(400);
    expect(answer.json["error"]).toBeDefined();
    const left = room.entries().slice(before);
    expect(left.map(({ event }) => event)).toEqual(["call.refused"]);
  });
});

describe("a header twice is refused", () => {
  test.each([
    "content-type",
    "x-correlation-id",
    "mcp-protocol-version",
    "mcp-method",
    "mcp-name",
    "x-countersign-proxy-secret",
  ])("%s: 400", async (name) => {
    const value = name === "content-type" ? "application/json" : "x";
    const [path, ask] = action("read-manifest", {}, { token: alice });
    const raw = `POST ${path} HTTP/1.1\r\nhost: ${host()}\r\nauthorization: Bearer ${alice}\r\n${name}: ${value}\r\n${name}: ${value}\r\n${name === "content-type" ? "" : "content-type: application/json\r\n"}content-length: 2\r\n\r\n{}`;
    const { answers, closed } = await talk({ host: "127.0.0.1", port: up.port }, raw, { millis: 3000 });
    expect(ask.token).toBe(alice);
    expect([answers.map(({ status }) => status), closed]).toEqual([[400], true]);
  });

  test.each([
    ["Host", "host: {HOST}\r\nhost: evil.example"],
    ["Host, in two spellings", "host: {HOST}\r\nHoSt: {HOST}"],
    ["Origin", "host: {HOST}\r\norigin: http://{HOST}\r\norigin: http://evil.example"],
    ["no Host", "x: y"],
  ])("%s: 400", async (_, lines) => {
    const text = `GET /actions/openapi.json HTTP/1.1\r\n${lines.replaceAll("{HOST}", host())}\r\nauthorization: Bearer ${alice}\r\n\r\n`;
    const { answers } = await talk({ host: "127.0.0.1", port: up.port }, text, { millis: 3000 });
    expect(answers.map(({ status }) => status)).toEqual([400]);
  });

  test.each([
    ["129 characters", "x".repeat(129)],
    ["a space", "a b"],
    ["a letter of another alphabet", Buffer.from("é").toString("latin1")],
    ["nothing", ""],
  ])("a correlation id with %s: 400; one of 128 comes back and is in the log (D40)", async (_, id) => {
    const wrong = await up.ask(
      ...action("read-manifest", {}, { token: alice, headers: { "x-correlation-id": id } }),
    );
    expect([wrong.status, wrong.headers["x-correlation-id"]]).toEqual([400, undefined]);
    const good = "c".repeat(128);
    const right = await up.ask(
      ...action("read-manifest", {}, { token: alice, headers: { "x-correlation-id": good } }),
    );
    expect([right.status, right.headers["x-correlation-id"]]).toEqual([200, good]);
    expect(room.entries().at(-1)?.actor.correlation).toBe(good);
  });
});

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
    ["a key twice", '{"path":"alice/f0.ts","path":"bob/f0.ts"}'],
    ["a key twice, once escaped", '{"path":"alice/f0.ts","p\\u0061th":"bob/f0.ts"}'],
    ["__proto__", '{"path":"alice/f0.ts","__proto__":{"path":"bob/f0.ts"}}'],
    ["__proto__, escaped", '{"path":"alice/f0.ts","\\u005f_proto__":{}}'],
    ["__proto__ within", '{"path":"alice/f0.ts","x":{"__proto__":1}}'],
    ["a byte order mark", '\ufeff{"path":"alice/f0.ts"}'],
    ["a comment", '{"path":"alice/f0.ts"}//'],
    ["NaN", '{"path":"alice/f0.ts","start_line":NaN}'],
    ["two documents", '{"path":"alice/f0.ts"}{}'],
    ["half a document", '{"path":"alice/f0.ts"'],
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

test("headers of other products, and those of a proxy that is none, change nothing", async () => {
  const foreign = {
    "mcp-init-host": "evil.example",
    "router-key": "x",
    "x-forwarded-for": "192.0.2.9",
    "x-forwarded-host": "evil.example",
    "x-forwarded-proto": "https",
    "x-forwarded-uri": "/healthz",
    "x-original-url": "/healthz",
    "x-rewrite-url": "/healthz",
    "x-http-method-override": "DELETE",
    "x-real-ip": "192.0.2.9",
    forwarded: "for=192.0.2.9;host=evil.example",
    via: "1.1 evil",
    "x-client-cert": "x",
    "x-countersign-client-subject": "CN=admin",
    "x-decision-gate-client-subject": "CN=admin",
    "x-user": "admin",
    "x-principal": "bob",
    "mcp-session-id": "bob",
  };
  const answer = await up.ask(
    ...action("read-file", { path: "alice/f1.ts" }, { token: alice, headers: foreign }),
  );
  expect([answer.status, answer.json["text"]]).toEqual([200, CONTENT("alice", 1)]);
  expect(room.entries().at(-1)?.actor.principal).toBe("alice");
  const stranger = await up.ask(...action("read-file", { path: "alice/f1.ts" }, { headers: foreign }));
  expect([stranger.status, stranger.code]).toEqual([401, "auth_missing"]);
  const entry = room.entries().find(({ actor }) => actor.session === stranger.id);
  expect([entry?.data["address"], entry?.actor.principal]).toEqual(["127.0.0.1", "anonymous"]);
});

describe("sizes of a call (I05, I06)", () => {
  test("a tool's name of 256 characters is unknown, one of 257 too long; -32602 over MCP", async () => {
    for (const length of [256, 257]) {
      const name = "n".repeat(length);
      const { json } = await up.ask(...toolCall("legacy", name, {}, 1, { token: alice }));
      expect((json["error"] as { code: number }).code).toBe(-32_602);
      const rest = await up.ask(...action(name, {}, { token: alice }));
      expect([rest.status, rest.code]).toEqual([404, "tool_unknown"]);
      expect(rest.text.includes("longer than 256")).toBe(length === 257);
    }
  });

  test.each([
    ["letters", "x"],
    ["characters of three bytes", "€"],
  ])("262144 bytes of %s are taken, one more is too large", async (_, letter) => {
    const width = Buffer.byteLength(letter);
    const frame = Buffer.byteLength(JSON.stringify({ base: "" }));
    const fill = (bytes: number): string => {
      const rest = bytes - frame;
      return letter.repeat(Math.floor(rest / width)) + "x".repeat(rest % width);
    };
    const send = (bytes: number): Promise<Answer> =>
      up.ask(...action("propose-patch", { base: fill(bytes) }, { token: alice }));
    expect((await send(262_144)).code).toBe("input_invalid");
    const over = await send(262_145);
    expect([over.status, over.code]).toEqual([413, "call_too_large"]);
  });
});

describe("a thousand calls at once, of two principals, with the same ids", () => {
  test("every answer is the answer to its own request, in both eras", async () => {
    const wanted = (["alice", "bob"] as const).flatMap((side) =>
      (["legacy", "modern"] as const).flatMap((era) =>
        Array.from({ length: 250 }, (_, id) => ({ side, era, id, at: (id * 7) % EACH })),
      ),
    );
    expect(wanted).toHaveLength(1000);
    const order = wanted
      .map((want, at) => ({ want, key: (at * 617) % 1000 }))
      .toSorted((a, b) => a.key - b.key);
    const agent = new Agent({ keepAlive: true, maxSockets: Infinity });
    const answers = await inTurns(order, 1000, async ({ want }) => {
      const { side, era, id, at } = want;
      const token = side === "alice" ? alice : bob;
      // Bob's and alice's files have the same names below their own folders, and their requests the same ids.
      const call = toolCall(era, "read-file", { path: `${side}/f${at}.ts` }, id, { token, agent });
      return { want, answer: await up.ask(...call) };
    });
    agent.destroy();
    const wrong = answers.filter(({ want: { side, id, at }, answer: { status, json } }) => {
      const { structuredContent } = (json["result"] ?? {}) as {
        structuredContent?: { text?: string; path?: string };
      };
      return status !== 200 || json["id"] !== id || structuredContent?.text !== CONTENT(side, at);
    });
    expect(
      wrong.slice(0, 3).map(({ want, answer }) => [want, answer.status, answer.text.slice(0, 300)]),
    ).toEqual([]);
    expect(answers).toHaveLength(1000);
    // Each is in the log under the principal that asked, and under no other.
    const read = room
      .entries()
      .filter(({ event, data }) => event === "call.allowed" && data["tool"] === "read-file");
    expect(read.filter(({ actor, data }) => !String(data["path"]).startsWith(`${actor.principal}/`))).toEqual(
      [],
    );
    expect(read.length).toBeGreaterThanOrEqual(1000);
  });

  test("neither reads a file of the other", async () => {
    for (const era of ["legacy", "modern"] as const) {
      const answer = await up.ask(...toolCall(era, "read-file", { path: "bob/f0.ts" }, 1, { token: alice }));
      expect([answer.code, answer.text.includes("bob 0")]).toEqual(["not_listed", false]);
    }
  });
});
