// Work is measured, waiting is not, and a clock that is set back takes nothing off a bill.
import { expect, test } from "vitest";
import { startStopwatch } from "../../../src/gateway/tools/stopwatch.ts";

test("time aside is not counted, also when what was waited for fails", async () => {
  let now = 1000;
  const watch = startStopwatch(() => now);
  now += 5;
  const later = async (): Promise<string> => ((now += 100), await Promise.resolve("x"));
  expect(await watch.aside(Promise.resolve().then(later))).toBe("x");
  now += 2;
  await watch.aside(Promise.resolve().then(() => Promise.reject(new Error("no")))).catch(() => undefined);
  now += 3;
  expect(watch.millis()).toBe(10);
  now -= 5000;
  expect(watch.millis()).toBe(7);
});
