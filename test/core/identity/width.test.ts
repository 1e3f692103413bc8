// G07: how much of the internet a list holds: by one range, and by all of them together.
import { expect, test } from "vitest";
import { parseRange } from "../../../src/core/identity/address.ts";
import { isWide, widthFault } from "../../../src/core/identity/width.ts";

const ranges = (cidrs: readonly string[]): NonNullable<ReturnType<typeof parseRange>>[] =>
  cidrs.map((cidr) => parseRange(cidr)!);
/** So many /16s, one beside the other. */
const sixteens = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, n) => `${Math.floor(n / 256)}.${n % 256}.0.0/16`);
const thirtytwos = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, n) => `2001:${n.toString(16)}::/32`);

test.each([
  ["10.0.0.0/15", true],
  ["10.0.0.0/16", false],
  ["0.0.0.0/0", true],
  ["2001:db8::/31", true],
  ["2001:db8::/32", false],
])("%s is a whole provider: %s", (cidr, wide) => {
  expect(isWide(parseRange(cidr)!)).toBe(wide);
  expect(widthFault(ranges([cidr])) !== undefined).toBe(wide);
});

test.each<readonly [string, readonly string[], RegExp | undefined]>([
  ["nobody", [], undefined],
  ["two halves", ["0.0.0.0/1", "128.0.0.0/1"], /shorter than \/16.*0\.0\.0\.0\/1, 128\.0\.0\.0\/1/],
  ["all /16s", sixteens(65_536), /together/],
  ["a /8 in pieces", sixteens(256), undefined],
  ["a little more than a /8", sixteens(257), /together/],
  ["one range many times", Array<string>(1000).fill("10.0.0.0/16"), undefined],
  ["a /20 of IPv6 in pieces", thirtytwos(4096), undefined],
  ["a little more than a /20", thirtytwos(4097), /together/],
  ["the families apart", [...sixteens(256), ...thirtytwos(4096)], undefined],
])("%s", (_, cidrs, why) => {
  const fault = widthFault(ranges(cidrs));
  if (why === undefined) expect(fault).toBeUndefined();
  else expect(fault).toMatch(why);
});
