// Decimals against exact fractions of BigInt: equal, smaller, written and read, and never in more time than their text.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  compareDecimals,
  type Decimal,
  decimalOf,
  isWhole,
  renderDecimal,
} from "../../../src/core/gate/decimal.ts";

/** Numerator and denominator (a power of ten) of a JSON number, by arithmetic instead of text. */
function fraction(text: string): readonly [bigint, bigint] {
  const [mantissa = "", power = "0"] = text.toLowerCase().split("e");
  const [whole = "", behind = ""] = mantissa.split(".");
  const shift = Number(power) - behind.length;
  const digits = BigInt(whole.replace("-", "") + behind) * (whole.startsWith("-") ? -1n : 1n);
  return shift >= 0 ? [digits * 10n ** BigInt(shift), 1n] : [digits, 10n ** BigInt(-shift)];
}

function orderOf(a: string, b: string): number {
  const [[p, q], [r, s]] = [fraction(a), fraction(b)];
  const difference = p * s - r * q;
  if (difference === 0n) return 0;
  return difference < 0n ? -1 : 1;
}

const decimal = (text: string): Decimal => {
  const read = decimalOf(text);
  if (read === undefined) throw new Error(`${text} is not read`);
  return read;
};

/** Few digits, so that equal values, equal magnitudes and trailing zeros come up all the time. */
const digits = fc.string({ unit: fc.constantFrom("0", "0", "1", "9", "5"), maxLength: 6 });
const number = fc
  .record({
    minus: fc.constantFrom("", "-"),
    whole: digits.map((text) => text.replace(/^0+/, "") || "0"),
    behind: digits.map((text) => (text === "" ? "" : `.${text}`)),
    power: fc.oneof(
      fc.constant(""),
      fc
        .tuple(fc.constantFrom("e", "E", "e+", "e-", "e0"), fc.integer({ min: 0, max: 25 }))
        .map(([e, n]) => `${e}${n}`),
    ),
  })
  .map(({ minus, whole, behind, power }) => `${minus}${whole}${behind}${power}`);
const long = fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }).map(String);
const any = fc.oneof(number, number, long);

test("the order is that of the fractions", () => {
  fc.assert(
    fc.property(any, any, (a, b) => {
      expect(Math.sign(compareDecimals(decimal(a), decimal(b)))).toBe(orderOf(a, b));
    }),
    { numRuns: 20_000 },
  );
});

test("neighbours of one number are told apart", () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: -(10n ** 60n), max: 10n ** 60n }),
      fc.integer({ min: -40, max: 40 }),
      (n, power) => {
        const [a, b] = [decimal(`${n}e${power}`), decimal(`${n + 1n}e${power}`)];
        expect(compareDecimals(a, b)).toBeLessThan(0);
        expect(compareDecimals(b, a)).toBeGreaterThan(0);
      },
    ),
    { numRuns: 5000 },
  );
});

test("one value has one form and one text, which reads as the same value", () => {
  fc.assert(
    fc.property(any, any, (a, b) => {
      const [one, other] = [decimal(a), decimal(b)];
      expect(orderOf(a, renderDecimal(one))).toBe(0);
      expect(decimal(renderDecimal(one))).toEqual(one);
      expect(renderDecimal(one) === renderDecimal(other)).toBe(orderOf(a, b) === 0);
      expect(isWhole(one)).toBe(fraction(a)[0] % fraction(a)[1] === 0n);
    }),
    { numRuns: 20_000 },
  );
});

test("what a float writes is written in the same way (RFC 8785, section 3.2.2.3)", () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (float) => {
      expect(renderDecimal(decimal(String(float)))).toBe(JSON.stringify(float));
    }),
    { numRuns: 20_000 },
  );
});

test("zero has one form, whatever its sign, digits and exponent", () => {
  for (const text of ["0", "-0", "0.0", "-0.000e5", "0e99999999999999999999", "-0e-99999999999999999999"]) {
    expect(decimalOf(text)).toEqual({ sign: 0, digits: "", exponent: 0 });
  }
});

describe("exponents", () => {
  test("of a billion are three words", () => {
    expect(decimalOf("-12.50e999999999")).toEqual({ sign: -1, digits: "125", exponent: 1_000_000_001 });
    expect(isWhole(decimal("1e999999999"))).toBe(true);
    expect(isWhole(decimal("1e-999999999"))).toBe(false);
  });

  test("that can no longer be told apart are no number", () => {
    const most = Number.MAX_SAFE_INTEGER;
    expect(decimalOf(`1e${most - 1}`)).toEqual({ sign: 1, digits: "1", exponent: most });
    expect(decimalOf(`1e${most}`)).toBeUndefined();
    expect(decimalOf(`0.01e${most}`)).toEqual({ sign: 1, digits: "1", exponent: most - 1 });
    expect(decimalOf(`1e-${most}`)).toEqual({ sign: 1, digits: "1", exponent: 1 - most });
    expect(decimalOf(`0.1e-${most}`)).toEqual({ sign: 1, digits: "1", exponent: -most });
    expect(decimalOf(`0.01e-${most}`)).toBeUndefined();
    expect(decimalOf(`0.1e${most + 1}`)).toBeUndefined();
    expect(decimalOf(`1e${"9".repeat(400)}`)).toBeUndefined();
  });
});

test.each([
  "",
  "-",
  "01",
  "-01",
  "1.",
  ".1",
  "1e",
  "1e+",
  "+1",
  "1 ",
  " 1",
  "1n",
  "0x1",
  "1_0",
  "١",
  "1e1.5",
  "NaN",
  "Infinity",
  "1\n",
])("%j is no number", (text) => {
  expect(decimalOf(text)).toBeUndefined();
});

test("a million digits take the time of a million digits", { timeout: 10_000 }, () => {
  const zeros = "0".repeat(1_000_000);
  // A pattern like /0+$/ needs hours for the second.
  expect(renderDecimal(decimal(`1${zeros}`))).toBe("1e+1000000");
  expect(decimal(`1${zeros}1`).digits).toHaveLength(1_000_002);
  expect(decimal(`0.${zeros}1`)).toEqual({ sign: 1, digits: "1", exponent: -1_000_000 });
  expect(compareDecimals(decimal(`1${zeros}1`), decimal(`1${zeros}2`))).toBeLessThan(0);
});
