// Names in headers: one reading or none.
import { describe, expect, test } from "vitest";
import { byteText } from "../../../src/core/base/bytes.ts";
import { decodeName, gitNames, sideName, withoutPrefix } from "../../../src/core/proposal/diff-name.ts";

const raw = (text: string): string => byteText(Buffer.from(text));

describe("refusals", () => {
  test.each([
    ["open quote", '"a'],
    ["only a quote", '"'],
    ["bare quote inside", '"a"b"'],
    ["quote behind an escaped backslash", '"a\\\\"b"'],
    ["backslash at the end", '"a\\"'],
    ["unknown escape", '"a\\x41"'],
    ["escape beyond a byte", '"\\400"'],
    ["short octal", '"\\41"'],
    ["escapes that are no UTF-8", '"\\377\\376"'],
    ["raw bytes that are no UTF-8", "caf\xe9"],
    ["overlong slash", '"\\300\\257"'],
  ])("name: %s", (_, written) => {
    expect(decodeName(written)).toBeUndefined();
  });

  test.each(["", "f", "/f", "b/f", "A/f", '"b/f"', "a\\f"])("without prefix a/: %s", (written) => {
    expect(withoutPrefix(written, "a/")).toBeUndefined();
  });

  test.each(["a/f\t2026-11-22", "a/f\tx\t", "a/f\t\t", "f", '"a/f"x', '"a/f" \t', "dev/null", ""])(
    "side: %j",
    (written) => {
      expect(sideName(written, "a/")).toBeUndefined();
    },
  );

  test.each([
    ["two ways to split", "a/x b/y b/z"],
    ["nothing", ""],
    ["one name", "a/f"],
    ["wrong prefixes", "x/f y/f"],
    ["one wrong prefix", "x/f b/f"],
    ["one wrong prefix, quoted", '"a/f" "f"'],
    ["second without prefix", "a/f f"],
    ["quoted with rubbish", '"a/f"x "b/f"'],
    ["unquoted with a quote in it", 'a/x" "b/z"'],
    ["nothing beside a quoted one", ' "b/z"'],
    ["three names", '"a/x" "b/y" "b/z"'],
  ])("pair: %s", (_, rest) => {
    expect(gitNames(rest)).toBeUndefined();
  });
});

describe("time", () => {
  // A pattern that tries every split of such a line took eleven seconds, and a whole megabyte five minutes.
  test.each([
    ["a quote that is never closed", `a/${"x ".repeat(500_000)}"`],
    ["many quotes", `a/x${' "'.repeat(500_000)}`],
    ["one long quoted name", `"a/${"x ".repeat(500_000)}`],
    ["escapes", `"a/${"\\\\".repeat(500_000)}`],
  ])("is not lost on %s", (_, rest) => {
    expect(gitNames(rest)).toBeUndefined();
  });
});

describe("acceptance", () => {
  test.each([
    ["plain", "a", "a"],
    ["raw UTF-8", raw("é"), "é"],
    ["octal UTF-8", '"\\303\\251"', "é"],
    ["raw UTF-8 in quotes", `"${raw("é")}"`, "é"],
    ["every escape", '"\\a\\b\\t\\n\\v\\f\\r\\"\\\\"', '\x07\b\t\n\v\f\r"\\'],
    ["a quote that does not begin it", 'a"', 'a"'],
  ])("name: %s", (_, written, name) => {
    expect(decodeName(written)).toBe(name);
  });

  test.each([
    ["/dev/null", null],
    ["/dev/null\t", null],
    ["a/dev/null", "dev/null"],
    ["a/f", "f"],
    ["a/f g\t", "f g"],
    ['"a/\\303\\251 g"\t', "é g"],
    ['"a/t\\t"', "t\t"],
  ])("side: %j", (written, name) => {
    expect(sideName(written, "a/")).toBe(name);
  });

  test.each<[string, readonly [string, string]]>([
    ["a/f b/f", ["f", "f"]],
    ["a/f b/g", ["f", "g"]],
    ["a/f g b/f g", ["f g", "f g"]],
    ["a/x b/y b/x b/y", ["x b/y", "x b/y"]],
    ["a/f g b/h", ["f g", "h"]],
    ["a/fff g b/h", ["fff g", "h"]],
    ['"a/x b/y" "b/z"', ["x b/y", "z"]],
    ['a/x b/y "b/z"', ["x b/y", "z"]],
    ['"a/z" b/x b/y', ["z", "x b/y"]],
    ['a/f "b/\\303\\251"', ["f", "é"]],
    ['"a/\\303\\251" b/f', ["é", "f"]],
  ])("pair: %s", (rest, names) => {
    expect(gitNames(rest)).toEqual(names);
  });
});
