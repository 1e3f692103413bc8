// A caller over its limit fills neither disk nor log: a few refusals are written down, then their number.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { CountersignError } from "../../../src/core/base/failure.ts";
import { refusal } from "../../../src/core/base/refusal.ts";
import { openCorridor } from "../../../src/gateway/tools/call.ts";
import type { Caller } from "../../../src/gateway/tools/tool.ts";
import { openLog } from "../../../src/io/log/log.ts";
import type { Store } from "../../../src/io/store/store.ts";
import { type GatewayLab, gatewayLab } from "../../support/gateway.ts";

let lab: GatewayLab;
beforeEach(async () => {
  lab = await gatewayLab({ toml: "[calls]\nper_minute = 2\n" });
  await lab.publish({ "a.ts": "a\n" });
  await lab.shelf.refresh();
});
afterEach(() => lab.stop());

const flood = async (count: number, caller?: Partial<Caller>): Promise<readonly (string | undefined)[]> => {
  const codes = [];
  for (let n = 0; n < count; n++) codes.push(await lab.code("read-file", { path: "a.ts" }, caller));
  return codes;
};
const refused = (principal = "local:stdio") =>
  lab.entries().filter(({ event, actor }) => event === "call.refused" && actor.principal === principal);
const suppressed = () => lab.entries().filter(({ event }) => event === "access.suppressed");

describe("beyond the limit", () => {
  test("ten refusals are recorded, the tenth says that more may follow, and all are answered alike", async () => {
    const codes = await flood(52);
    expect(codes.filter((code) => code === undefined)).toHaveLength(2);
    expect(codes.slice(2).every((code) => code === "rate_calls")).toBe(true);
    expect(refused()).toHaveLength(10);
    expect(refused().map(({ data }) => data["further"])).toEqual([
      ...Array.from({ length: 9 }, () => undefined),
      "counted",
    ]);
    const [one, two] = [await lab.call("nope", {}), await lab.call("read-file", { path: 1 })];
    for (const outcome of [one, two])
      expect(outcome).toMatchObject({
        kind: "refused",
        refusal: { code: "rate_calls", retry_after: expect.any(Number) as number },
      });
    expect(refused()).toHaveLength(10);
  });

  test("the number is recorded once the minute is over, by whoever calls next, and a new minute begins", async () => {
    await flood(52);
    expect(suppressed()).toEqual([]);
    lab.later(60_000);
    await lab.call("nope", {}, lab.as("somebody"));
    expect(suppressed()).toMatchObject([
      { actor: { principal: "local:stdio" }, data: { reason: "rate_calls", count: 40 } },
    ]);
    lab.later(61_000);
    await flood(20);
    expect(refused()).toHaveLength(20);
    expect(suppressed()).toHaveLength(1);
  });

  test("what is left is recorded when the corridor is given up, once", async () => {
    await flood(15);
    lab.corridor.settle();
    lab.corridor.settle();
    expect(suppressed()).toMatchObject([{ data: { count: 3 } }]);
  });

  test("when that cannot be recorded, whoever gives it up is told", async () => {
    const store: Store = {
      ...lab.store,
      record: () => {
        throw new CountersignError("storage", "disk full");
      },
    };
    const {
      tools,
      gates,
      gatewayExchange: { incidents },
    } = lab;
    const parts = {
      tools,
      gates,
      incidents,
      store,
      clock: Date.now,
      maxCallBytes: 1000,
      fatal: () => undefined,
    };
    const corridor = openCorridor({ ...parts, log: openLog("error", { write: () => undefined }) });
    const who = { ...lab.as("local:stdio"), session: "s", credential: "local" };
    for (let n = 0; n < 15; n++) corridor.reject("message", refusal("input_invalid", "no request"), who);
    expect(() => corridor.settle()).toThrow(
      expect.objectContaining({ code: "storage", exitCode: 74 }) as Error,
    );
  });

  test("ten or fewer leave no number behind", async () => {
    await flood(12);
    lab.later(61_000);
    await lab.call("nope", {}, lab.as("somebody"));
    lab.corridor.settle();
    expect(refused()).toHaveLength(10);
    expect(suppressed()).toEqual([]);
  });

  test("calls side by side are bounded as well", async () => {
    await Promise.all(Array.from({ length: 60 }, () => lab.code("read-file", { path: "a.ts" })));
    expect(refused()).toHaveLength(10);
  });

  test("what is no call at all is bounded as well", async () => {
    await flood(2);
    const who = { ...lab.as("local:stdio"), session: "s", credential: "local" };
    const said = refusal("input_invalid", "no request");
    for (let n = 0; n < 30; n++)
      expect(lab.corridor.reject("message", said, who)).toMatchObject({ refusal: { code: "rate_calls" } });
    expect(refused()).toHaveLength(10);
    lab.corridor.settle();
    expect(suppressed()).toMatchObject([{ data: { count: 20 } }]);
  });

  test("one caller's flood does not hide another's refusals", async () => {
    await flood(30);
    await flood(4, lab.as("other"));
    expect(refused("other")).toHaveLength(2);
    lab.corridor.settle();
    expect(suppressed()).toHaveLength(1);
  });

  test("refusals of other kinds, within the limit, are all recorded", async () => {
    const roomy = lab.as("roomy", { limits: { perMinute: 1000, perHour: 1, maxPending: 1 } });
    for (let n = 0; n < 30; n++) await lab.call("nope", {}, roomy);
    expect(refused("roomy")).toHaveLength(30);
  });

  test("a clock that is set back does not keep the minute open", async () => {
    await flood(20);
    lab.later(-3_600_000);
    await lab.call("nope", {}, lab.as("somebody"));
    expect(suppressed()).toMatchObject([{ data: { count: 8 } }]);
  });
});
