// Paths and methods.
import { describe, expect, test } from "vitest";
import type { Route } from "../../../src/gateway/http/exchange.ts";
import { doors, route, text } from "../../support/doors.ts";
import { ask } from "../../support/http.ts";

const open = doors();

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
    expect(await ask(where, { path: "/actions/" })).toMatchObject({ status: 404 });
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
