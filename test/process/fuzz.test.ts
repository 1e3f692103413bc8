// A bounded part of `npm run fuzz`: no crash, no hang, no path that git changes and the reader did not announce.
import { expect, test } from "vitest";
import { fuzz } from "../fuzz/fuzz.ts";

// What takes its time is found by the patience of the runner; `npm run fuzz` looks at the clock as well.
test("thirty thousand made-up inputs are answered or refused, and git changes what was announced", async () => {
  const report = await fuzz(
    { runs: 30_000, seed: 20_261_122, minutes: 0.5, timed: false, patches: 300 },
    () => undefined,
  );
  expect(report.faults).toEqual([]);
  expect(report.inputs).toBeGreaterThan(5000);
  // A generator that only makes rubbish finds nothing.
  for (const line of report.lines.slice(0, 5)) expect(line).not.toContain(" 0 accepted");
  expect(report.lines.at(-1)).toMatch(/[3-9]\d\d applied/);
});
