// Refusals in the language of the route.
import { describe, expect, test } from "vitest";
import { doors, route, text } from "../../support/doors.ts";
import { ask } from "../../support/http.ts";

const open = doors();

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
