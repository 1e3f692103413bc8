// The door in use: the order of its checks, the form of its answers, and what follows when something breaks.
import { afterEach, describe, expect, test } from "vitest";
import { CountersignError } from "../../../src/core/base/failure.ts";
import { refusal } from "../../../src/core/base/refusal.ts";
import type { Reply, Route } from "../../../src/gateway/http/exchange.ts";
import {
  ask,
  type Asked,
  GOOD,
  httpConfig,
  refusalOf,
  requestText,
  talk,
  testDoor,
  type TestDoor,
  type TestDoorOptions,
} from "../../support/http.ts";

const opened: TestDoor[] = [];
const open = async (options?: TestDoorOptions): Promise<TestDoor> => {
  const door = await testDoor(options);
  opened.push(door);
  return door;
};
afterEach(async () => {
  await Promise.all(opened.splice(0).map(async (door) => door.close()));
});

const route = (handler: Route["handler"], own: Partial<Route> = {}): Route => ({
  path: "/echo",
  methods: ["GET", "POST"],
  body: "json",
  handler,
  ...own,
});
const text = (body: Reply["body"], headers = {}): Reply => ({
  status: 200,
  headers: { "content-type": "text/plain", ...headers },
  body,
});
const portOf = ({ where }: TestDoor): number => ("port" in where ? where.port : 0);

describe("a good request", () => {
  test("reaches its handler with body, query, correlation and principal", async () => {
    const door = await open();
    const answer = await ask(door.where, {
      path: "/echo?a=1&a=2",
      headers: { "x-correlation-id": "mine-1" },
      body: '{"é":[1]}',
    });
    expect(answer.status).toBe(200);
    expect(JSON.parse(Buffer.from(answer.body, "latin1").toString("utf8"))).toEqual({
      method: "POST",
      body: { é: [1] },
      query: "a=1&a=2",
      correlation: "mine-1",
      principal: "agent",
    });
    expect(door.presented).toMatchObject([
      { channel: "loopback", address: "127.0.0.1", proxied: false, certificate: undefined },
    ]);
    expect(door.recorded).toEqual([]);
  });

  test("is answered with headers that keep it private, and with no name of ours", async () => {
    const { headers } = await ask((await open()).where, { headers: { "x-correlation-id": "mine-2" } });
    expect(headers).toMatchObject({
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      "x-correlation-id": "mine-2",
    });
    expect(headers["x-request-id"]).toMatch(/^[0-9a-f-]{36}$/);
    expect(Object.keys(headers)).not.toContain("server");
    expect(Object.keys(headers)).not.toContain("x-powered-by");
    expect(Object.keys(headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
  });

  test("may be followed by another on its connection", async () => {
    const door = await open();
    const { answers, closed } = await talk(door.where, [requestText(), requestText({ body: "{}" })], {
      answers: 2,
    });
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(closed).toBe(false);
  });

  test("may come by HTTP/1.0 from a proxy that speaks no better", async () => {
    const { where } = await open();
    expect((await talk(where, requestText().replace("HTTP/1.1", "HTTP/1.0"))).answers).toMatchObject([
      { status: 200 },
    ]);
  });
});

describe("the order of the checks", () => {
  // Each request has every later fault as well: what answers first is what is checked first.
  const all: Asked = {
    method: "PATCH",
    path: "/nowhere",
    headers: {
      host: "evil",
      origin: "http://evil",
      "x-correlation-id": "a b",
      authorization: undefined,
      "content-type": "text/plain",
    },
    body: "{",
  };
  const { headers } = all;
  const blocked = { ok: false, status: 403, refusal: refusal("address_blocked", "not on the list") } as const;
  const stale = { ok: false, status: 503, refusal: refusal("allowlist_stale", "too old") } as const;
  const ok = { host: "localhost", origin: undefined };
  const fine = { ...headers, ...ok, "x-correlation-id": undefined };
  test.each<{ what: string; asked: Asked; status: number; code: string; options?: TestDoorOptions }>([
    {
      what: "a blocked address",
      asked: all,
      status: 403,
      code: "address_blocked",
      options: { parts: { allowed: () => blocked } },
    },
    {
      what: "a stale list",
      asked: all,
      status: 503,
      code: "allowlist_stale",
      options: { parts: { allowed: () => stale } },
    },
    { what: "Host", asked: all, status: 403, code: "host_refused" },
    {
      what: "Origin",
      asked: { ...all, headers: { ...headers, host: "localhost" } },
      status: 403,
      code: "origin_refused",
    },
    {
      what: "headers",
      asked: { ...all, headers: { ...headers, ...ok } },
      status: 400,
      code: "request_malformed",
    },
    {
      what: "the path",
      asked: { ...all, method: "POST", headers: fine },
      status: 404,
      code: "route_unknown",
    },
    {
      what: "the method",
      asked: {
        ...all,
        method: "DELETE",
        path: "/echo",
        headers: { ...fine, "content-length": "0" },
        body: "",
      },
      status: 405,
      code: "route_unknown",
    },
    {
      what: "who it is",
      asked: { ...all, method: "POST", path: "/echo", headers: fine },
      status: 401,
      code: "auth_invalid",
    },
    {
      what: "the type",
      asked: { body: "{", headers: { "content-type": "text/plain", "content-length": "9999" } },
      status: 415,
      code: "media_type",
    },
    { what: "the size", asked: { body: "{".repeat(5000) }, status: 413, code: "body_too_large" },
    { what: "the JSON", asked: { body: "{" }, status: 400, code: "request_malformed" },
  ])("$what: $status $code", async ({ asked, status, code, options = {} }) => {
    const door = await open(options);
    const answer = await ask(door.where, asked);
    expect(answer.status).toBe(status);
    expect(refusalOf(answer).code).toBe(code);
    expect(door.recorded).toMatchObject([{ status, said: { code }, who: { address: "127.0.0.1" } }]);
    expect(door.recorded[0]?.who.session).toBe(answer.headers["x-request-id"]);
    expect(door.reached).toEqual([]);
    if (["address_blocked", "host_refused", "origin_refused", "route_unknown"].includes(code))
      expect(door.presented).toEqual([]);
  });

  test("a body is not read before its sender is known: the answer comes without it", async () => {
    const door = await open();
    const head = requestText({
      method: "POST",
      headers: { authorization: undefined, "content-type": "application/json", "content-length": "4000" },
    });
    const { answers, closed } = await talk(door.where, head, { millis: 4000 });
    expect(answers).toMatchObject([
      { status: 401, headers: { connection: "close", "www-authenticate": 'Bearer realm="countersign"' } },
    ]);
    expect(closed).toBe(true);
  });

  test("refusals of who is known carry the name, and no path or header ever does", async () => {
    const door = await open();
    await ask(door.where, { body: "{", headers: { "x-correlation-id": "mine" } });
    await ask(door.where, { path: `/${GOOD}` });
    expect(door.recorded.map(({ who }) => ({ ...who, session: "" }))).toEqual([
      {
        session: "",
        address: "127.0.0.1",
        method: "POST",
        route: "/echo",
        correlation: "mine",
        principal: "agent",
        credential: "token:test",
      },
      {
        session: "",
        address: "127.0.0.1",
        method: "GET",
        route: undefined,
        correlation: undefined,
        principal: undefined,
        credential: undefined,
      },
    ]);
    expect(JSON.stringify([door.recorded, door.logged])).not.toContain(GOOD);
  });
});

describe("routes", () => {
  test("405 says which methods there are", async () => {
    expect((await ask((await open()).where, { method: "DELETE" })).headers["allow"]).toBe("GET, POST");
  });

  test.each([
    "/echo/",
    "//echo",
    "/ECHO",
    "/%65cho",
    "/echo/../echo",
    "/docs",
    "/openapi.json",
    "/status",
    "/",
  ])("%s is not /echo", async (path) => {
    expect(await ask((await open()).where, { path })).toMatchObject({ status: 404 });
  });

  test("a pattern covers what is below it, and an exact path comes first", async () => {
    const named =
      (name: string): Route["handler"] =>
      ({ path }) =>
        Promise.resolve(text(`${name} ${path}`));
    const routes = [
      route(named("any"), { path: "/actions/*" }),
      route(named("exact"), { path: "/actions/one" }),
    ];
    const { where } = await open({ parts: { routes } });
    expect((await ask(where, { path: "/actions/one" })).body).toBe("exact /actions/one");
    expect((await ask(where, { path: "/actions/two/three" })).body).toBe("any /actions/two/three");
    expect(await ask(where, { path: "/actions" })).toMatchObject({ status: 404 });
  });

  test("an open route is asked for no proof and sees the address", async () => {
    const handler = ({ address, body }: { address: string; body: unknown }) =>
      Promise.resolve(text(`${address} ${JSON.stringify(body)}`));
    const form = { path: "/token", methods: ["POST"], body: "form" as const, handler };
    const door = await open({ parts: { open: [form] } });
    const post = (body: string) =>
      ask(door.where, {
        path: "/token",
        headers: { authorization: undefined, "content-type": "application/x-www-form-urlencoded" },
        body,
      });
    expect(await post("a=1&b=x+y%26")).toMatchObject({ status: 200, body: '127.0.0.1 {"a":"1","b":"x y&"}' });
    expect(await post("a=1&a=2")).toMatchObject({ status: 400 });
    expect(await post("__proto__=1")).toMatchObject({ status: 400 });
    expect(door.presented).toEqual([]);
  });
});

describe("bodies", () => {
  test.each([
    { type: "application/json", status: 200 },
    { type: "Application/JSON; charset=UTF-8", status: 200 },
    { type: 'application/json; charset="utf-8"; profile=x', status: 200 },
    { type: "application/json; charset=utf-16", status: 415 },
    { type: "application/json;charset=latin1", status: 415 },
    { type: "application/json-patch+json", status: 415 },
    { type: "text/plain", status: 415 },
    { type: "", status: 415 },
    { type: undefined, status: 415 },
  ])("Content-Type $type: $status", async ({ type, status }) => {
    expect(await ask((await open()).where, { body: "{}", headers: { "content-type": type } })).toMatchObject({
      status,
    });
  });

  test("compressed: 415, before anything is unpacked", async () => {
    expect(
      await ask((await open()).where, { body: "{}", headers: { "content-encoding": "gzip" } }),
    ).toMatchObject({ status: 415 });
  });

  test.each([
    { what: "a key twice", body: '{"a":1,"a":2}' },
    { what: "a key twice, escaped", body: '{"a":1,"\\u0061":2}' },
    { what: "__proto__", body: '{"__proto__":{}}' },
    { what: "101 levels", body: "[".repeat(101) + "]".repeat(101) },
    { what: "two values", body: "{} {}" },
    { what: "a byte-order mark", body: "\ufeff{}" },
    { what: "NaN", body: "[NaN]" },
  ])("$what: 400", async ({ body }) => {
    const answer = await ask((await open()).where, { body });
    expect([answer.status, refusalOf(answer).code]).toEqual([400, "request_malformed"]);
  });

  test("bytes that are not UTF-8: 400", async () => {
    const request = requestText({ body: '"xx"' }).replace('"xx"', '"\xff\xfe"');
    expect((await talk((await open()).where, request, { answers: 1 })).answers).toMatchObject([
      { status: 400 },
    ]);
  });

  test("none is undefined; one where none is taken is refused", async () => {
    const routes = [
      route(({ body }) => Promise.resolve(text(String(body)))),
      { path: "/none", methods: ["POST"], handler: () => Promise.resolve(text("")) },
    ];
    const { where } = await open({ parts: { routes } });
    expect(await ask(where, { method: "POST" })).toMatchObject({ status: 200, body: "undefined" });
    expect(await ask(where, { method: "POST", path: "/none" })).toMatchObject({ status: 200 });
    expect(await ask(where, { path: "/none", body: "{}" })).toMatchObject({ status: 415 });
  });
});

describe("answers in the language of the route", () => {
  test.each([
    { path: "/mcp", rpc: true },
    { path: "/sse", rpc: true },
    { path: "/messages", rpc: true },
    { path: "/actions/x", rpc: false },
  ])("$path", async ({ path, rpc }) => {
    const { where } = await open({ parts: { routes: [route(() => Promise.resolve(text("")), { path })] } });
    const body = JSON.parse(
      (await ask(where, { path, body: "{", headers: { authorization: undefined } })).body,
    ) as object;
    if (rpc)
      expect(body).toMatchObject({
        jsonrpc: "2.0",
        id: null,
        error: { code: -32_001, data: { refusal: { code: "auth_invalid" } } },
      });
    else expect(Object.keys(body)).toEqual(["refusal"]);
    const unread = JSON.parse((await ask(where, { path, body: "{" })).body) as object;
    if (rpc) expect(unread).toMatchObject({ id: null, error: { code: -32_700 } });
  });
});

describe("DNS rebinding and pages", () => {
  test("valid localhost names with the port pass; others get 403 and no CORS header", async () => {
    const door = await open();
    const port = portOf(door);
    for (const name of ["localhost", "127.0.0.1", "[::1]"]) {
      const headers = { host: `${name}:${port}`, origin: `http://${name}:${port}` };
      const answer = await ask(door.where, { headers, body: "{}" });
      expect(answer.status).toBe(200);
      expect(Object.keys(answer.headers).filter((header) => /^access-control|^vary/.test(header))).toEqual(
        [],
      );
    }
    const evil = await ask(door.where, {
      headers: { host: "evil.example.com", origin: "http://evil.example.com" },
      body: "{}",
    });
    expect(evil.status).toBe(403);
    const page = await ask(door.where, { headers: { origin: "http://evil.example.com" }, body: "{}" });
    expect([page.status, refusalOf(page).code]).toEqual([403, "origin_refused"]);
    expect(
      Object.keys({ ...evil.headers, ...page.headers }).filter((header) =>
        header.startsWith("access-control"),
      ),
    ).toEqual([]);
    expect(door.reached).toHaveLength(3);
  });

  test("x-forwarded-host and x-forwarded-proto change nothing", async () => {
    const door = await open({ http: { proxy: { addresses: ["127.0.0.1"], secret: "" } } });
    const forwarded = {
      "x-forwarded-host": "localhost",
      "x-forwarded-proto": "https",
      "x-forwarded-for": "203.0.113.5",
    };
    expect(await ask(door.where, { headers: { host: "evil", ...forwarded } })).toMatchObject({ status: 403 });
    expect(await ask(door.where, { headers: forwarded })).toMatchObject({ status: 200 });
    expect(door.presented).toMatchObject([{ channel: "network", address: "203.0.113.5", proxied: true }]);
    expect(door.recorded).toMatchObject([{ who: { address: "203.0.113.5" } }]);
  });

  describe("CORS for a listed page", () => {
    const PAGE = "https://app.example.com";
    const http = { origins: [PAGE] };

    test("names that page, also in refusals", async () => {
      const { where } = await open({ http });
      for (const asked of [{}, { headers: { authorization: undefined } }, { path: "/nowhere" }]) {
        const { headers } = await ask(where, { ...asked, headers: { ...asked.headers, origin: PAGE } });
        expect(headers).toMatchObject({ "access-control-allow-origin": PAGE, vary: "Origin" });
        expect(headers["access-control-allow-credentials"]).toBeUndefined();
      }
    });

    test("answers its preflight without proof, with exactly our methods", async () => {
      const door = await open({ http });
      const preflight = (origin: string, own = {}) =>
        ask(door.where, {
          method: "OPTIONS",
          headers: { origin, authorization: undefined, "access-control-request-method": "POST", ...own },
        });
      const { status, headers, body } = await preflight(PAGE);
      expect({ status, body }).toEqual({ status: 204, body: "" });
      expect(headers).toMatchObject({
        "access-control-allow-origin": PAGE,
        "access-control-allow-methods": "GET, POST",
      });
      expect(headers["access-control-allow-headers"]).toContain("authorization");
      expect(JSON.stringify(headers)).not.toContain("*");
      expect(await preflight("https://evil.example.com")).toMatchObject({ status: 403 });
      expect(await preflight(`http://localhost:${portOf(door)}`)).toMatchObject({ status: 405 });
      expect(await preflight(PAGE, { "access-control-request-method": undefined })).toMatchObject({
        status: 405,
      });
      expect(door.presented).toEqual([]);
    });
  });

  test("the configuration in force decides, from the next request on", async () => {
    const proxy = { addresses: [], secret: undefined };
    let config = { ...httpConfig, proxy };
    const { where } = await open({ live: () => config });
    const named = { headers: { host: "patch.example.com" } };
    expect(await ask(where, named)).toMatchObject({ status: 403 });
    config = { ...config, hosts: ["patch.example.com"] };
    expect(await ask(where, named)).toMatchObject({ status: 200 });
    config = { ...config, hosts: [] };
    expect(await ask(where, named)).toMatchObject({ status: 403 });
  });
});

describe("health", () => {
  const stranger = { headers: { host: "10.0.0.5:9326", origin: "null", authorization: undefined } };

  test("is open, also to a checker of this machine that names us otherwise", async () => {
    const door = await open();
    const alive = await ask(door.where, { ...stranger, path: "/healthz" });
    expect([alive.status, alive.body]).toEqual([200, '{"status":"ok"}']);
    const ready = await ask(door.where, { ...stranger, path: "/readyz" });
    expect([ready.status, ready.body]).toEqual([200, '{"status":"ok","parts":{"store":"ok"}}']);
    expect(door.presented).toEqual([]);
  });

  test("HEAD has no body", async () => {
    const { text: whole } = await talk(
      (await open()).where,
      requestText({ method: "HEAD", path: "/healthz" }),
      { millis: 300 },
    );
    expect(whole).toMatch(/^HTTP\/1\.1 200 /);
    expect(whole).toMatch(/content-length: 15\r\n/);
    expect(whole.endsWith("\r\n\r\n")).toBe(true);
  });

  test("readiness is 503 with the part that ails", async () => {
    const ready = () => ({ ok: false, parts: { store: "cannot be read", manifest: "ok" } });
    const answer = await ask((await open({ parts: { ready } })).where, { path: "/readyz" });
    expect([answer.status, JSON.parse(answer.body)]).toEqual([
      503,
      { status: "unavailable", parts: { store: "cannot be read", manifest: "ok" } },
    ]);
  });

  test("through a proxy, Host counts again", async () => {
    const { where } = await open({ http: { proxy: { addresses: ["127.0.0.1"], secret: "" } } });
    expect(await ask(where, { ...stranger, path: "/healthz" })).toMatchObject({ status: 403 });
  });
});

describe("trouble", () => {
  test("a handler that throws: 500, recorded, and nothing of the reason in the answer", async () => {
    const door = await open({
      parts: { routes: [route(() => Promise.reject(new Error("in /secret/place")))] },
    });
    const answer = await ask(door.where);
    expect([answer.status, refusalOf(answer).code]).toEqual([500, "internal"]);
    expect(answer.body).not.toContain("secret");
    expect(door.recorded).toMatchObject([{ status: 500, who: { principal: "agent" } }]);
    expect(door.fatal).toEqual([]);
  });

  const storage = new CountersignError("storage", "cannot write /secret/store.db");
  test.each<{ what: string; parts: TestDoorOptions["parts"]; asked?: Asked }>([
    { what: "a handler's storage", parts: { routes: [route(() => Promise.reject(storage))] } },
    {
      what: "the authenticator's storage",
      parts: { authenticator: () => ({ authenticate: () => Promise.reject(storage) }) },
    },
    {
      what: "the log",
      parts: {
        record: () => {
          throw storage;
        },
      },
      asked: { path: "/nowhere" },
    },
    {
      what: "the log, by another fault",
      parts: {
        record: () => {
          throw new Error("disk");
        },
      },
      asked: { path: "/nowhere" },
    },
  ])("$what: 503 for everybody from then on, but for health", async ({ parts = {}, asked = {} }) => {
    const door = await open({ parts });
    const answer = await ask(door.where, asked);
    expect([answer.status, refusalOf(answer).code]).toEqual([503, "limiter_unavailable"]);
    expect(answer.body).not.toContain("secret");
    expect(door.fatal).toMatchObject([{ code: "storage" }]);
    expect(await ask(door.where, { body: "{}" })).toMatchObject({ status: 503 });
    expect(await ask(door.where, { path: "/healthz" })).toMatchObject({ status: 200 });
    expect(door.fatal).toHaveLength(1);
  });

  test("the port is taken: said at the start", async () => {
    const first = await open();
    await expect(testDoor({ http: { port: portOf(first) } })).rejects.toMatchObject({
      code: "state_unusable",
    });
  });
});
