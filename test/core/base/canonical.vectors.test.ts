// RFC 8785: its sample, its order of keys and its numbers; and that every one beyond our domain is refused rather than written.
import canonicalize from "canonicalize";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { canonical } from "../../../src/core/base/canonical.ts";

const { sample, sorting, numbers } = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../vectors/jcs/rfc8785.json"), "utf8"),
) as {
  sample: { in: string; out: string };
  sorting: { in: string; order: readonly string[] };
  numbers: readonly (readonly [string, string | null])[];
};

const double = (hex: string): number => Buffer.from(hex, "hex").readDoubleBE();
const isOurs = (value: number): boolean => Number.isSafeInteger(value) && !Object.is(value, -0);

test("the sample of section 3.2.2, whose fractions only the library below writes", () => {
  const value = JSON.parse(sample.in) as Record<string, unknown>;
  expect(canonicalize(value)).toBe(sample.out);
  expect(() => canonical(value)).toThrow(expect.objectContaining({ code: "canonical_domain" }) as Error);
  const { numbers: _, ...ours } = value;
  const { numbers: __, ...wanted } = JSON.parse(sample.out) as Record<string, unknown>;
  expect(canonical(ours)).toBe(JSON.stringify(wanted));
});

test("the order of keys of section 3.2.3", () => {
  const text = canonical(JSON.parse(sorting.in));
  const places = sorting.order.map((name) => text.indexOf(name));
  expect(places).toEqual(places.toSorted((a, b) => a - b));
  expect(places).not.toContain(-1);
});

test.each(numbers)("the number %s of appendix B is %s", (hex, wanted) => {
  const value = double(hex);
  if (wanted !== null) expect(canonicalize(value)).toBe(wanted);
  if (isOurs(value)) expect(canonical(value)).toBe(wanted);
  else expect(() => canonical(value)).toThrow(expect.objectContaining({ code: "canonical_domain" }) as Error);
});
