// Words of two scripts: code is judged more strictly than text.
import { expect, test } from "vitest";
import { wordFaults } from "../../../src/core/content/homoglyphs.ts";

test.each([
  ["p\u0430ypal", "text", [1]],
  ["\u0441\u043e\u0440\u0443", "text", []],
  ["\u0441\u043e\u0440\u0443", "code", [0]],
  ["\u0255\u0251\u0261", "comment", []],
  ["fi\u0261", "code", [2]],
  ["ＡＢＣ", "comment", []],
  ["ＡＢＣ", "code", [0]],
  ["API\u0430", "text", []],
  ["Api\u0430", "text", [3]],
  ["ok user\u03bfd ok", "string", [7]],
] as const)("%j in %s", (text, kind, at) => {
  expect(wordFaults(text, kind).map((fault) => fault.at)).toEqual(at);
});
