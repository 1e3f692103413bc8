// Moments against the calendar of the platform, and what is no date-time at all.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { compareMoments, isDate, type Moment, momentOf } from "../../../src/core/gate/instants.ts";

const moment = (text: string): Moment => {
  const read = momentOf(text);
  if (read === undefined) throw new Error(`${text} is not read`);
  return read;
};
const two = (n: number): string => String(n).padStart(2, "0");

/** The platform's clock time of `millis` at an offset, which may be in another day or year. */
function written(millis: number, offset: number): string {
  const local = new Date(millis + offset * 60_000).toISOString().replace("Z", "");
  const ahead = Math.abs(offset);
  return `${local}${offset < 0 ? "-" : "+"}${two(Math.floor(ahead / 60))}:${two(ahead % 60)}`;
}

const year = 31_556_952_000;
const millis = fc.integer({ min: Math.ceil(-1900 * year), max: 7900 * year });
const offset = fc.integer({ min: -1439, max: 1439 });

test("the order of two moments is that of their milliseconds, whatever their offsets", () => {
  const near = fc.integer({ min: -2, max: 2 });
  fc.assert(
    fc.property(
      millis,
      offset,
      fc.oneof(near, fc.integer({ min: -1e12, max: 1e12 })),
      offset,
      (at, east, later, west) => {
        const order = compareMoments(moment(written(at + later, west)), moment(written(at, east)));
        expect(Math.sign(order)).toBe(Math.sign(later));
      },
    ),
    { numRuns: 20_000 },
  );
});

test("every day from 0000 to 2400 and from 9996 to 9999, and no other", () => {
  const days = (from: number, to: number): void => {
    for (let y = from; y <= to; y += 1) {
      for (let month = 0; month <= 13; month += 1) {
        for (const day of [0, 1, 28, 29, 30, 31, 32]) {
          const at = new Date(0);
          at.setUTCFullYear(y, month - 1, day);
          const real = at.getUTCFullYear() === y && at.getUTCMonth() === month - 1 && at.getUTCDate() === day;
          const text = `${String(y).padStart(4, "0")}-${two(month)}-${two(day)}`;
          if (isDate(text) !== real) throw new Error(text);
          if (real && moment(`${text}T00:00:00Z`).minute !== at.getTime() / 60_000) throw new Error(text);
        }
      }
    }
  };
  days(0, 2400);
  days(9996, 9999);
  expect(isDate("2024-02-29")).toBe(true);
});

test("leap seconds stand at the end of June and December UTC, between the seconds", () => {
  const ends = [
    "2016-12-31T23:59:60Z",
    "2017-01-01T00:59:60+01:00",
    "2016-12-31T15:59:60.5-08:00",
    "1972-06-30T23:59:60Z",
    "9999-12-31T23:59:60Z",
    "0000-06-30t23:59:60z",
  ];
  for (const text of ends) expect(momentOf(text)).toMatchObject({ second: 60 });
  const others = [
    "2016-03-31T23:59:60Z",
    "2016-12-31T23:58:60Z",
    "2016-12-31T22:59:60Z",
    "2016-12-30T23:59:60Z",
    "2016-12-31T23:59:60+00:01",
    "2016-12-31T00:59:60+01:00",
    "2016-05-31T23:59:60Z",
    "2016-12-31T23:59:61Z",
  ];
  for (const text of others) expect(momentOf(text), text).toBeUndefined();
  const row = [
    "2016-12-31T23:59:59.9Z",
    "2016-12-31T23:59:60Z",
    "2016-12-31T23:59:60.1Z",
    "2017-01-01T00:00:00Z",
  ].map(moment);
  for (let at = 1; at < row.length; at += 1) expect(compareMoments(row[at - 1]!, row[at]!)).toBeLessThan(0);
});

test("fractions count to the last digit, and zeros behind do not", () => {
  const at = (fraction: string): Moment => moment(`2024-01-01T00:00:00${fraction}Z`);
  expect(compareMoments(at(".1"), at(".100000000000000000000001"))).toBeLessThan(0);
  expect(compareMoments(at(".1"), at(".1000"))).toBe(0);
  expect(compareMoments(at(""), at(".000"))).toBe(0);
  expect(compareMoments(at(".2"), at(".19"))).toBeGreaterThan(0);
});

test.each([
  "2024-01-01T00:00:00",
  "2024-01-01T00:00:00+00",
  "2024-01-01T00:00:00+0000",
  "2024-01-01T00:00:00+24:00",
  "2024-01-01T00:00:00-00:60",
  "2024-01-01T24:00:00Z",
  "2024-01-01T00:60:00Z",
  "2024-01-01 00:00:00Z",
  "2024-01-01T00:00:00.Z",
  "2024-01-01T00:00:00ZZ",
  "2024-01-01T00:00:00Z\n",
  "2024-01-01",
  "",
  "2026-01-01T2026-01-01T00:00:00Z",
  "2026-01-01T00:00:00Z2026-01-01T00:00:00Z",
])("%j is no date-time", (text) => {
  expect(momentOf(text)).toBeUndefined();
});

test.each(["2026-01-01x", "x2026-01-01", "2026-01-012026-01-01", "2026-01-01\n", "2026-01-01 "])(
  "%j is no date",
  (text) => {
    expect(isDate(text)).toBe(false);
  },
);
