// Bodies: their declared type, their bytes, their one reading.
import { describe, expect, test } from "vitest";
import { doors, route, text } from "../../support/doors.ts";
import { ask, refusalOf, requestText, talk } from "../../support/http.ts";

const open = doors();

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
