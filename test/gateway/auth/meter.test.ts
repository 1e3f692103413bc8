// Failures are counted by source, in bounded memory, and nobody escapes by having many addresses.
import { beforeEach, describe, expect, test } from "vitest";
import { openAttempts } from "../../../src/gateway/auth/attempts.ts";
import { openFailureMeter, sourceOf } from "../../../src/gateway/auth/meter.ts";
import { NOON } from "../../support/proposals.ts";

let now = NOON;
beforeEach(() => {
  now = NOON;
});
const clock = (): number => now;

describe("failures of one address", () => {
  const meter = () => openFailureMeter({ perMinute: 3, clock });
  const passed = { suppressed: false, retrySeconds: 0 };

  test("the fourth within a minute is suppressed and says when the next is heard", () => {
    const it = meter();
    expect([1, 2, 3].map(() => it.failed("192.0.2.1"))).toEqual([passed, passed, passed]);
    const said = it.failed("192.0.2.1");
    expect(said.suppressed).toBe(true);
    expect(it.failed("192.0.2.2")).toEqual(passed);
    now += said.retrySeconds * 1000 - 1000;
    expect(it.failed("192.0.2.1").suppressed).toBe(true);
    now += 1000;
    expect(it.failed("192.0.2.1")).toEqual(passed);
  });

  test("no minute has more than the limit, wherever it begins", () => {
    const it = meter();
    const heard: number[] = [];
    for (let at = 0; at < 400; at++) {
      now = NOON + at * 1000;
      if (!it.failed("192.0.2.1").suppressed) heard.push(at);
    }
    for (const from of heard)
      expect(heard.filter((at) => at >= from && at < from + 60).length).toBeLessThanOrEqual(3);
    expect(heard.length).toBeGreaterThanOrEqual(15);
  });

  test("once a minute it says how many were suppressed", () => {
    const it = meter();
    for (let n = 0; n < 10; n++) it.failed("192.0.2.1");
    expect(it.due()).toBe(0);
    now += 60_000;
    expect([it.due(), it.due()]).toEqual([7, 0]);
    for (let n = 0; n < 4; n++) it.failed("192.0.2.1");
    expect([it.due(), it.due(true), it.due(true)]).toEqual([0, 4, 0]);
    now += 60_000;
    expect(it.due()).toBe(0);
  });

  test("a clock that is set back keeps nobody out", () => {
    const it = meter();
    now = NOON + 86_400_000;
    for (let n = 0; n < 5; n++) it.failed("192.0.2.1");
    now = NOON;
    expect(it.failed("192.0.2.1")).toEqual(passed);
    now = NOON - 60_000;
    expect(it.due()).toBe(2);
  });
});

// Threat: each of thousands of addresses has its own allowance, and together they fill the disk with entries.
describe("failures of all addresses together", () => {
  const meter = () => openFailureMeter({ perMinute: 30, clock, entriesPerMinute: 600 });
  const spread = (it: ReturnType<typeof meter>, count: number) =>
    Array.from({ length: count }, (_, n) => it.failed(`10.0.${n >> 8}.${n & 255}`));

  test("leave 600 entries a minute, and the rest is counted; nobody is told to wait for what others did", () => {
    const it = meter();
    const said = spread(it, 2000);
    expect(said.filter(({ suppressed }) => !suppressed)).toHaveLength(600);
    expect(said.filter(({ retrySeconds }) => retrySeconds > 0)).toEqual([]);
    now += 60_000;
    expect(it.due()).toBe(1400);
    now += 60_000;
    expect(it.failed("192.0.2.1")).toEqual({ suppressed: false, retrySeconds: 0 });
  });

  test("who is over its own limit uses up none of them", () => {
    const it = meter();
    for (let n = 0; n < 5000; n++) it.failed("192.0.2.1");
    expect(spread(it, 570).every(({ suppressed }) => !suppressed)).toBe(true);
    expect(it.failed("192.0.2.2").suppressed).toBe(true);
  });

  test("there are 600 of them unless it is said otherwise", () => {
    const said = spread(openFailureMeter({ perMinute: 30, clock }), 700);
    expect(said.filter(({ suppressed }) => !suppressed)).toHaveLength(600);
  });
});

describe("one caller's addresses", () => {
  test.each([
    ["127.0.0.1", "127.8.9.10", true],
    ["::ffff:127.0.0.2", "127.0.0.1", true],
    ["127.0.0.1", "128.0.0.1", false],
    ["2001:db8:1:2::1", "2001:db8:1:2:ffff::", true],
    ["2001:db8:1:2::1", "2001:db8:1:3::1", false],
    ["::ffff:192.0.2.1", "192.0.2.1", true],
    ["192.0.2.1", "192.0.2.2", false],
    ["fe80::1%eth0", "fe80::2", true],
    ["", "unix", true],
    ["no address", "", true],
  ])("%j and %j", (one, other, same) => {
    expect(sourceOf(one) === sourceOf(other)).toBe(same);
  });
});

describe("many addresses", () => {
  const attempts = () => openAttempts({ limit: 2, windowMillis: 60_000, clock, maxKeys: 3 });

  test("beyond the most that are kept, the rest share one count; nobody who is counted is forgotten for them", () => {
    const it = attempts();
    it.add("known");
    it.add("known");
    for (let n = 0; n < 1000; n++) it.add(`made-up-${n}`);
    expect(it.wait("known")).toBeGreaterThan(0);
    expect(it.wait("never seen")).toBeGreaterThan(0);
    expect(it.wait("made-up-0")).toBe(0);
  });

  test("who has been quiet for a window makes room", () => {
    const it = attempts();
    for (const key of ["a", "b", "c"]) it.add(key);
    now += 30_000;
    it.add("a");
    now += 50_000;
    for (const key of ["d", "e"]) it.add(key);
    now += 1000;
    for (const key of ["d", "e"]) it.add(key);
    expect(["d", "e"].map((key) => it.wait(key) > 0)).toEqual([true, true]);
    // `a` failed within the window: it is still counted by itself, and what comes now shares.
    it.add("a");
    expect(it.wait("a")).toBeGreaterThan(0);
    expect(it.wait("f")).toBe(0);
    for (const key of ["f", "g"]) it.add(key);
    expect(it.wait("h")).toBeGreaterThan(0);
  });

  test("10,000 random addresses take no more memory than a hundred", () => {
    const it = openAttempts({ limit: 60, windowMillis: 60_000, clock, maxKeys: 4096 });
    const before = process.memoryUsage().heapUsed;
    for (let n = 0; n < 200_000; n++) it.add(`source-${n}`);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(64 * 1024 * 1024);
    expect(it.wait("source-199999")).toBeGreaterThan(0);
  });
});
