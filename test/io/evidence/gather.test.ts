// D02, D25: whatever a provider does, an answer comes out, and it is no value.
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { Evidence } from "../../../src/core/gate/evidence.ts";
import { gather } from "../../../src/io/evidence/gather.ts";
import type { EvidenceProvider, Providers } from "../../../src/io/evidence/provider.ts";
import { question } from "../../support/questions.ts";

const yes: Evidence = { lane: "verified", value: true };
const never = (): Promise<Evidence> => Promise.withResolvers<Evidence>().promise;
const now = question("time", "now");

const code = async (providers: Providers, spec = now): Promise<string | undefined> =>
  (await gather([spec], providers, 50, Date.now)).get(spec.id)?.error?.code;

describe("a provider that", () => {
  test.each<readonly [string, EvidenceProvider["ask"], string]>([
    [
      "throws",
      () => {
        throw new Error("hunter2");
      },
      "time_failed",
    ],
    ["rejects", () => Promise.reject(new Error("hunter2")), "time_failed"],
    ["never answers", never, "time_timeout"],
    ["answers late", () => pause(500, yes), "time_timeout"],
  ])("%s", async (_what, ask, expected) => {
    const found = (await gather([now], { time: { ask } }, 50, Date.now)).get("q");
    expect(found).toMatchObject({ lane: "verified", error: { code: expected } });
    expect(JSON.stringify(found)).not.toContain("hunter2");
    expect(found).not.toHaveProperty("value");
  });

  test("is not there", async () => {
    expect(await code({})).toBe("time_unavailable");
  });
});

test("an answer that comes after the deadline changes nothing any more", async () => {
  const late = Promise.withResolvers<Evidence>();
  const found = await gather([now], { time: { ask: () => late.promise } }, 50, Date.now);
  late.resolve(yes);
  await pause(20);
  expect(found.get("q")?.error?.code).toBe("time_timeout");
});

test("who is late does not hold the others up, and hears that nobody waits", async () => {
  const signals: AbortSignal[] = [];
  const specs = [
    question("git", "base_tree", {}, { id: "slow" }),
    question("time", "now", {}, { id: "fast" }),
  ];
  const slow: EvidenceProvider = {
    ask: (_spec, signal) => {
      signals.push(signal);
      return never();
    },
  };
  const found = await gather(specs, { git: slow, time: { ask: () => pause(10, yes) } }, 100, Date.now);
  expect(found.get("fast")).toEqual(yes);
  expect(found.get("slow")?.error?.code).toBe("git_timeout");
  expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
});

test("all are asked at the same time", async () => {
  const specs = Array.from({ length: 100 }, (_, at) =>
    question("env", "get", { key: `K${at}` }, { id: `c${at}` }),
  );
  const all = Promise.withResolvers<Evidence>();
  let asked = 0;
  const ask = (): Promise<Evidence> => {
    asked += 1;
    if (asked === specs.length) all.resolve(yes);
    return all.promise;
  };
  const found = await gather(specs, { env: { ask } }, 20_000, Date.now);
  expect([...found.values()]).toEqual(specs.map(() => yes));
});

test("equal questions are asked once, whatever the order of their parameters", async () => {
  const asked: string[] = [];
  const specs = [
    question("json", "path", { file: "a", jsonpath: "$" }, { id: "a" }),
    question("json", "path", { jsonpath: "$", file: "a" }, { id: "b" }),
    question("json", "path", { file: "b", jsonpath: "$" }, { id: "c" }),
    question("http", "json", { file: "a", jsonpath: "$" }, { id: "d" }),
    question("json", "other", { file: "a", jsonpath: "$" }, { id: "e" }),
    question("json", "path", { file: 0.5 }, { id: "f" }),
    question("json", "path", { file: 0.5 }, { id: "g" }),
  ];
  const ask: EvidenceProvider["ask"] = ({ id }) => {
    asked.push(id);
    return Promise.resolve(yes);
  };
  const found = await gather(specs, { json: { ask }, http: { ask } }, 1000, Date.now);
  expect(asked).toEqual(["a", "c", "d", "e", "f", "g"]);
  expect([...found.keys()].sort()).toEqual(["a", "b", "c", "d", "e", "f", "g"]);
});

test("a failure of the caller's provider is worth no more than what it would have said", async () => {
  const spec = question("caller", "principal");
  expect((await gather([spec], {}, 50, Date.now)).get("q")?.lane).toBe("asserted");
});

test("no conditions, no evidence", async () => {
  expect((await gather([], {}, 50, Date.now)).size).toBe(0);
});

/** Blocks everything else of the process, as reading and parsing do. */
function busy(millis: number): Evidence {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, millis);
  return yes;
}

describe("an answer that nobody could be interrupted for", () => {
  test("takes longer than the time there is, and is none", async () => {
    const found = await gather([now], { time: { ask: () => busy(60) } }, 50, Date.now);
    expect(found.get("q")).toMatchObject({ lane: "verified", error: { code: "time_timeout" } });
    expect(found.get("q")).not.toHaveProperty("value");
    expect((await gather([now], { time: { ask: () => busy(5) } }, 2000, Date.now)).get("q")).toEqual(yes);
  });

  test("also where it comes at the end of waiting", async () => {
    const ask = async (): Promise<Evidence> => {
      await pause(5);
      return busy(200);
    };
    expect((await gather([now], { time: { ask } }, 100, Date.now)).get("q")?.error?.code).toBe(
      "time_timeout",
    );
  });

  test("where many take their time, the last are not even asked", async () => {
    let clock = 0;
    const asked: string[] = [];
    const ask: EvidenceProvider["ask"] = ({ id }) => {
      asked.push(id);
      clock += 50;
      return yes;
    };
    const specs = Array.from({ length: 12 }, (_, at) =>
      question("env", "get", { key: `K${at}` }, { id: `c${at}` }),
    );
    const found = await gather(specs, { env: { ask } }, 50, () => clock);
    expect(asked).toEqual(["c0", "c1", "c2", "c3", "c4"]);
    expect([...found.values()].filter(({ error }) => error === undefined)).toHaveLength(5);
    expect(found.get("c5")).toMatchObject({ lane: "verified", error: { code: "env_timeout" } });
    expect(found.size).toBe(12);
  });
});

test.each([NaN, -1])("a clock that shows %d in between lets nothing late pass", async (shown) => {
  const times = [0, shown];
  const found = await gather([now], { time: { ask: () => yes } }, 50, () => times.shift() ?? shown);
  expect(found.get("q")?.error?.code).toBe("time_timeout");
});

// Threat: ten costly questions of one gate, one behind the other, and nobody else is served meanwhile.
test("between two questions that took time it is others' turn, and their time is not counted", async () => {
  let time = 0;
  const order: string[] = [];
  const ask = (takes: number): EvidenceProvider => ({
    ask: ({ id }) => {
      order.push(id);
      time += takes;
      setImmediate(() => {
        order.push("other");
        time += 1000;
      });
      return yes;
    },
  });
  const specs = ["a", "b", "c"].map((id, n) => question("time", "after", { instant: String(n) }, { id }));
  const found = await gather(specs, { time: ask(50) }, 50, () => time);
  expect(order.slice(0, 5)).toEqual(["a", "other", "b", "other", "c"]);
  expect([...found.values()]).toEqual([yes, yes, yes]);
  // What takes no time is not worth a pause: most gates ask for a variable or the hour.
  order.length = 0;
  await gather(specs, { time: ask(0) }, 50, () => time);
  expect(order).toEqual(["a", "b", "c"]);
});
