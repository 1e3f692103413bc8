// Decimal numbers with every digit: no comparison of a gate ever goes through a float.

/** Zero is sign 0, no digits, exponent 0. Otherwise sign × 0.digits × 10^exponent; digits begin and end with 1…9. */
export interface Decimal {
  readonly sign: -1 | 0 | 1;
  readonly digits: string;
  readonly exponent: number;
}

const ZERO: Decimal = { sign: 0, digits: "", exponent: 0 };

/** RFC 8259, section 6. */
const NUMBER = /^(-)?(0|[1-9][0-9]*)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?$/;

/**
 * The exact value of a JSON number, in time and memory of its text: 1e999999999 stays three words. One value has one
 * form: 10, 10.0 and 1e1 are the same, and -0.0 is 0. Undefined for other text, and where the exponent leaves the
 * integers that can be told apart (±2^53): two different numbers must not become equal there.
 */
export function decimalOf(text: string): Decimal | undefined {
  const match = NUMBER.exec(text);
  if (match === null) return undefined;
  const [, minus, whole = "", fraction = "", power = "0"] = match;
  const all = whole + fraction;
  const first = skipZeros(all);
  if (first === all.length) return ZERO;
  const ten = Number(power);
  const exponent = whole.length - first + ten;
  if (!Number.isSafeInteger(ten) || !Number.isSafeInteger(exponent)) return undefined;
  const digits = all.slice(first, endOfDigits(all));
  return { sign: minus === undefined ? 1 : -1, digits, exponent };
}

/** Negative, 0 or positive, as `a` is below, equal to or above `b`. */
export function compareDecimals(a: Decimal, b: Decimal): number {
  if (a.sign !== b.sign) return a.sign - b.sign;
  if (a.exponent !== b.exponent) return a.exponent < b.exponent ? -a.sign : a.sign;
  // Of equal magnitude, text order of the digits is their order: neither ends with zeros.
  if (a.digits === b.digits) return 0;
  return a.digits < b.digits ? -a.sign : a.sign;
}

/** Whether nothing stands behind the point. */
export function isWhole(decimal: Decimal): boolean {
  return decimal.digits.length <= decimal.exponent;
}

/** One text per value. Where a float holds the number exactly enough to print it, this is RFC 8785's text for it. */
export function renderDecimal(decimal: Decimal): string {
  const { sign, digits, exponent } = decimal;
  if (sign === 0) return "0";
  const minus = sign < 0 ? "-" : "";
  if (digits.length <= exponent && exponent <= 21) return minus + digits.padEnd(exponent, "0");
  if (exponent > 0 && exponent <= 21) return `${minus}${digits.slice(0, exponent)}.${digits.slice(exponent)}`;
  if (exponent > -6 && exponent <= 0) return `${minus}0.${"0".repeat(-exponent)}${digits}`;
  const power = exponent - 1;
  const point = digits.length > 1 ? `.${digits.slice(1)}` : "";
  return `${minus}${digits.slice(0, 1)}${point}e${power < 0 ? "-" : "+"}${Math.abs(power)}`;
}

function skipZeros(digits: string): number {
  let at = 0;
  while (digits.charCodeAt(at) === 48) at += 1;
  return at;
}

/** By a loop: /0+$/ takes quadratic time over a million zeros with a 1 behind them. */
function endOfDigits(digits: string): number {
  let end = digits.length;
  while (digits.charCodeAt(end - 1) === 48) end -= 1;
  return end;
}
