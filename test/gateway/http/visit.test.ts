// What follows when something breaks behind the door.
import { describe, expect, test } from "vitest";
import { CountersignError } from "../../../src/core/base/failure.ts";
import { doors, portOf, route, testDoor, type TestDoorOptions } from "../../support/doors.ts";
import { ask, type Asked, refusalOf } from "../../support/http.ts";

const open = doors();

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
