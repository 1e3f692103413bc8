// A bounded part of `npm run fuzz`: no crash, no hang, no path that git changes and the reader did not announce.
import { expect, test } from "vitest";
import { fuzz } from "../fuzz/fuzz.ts";

test("thirty thousand made-up inputs are answered or refused in time, and git changes what was announced", () => {
  const report = fuzz({ runs: 30_000, seed: 20_261_122, minutes: 0.5, patches: 150 }, () => undefined);
  expect(report.faults).toEqual([]);
  expect(report.inputs).toBeGreaterThan(5000);
  // A generator that only makes rubbish finds nothing.
  for (const line of report.lines.slice(0, 5)) expect(line).not.toContain(" 0 accepted");
  expect(report.lines.at(-1)).toMatch(/[1-9]\d* applied/);
});
