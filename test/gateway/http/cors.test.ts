// DNS rebinding, foreign pages, and the pages that the operator listed.
import { describe, expect, test } from "vitest";
import { doors, httpConfig, portOf } from "../../support/doors.ts";
import { ask, refusalOf } from "../../support/http.ts";

const open = doors();

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
