// D23: the sixteen comparators against other arithmetic: fractions of BigInt, bytes of UTF-8, the platform's calendar, plain JSON.
import { Buffer } from "node:buffer";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Comparator, comparators } from "../../../src/core/gate/condition.ts";
import { compare } from "../../../src/core/gate/comparator.ts";
import { parseValue, type Value } from "../../../src/core/gate/value.ts";

const read = (text: string): Value => {
  const value = parseValue(text);
  if (value === undefined) throw new Error(`${text} is not read`);
  return value;
};
const ask = (comparator: Comparator, value: string, expected: string): string =>
  compare(comparator, { value: read(value) }, read(expected));

const ORDERING = {
  greater_than: (sign: number) => sign > 0,
  greater_than_or_equal: (sign: number) => sign >= 0,
  less_than: (sign: number) => sign < 0,
  less_than_or_equal: (sign: number) => sign <= 0,
} as const;
const ordering = Object.keys(ORDERING) as (keyof typeof ORDERING)[];

/** units × 10^-scale, written in one of many ways. */
const scaled = fc.record({
  units: fc.bigInt({ min: -200n, max: 200n }),
  scale: fc.integer({ min: 0, max: 3 }),
  zeros: fc.integer({ min: 0, max: 3 }),
});
type Scaled = { readonly units: bigint; readonly scale: number; readonly zeros: number };
const spelt = ({ units, scale, zeros }: Scaled): string =>
  `${units}${units === 0n ? "" : "0".repeat(zeros)}e${-scale - zeros}`;

describe("numbers", () => {
  test("are ordered and equal as fractions are", () => {
    fc.assert(
      fc.property(scaled, scaled, (a, b) => {
        const difference = a.units * 10n ** BigInt(b.scale) - b.units * 10n ** BigInt(a.scale);
        const sign = difference === 0n ? 0 : difference < 0n ? -1 : 1;
        for (const name of ordering) expect(ask(name, spelt(a), spelt(b))).toBe(String(ORDERING[name](sign)));
        expect(ask("equals", spelt(a), spelt(b))).toBe(String(sign === 0));
        expect(ask("not_equals", spelt(a), spelt(b))).toBe(String(sign !== 0));
        // The same equality at every depth: 10 is 10.0 in a list too.
        expect(ask("in_set", spelt(a), `["x",${spelt(b)}]`)).toBe(String(sign === 0));
        expect(ask("contains", `["x",${spelt(a)}]`, `[${spelt(b)}]`)).toBe(String(sign === 0));
        expect(ask("deep_equals", `{"n":[${spelt(a)}]}`, `{"n":[${spelt(b)}]}`)).toBe(String(sign === 0));
        expect(ask("deep_not_equals", `[${spelt(a)}]`, `[${spelt(b)}]`)).toBe(String(sign !== 0));
      }),
      { numRuns: 5000 },
    );
  });
});

describe("texts", () => {
  test("lex_ goes by code points, as the bytes of UTF-8 do", () => {
    const edge = fc.constantFrom(
      "",
      "a",
      "\u{7F}",
      "\u{80}",
      "\u{7FF}",
      "\u{800}",
      "\u{D7FF}",
      "\u{E000}",
      "\u{FFFF}",
      "\u{10000}",
      "\u{1F600}",
      "\u{10FFFF}",
    );
    const text = fc.oneof(
      fc.array(edge, { maxLength: 3 }).map((parts) => parts.join("")),
      fc.string({ unit: "binary", maxLength: 4 }),
    );
    fc.assert(
      fc.property(text, text, (a, b) => {
        const sign = Buffer.compare(Buffer.from(a, "utf8"), Buffer.from(b, "utf8"));
        for (const name of ordering)
          expect(compare(`lex_${name}`, { value: a }, b)).toBe(String(ORDERING[name](sign)));
      }),
      { numRuns: 10_000 },
    );
  });

  test("contains is a substring of code points", () => {
    const unit = fc.constantFrom("a", "b", "\u{1F600}", "\u{1F601}");
    const text = (maxLength: number): fc.Arbitrary<string> =>
      fc.array(unit, { maxLength }).map((parts) => parts.join(""));
    fc.assert(
      fc.property(text(6), text(3), (a, b) => {
        const [whole, part] = [Array.from(a), Array.from(b)];
        const at = whole.findIndex((_, from) => part.every((one, step) => whole[from + step] === one));
        expect(compare("contains", { value: a }, b)).toBe(String(part.length === 0 || at >= 0));
      }),
    );
  });

  test("a million letters are compared in one walk", { timeout: 10_000 }, () => {
    const long = "a".repeat(1_000_000);
    expect(compare("lex_less_than", { value: `${long}a` }, `${long}b`)).toBe("true");
    expect(compare("contains", { value: long }, `${long}b`)).toBe("false");
  });
});

test("two lists of 100,000 are compared without looking at each pair", { timeout: 20_000 }, () => {
  const list = Array.from({ length: 100_000 }, (_, at): Value => `src/file-${at}.ts`);
  expect(compare("contains", { value: list }, [...list].reverse())).toBe("true");
  expect(compare("contains", { value: list }, [...list, "src/other.ts"])).toBe("false");
  expect(compare("deep_equals", { value: list }, [...list])).toBe("true");
});

test("equality of any JSON is that of its canonical form", () => {
  const json = fc
    .jsonValue({ maxDepth: 2 })
    .map((value) => JSON.stringify(value))
    .filter((text) => !text.includes("\\u"));
  const sorted = (text: string): unknown => JSON.parse(text, (_, value: unknown) => value);
  fc.assert(
    fc.property(json, json, fc.boolean(), (a, b, alike) => {
      const other = alike ? ` ${a} ` : b;
      let equal = true;
      try {
        expect(sorted(a)).toEqual(sorted(other));
      } catch {
        equal = false;
      }
      expect(ask("equals", a, other)).toBe(String(equal));
      expect(ask("not_equals", a, other)).toBe(String(!equal));
    }),
  );
});

describe("no answer where there is none", () => {
  test.each(comparators)("%s", (comparator) => {
    const asksPresence = comparator === "exists" || comparator === "not_exists";
    const absent = { exists: "false", not_exists: "true" }[comparator as string] ?? "unknown";
    expect(compare(comparator, {}, read("1"))).toBe(absent);
    expect(compare(comparator, {}, undefined)).toBe(absent);
    expect(compare(comparator, { value: "a", bytes: new Uint8Array([97]) }, "a")).toBe("unknown");
    if (asksPresence) return;
    expect(compare(comparator, { value: null }, undefined)).toBe("unknown");
    expect(compare(comparator, { bytes: new Uint8Array() }, undefined)).toBe("unknown");
  });

  test.each(["", "Equals", "matches", "toString", "__proto__", "constructor"])(
    "a comparator %j that there is not",
    (name) => {
      expect(compare(name as Comparator, { value: "a" }, "a")).toBe("unknown");
      expect(compare(name as Comparator, { bytes: new Uint8Array([1]) }, [])).toBe("unknown");
    },
  );
});

describe("bytes", () => {
  const list = fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 4 });
  test("equal a list of the same integers, in any spelling", () => {
    fc.assert(
      fc.property(list, list, (a, b) => {
        const same = a.length === b.length && a.every((byte, at) => byte === b[at]);
        const expected = read(`[${b.map((byte, at) => (at % 2 === 0 ? `${byte}.0` : `${byte}`)).join()}]`);
        expect(compare("equals", { bytes: Uint8Array.from(a) }, expected)).toBe(String(same));
        expect(compare("not_equals", { bytes: Uint8Array.from(a) }, expected)).toBe(String(!same));
      }),
    );
  });

  test.each(["256", "-1", "0.5", "1e3", "1e999999999", "1e-999999999", '"1"', "null", "[]"])(
    "have no answer to [%s]",
    (item) => {
      for (const comparator of ["equals", "not_equals"] as const) {
        expect(compare(comparator, { bytes: new Uint8Array([1]) }, read(`[${item}]`))).toBe("unknown");
        expect(compare(comparator, { bytes: new Uint8Array([1, 1]) }, read(`[1,${item}]`))).toBe("unknown");
      }
    },
  );
});
