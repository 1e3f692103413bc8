// The reader takes exactly what JSON.parse takes, minus what two readers could read differently.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { readJson } from "../../../src/core/gate/reader.ts";
import { renderValue } from "../../../src/core/gate/value.ts";

const reads = (text: string): boolean => readJson(text, 64) !== undefined;

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Pieces of JSON in any order: most is not JSON, some is. */
const pieces = fc.constantFrom(
  "{",
  "}",
  "[",
  "]",
  ",",
  ":",
  '"a"',
  '"b"',
  '"',
  "\\",
  "1",
  "-",
  "0",
  ".",
  "e",
  "+",
  "true",
  "false",
  "null",
  " ",
  "\n",
  "\t",
  "\u{A0}",
  "'a'",
  "\u0000",
);

test("soup of JSON's pieces", () => {
  let taken = 0;
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 7 }), (soup) => {
      const text = soup.join("");
      // The only soup that JSON.parse takes and the reader must not: a key given twice.
      const twice = /"([ab])"\s*:.*"\1"\s*:/s.test(text);
      if (!twice) expect(reads(text), text).toBe(parses(text));
      taken += Number(reads(text));
    }),
    { numRuns: 50_000 },
  );
  expect(taken).toBeGreaterThan(1000);
});

test("JSON with one character put in, taken out or changed", () => {
  const start = fc
    .jsonValue({ maxDepth: 2 })
    .map((value) => JSON.stringify(value))
    .filter((text) => text.isWellFormed());
  fc.assert(
    fc.property(
      start,
      fc.nat(),
      fc.nat(2),
      fc.string({ minLength: 1, maxLength: 1 }),
      (text, at, kind, put) => {
        const place = at % (text.length + 1);
        const changed =
          text.slice(0, place) + (kind === 0 ? "" : put) + text.slice(kind === 1 ? place : place + 1);
        if (reads(changed)) expect(parses(changed), changed).toBe(true);
        // Where every key is there once, and no surrogate lost its other half, both agree.
        const value: unknown = parses(changed) ? JSON.parse(changed) : undefined;
        const lossless =
          value !== undefined &&
          JSON.stringify(value).length >= changed.replaceAll(/\s/g, "").length &&
          changed.isWellFormed();
        if (lossless && !/\\u/i.test(changed)) expect(reads(changed), changed).toBe(true);
      },
    ),
    { numRuns: 20_000 },
  );
});

test("texts are what JSON.parse makes of them", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(readJson(JSON.stringify(text), 1)).toBe(text);
    }),
  );
});

test.each([
  ['{"a":1,"a":1}', "the same key"],
  ['{"a":1,"\\u0061":2}', "the same key, escaped"],
  ['[{"x":{"a":1,"b":2,"a":3}}]', "the same key, further in"],
  ['{"__proto__":1,"__proto__":2}', "a key that assignments swallow"],
  ['"\\ud83d"', "half a pair"],
  ['"\uD83D"', "half a pair, unescaped"],
  ['{"\\ude00":1}', "half a pair in a key"],
  ["\u{FEFF}{}", "a byte order mark"],
])("refused though JSON.parse may take it: %s (%s)", (text) => {
  expect(reads(text)).toBe(false);
});

test("depth is counted over both containers, and hostile depth costs nothing", () => {
  expect(reads(`${"[".repeat(32)}${'{"a":'.repeat(32)}1${"}".repeat(32)}${"]".repeat(32)}`)).toBe(true);
  expect(reads(`${"[".repeat(32)}${'{"a":'.repeat(33)}1${"}".repeat(33)}${"]".repeat(32)}`)).toBe(false);
  expect(reads("[".repeat(10_000_000))).toBe(false);
  expect(readJson("[]", 0)).toBeUndefined();
  expect(readJson("1", 0)).toBeDefined();
  expect(reads(`[${"[],".repeat(1000)}[]]`)).toBe(true);
});

test("ten megabytes are read in about the time that reading them takes", { timeout: 20_000 }, () => {
  const row = '{"path":"src/file.ts","n":1.50,"ok":true},';
  const text = `[${row.repeat(240_000)}null]`;
  const value = readJson(text, 64);
  expect(renderValue(value!)).toHaveLength(
    '{"n":1.5,"ok":true,"path":"src/file.ts"},'.length * 240_000 + "[null]".length,
  );
  // One text of a million escapes, and one number of a million digits
  expect(reads(`"${"\\n".repeat(1_000_000)}"`)).toBe(true);
  expect(reads(`"${"\\".repeat(1_000_001)}"`)).toBe(false);
  expect(reads("9".repeat(1_000_000))).toBe(true);
});
