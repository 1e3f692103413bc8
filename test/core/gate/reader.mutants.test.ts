// What the mutation run (npm run mutate) found that no other test noticed in the reader: where a text ends, and whose fault it is.
import { expect, test } from "vitest";
import { readJson } from "../../../src/core/gate/reader.ts";
import { renderValue } from "../../../src/core/gate/value.ts";

test.each(["\u0000", "\u0001", "\u001F", "\u007F", "\u{FEFF}"])(
  "no character behind a value is taken for the end: %j",
  (behind) => {
    for (const text of ["1", '"a"', "[1]", "{}", "null"]) {
      expect(readJson(text, 1), text).toBeDefined();
      expect(readJson(text + behind, 1), text).toBeUndefined();
      expect(readJson(`${text}${behind}x`, 1), text).toBeUndefined();
    }
  },
);

test("a number stands where it stands, also behind others and at the end", () => {
  expect(renderValue(readJson(' [ -1.50 , 2e1,0 , {"a":-0}] ', 2) ?? null)).toBe('[-1.5,20,0,{"a":0}]');
});

test.each([
  "+1",
  ".5",
  "/1",
  ":",
  ",",
  "e5",
  "x",
  "[1,x]",
  "[x,1]",
  "[+1]",
  "[1,01]",
  '{"a":1e}',
  "-",
  "truex",
  "nul",
  "",
  " ",
])("neither word nor number: %j", (text) => {
  expect(readJson(text, 1)).toBeUndefined();
});

test("that the machine gave up is not said of the text", () => {
  const levels = 1_000_000;
  const text = `${"[".repeat(levels)}${"]".repeat(levels)}`;
  expect(() => readJson(text, levels)).toThrow(RangeError);
  expect(readJson(text, 64)).toBeUndefined();
});
