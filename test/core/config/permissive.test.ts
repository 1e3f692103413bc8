// D16: dev.permissive ends for real: by when the file was written, and never later.
import { describe, expect, test } from "vitest";
import { permissiveFaults, permissiveUntil } from "../../../src/core/config/permissive.ts";

const DAY = 86_400_000;
const now = Date.parse("2026-11-22T12:00:00Z");
const dev = (
  permissive: boolean,
  ttl_days = 7,
): { dev: { permissive: boolean; ttl_days: number; exempt_providers: [] } } => ({
  dev: { permissive, ttl_days, exempt_providers: [] },
});

test("its end goes by the time of writing", () => {
  expect(permissiveUntil(dev(true), { now, written: now - DAY })).toBe(now + 6 * DAY);
  expect(permissiveUntil(dev(false), { now, written: now })).toBeUndefined();
});

describe("a fault", () => {
  test.each<[string, number, RegExp]>([
    ["at its last millisecond", now - 7 * DAY, /^ended 2026-11-22T12:00:00.000Z, 7 day/],
    ["long after", 0, /^ended 1970-01-08T/],
    ["written a millisecond in the future", now + 1, /written in the future/],
    ["written in no time at all", Number.NaN, /written in the future/],
    ["written before all time", -1e300, /^ended long ago/],
  ])("%s", (_, written, message) => {
    const [fault, ...more] = permissiveFaults(dev(true), { now, written });
    expect(more).toEqual([]);
    expect(fault).toMatchObject({ key: "dev.permissive", message: expect.stringMatching(message) as string });
    expect(fault?.fix).toMatch(/permissive = false/);
  });

  test("without a clock", () => {
    expect(permissiveFaults(dev(true), undefined)).toMatchObject([{ key: "dev.permissive" }]);
  });
});

test.each([now, now - 1, now - 7 * DAY + 1])("none while it lasts (written %d)", (written) => {
  expect(permissiveFaults(dev(true), { now, written })).toEqual([]);
});

test("none where it is off, whatever the times say", () => {
  for (const written of [0, now + DAY, Number.NaN])
    expect(permissiveFaults(dev(false), { now, written })).toEqual([]);
  expect(permissiveFaults(dev(false), undefined)).toEqual([]);
});
