// Acceptance 5 (D04, D40): requests that lie about where they go and what they hold: Host, Origin, mirrored and repeated headers.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { action, type Answer, type Era, mcp } from "../support/http-ask.ts";
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
  const read = { name: "read-file", arguments: { path: "src/a.ts" } };
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
