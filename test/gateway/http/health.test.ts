// Health and readiness.
import { describe, expect, test } from "vitest";
import { doors } from "../../support/doors.ts";
import { ask, requestText, talk } from "../../support/http.ts";

const open = doors();

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
