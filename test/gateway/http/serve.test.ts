// The walk through the door: its checks in their order, routes, answers, and what follows when something breaks.
import { describe, expect, test } from "vitest";
import { refusal } from "../../../src/core/base/refusal.ts";
import { doors, type TestDoorOptions } from "../../support/doors.ts";
import { ask, type Asked, GOOD, refusalOf, requestText, talk } from "../../support/http.ts";

const open = doors();

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

test("an id that looks like a secret is refused before it is written anywhere, and is not said again", async () => {
  const door = await open();
  const answer = await ask(door.where, { headers: { "x-correlation-id": "secret-4711" } });
  expect([answer.status, refusalOf(answer)?.code, door.reached]).toEqual([422, "secret_suspected", []]);
  const everything = JSON.stringify([answer, door.recorded, door.logged]);
  expect(everything).not.toContain("secret-4711");
  expect(door.recorded).toHaveLength(1);
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
