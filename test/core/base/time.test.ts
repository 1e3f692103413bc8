// Instants have one spelling, so that text order is time order.
import { expect, test } from "vitest";
import { instant, instantSchema, millisOf } from "../../../src/core/base/time.ts";

test.each([
  "2026-11-22T10:00:00Z",
  "2026-11-22T10:00:00.000+00:00",
  "2026-11-22T10:00:00.000z",
  "2026-02-30T10:00:00.000Z",
  "2026-11-22T24:00:00.000Z",
  "2026-11-22T10:00:60.000Z",
  "2026-11-22 10:00:00.000Z",
  "2026-11-22T10:00:00.000Z\n",
  "",
])("refuses %j", (text) => {
  expect(instantSchema.safeParse(text).success).toBe(false);
});

test("there and back", () => {
  const at = Date.UTC(2026, 10, 22, 10, 0, 0, 123);
  expect(instant(at)).toBe("2026-11-22T10:00:00.123Z");
  expect(millisOf(instantSchema.parse(instant(at)))).toBe(at);
});
