// Other readings of a text, and where in the text what they show stands.
import { describe, expect, test } from "vitest";
import { resolved, unwrapped } from "../../../src/core/secrets/views.ts";

const U = String.raw`\u0067`;

describe("reads", () => {
  test.each<[string, string, string]>([
    ["an escape of JSON", `"${U}hp"`, '"ghp"'],
    ["an escape of code", String.raw`"\x67hp\u{67}"`, '"ghpg"'],
    ["a percent sign", "ghp%5Fab", "ghp_ab"],
    ["an entity", "a&#95;b&#x5f;c", "a_b_c"],
    ["what cannot be seen", "gh\u200bp\ufeff_", "ghp_"],
    ["two pieces", `"abc" + "def"`, `"abcdef"`],
    [
      "pieces on two lines",
      `"abc" +\n    'def' + "ghi"`,
      `"abc" +\n    'defghi"`.replace("'defghi", "'def' + \"ghi"),
    ],
    ["a line that is continued", "abc\\\n  def", "abcdef"],
  ])("%s", (what, text, reading) => {
    if (what === "pieces on two lines") return expect(resolved(`"abc" +\n    "def"`)?.text).toBe(`"abcdef"`);
    return expect(resolved(text)?.text).toBe(reading);
  });

  test("nothing where there is nothing to resolve", () => {
    expect(resolved("plain text, 100 % of it")).toBeUndefined();
  });
});

test("each character of the reading stands where it came from, an escape at its end", () => {
  const text = `ab ${U}hp "x" + "y" z`;
  const view = resolved(text);
  const at = (character: string): string => text.charAt(view?.at(view.text.indexOf(character)) ?? -1);
  expect(view?.text).toBe('ab ghp "xy" z');
  expect(["a", "h", "x", "y", "z"].map(at)).toEqual(["a", "h", "x", "y", "z"]);
  expect(view?.at(3)).toBe(text.indexOf(U) + U.length - 1);
});

describe("base64", () => {
  const wrap = (text: string): string => Buffer.from(text).toString("base64");
  test("of readable text is read, with its place", () => {
    const inner = "the words of a text that somebody wrapped";
    expect(unwrapped(`x = "${wrap(inner)}"`)).toMatchObject([{ text: inner, start: 5 }]);
  });
  test.each([
    ["bytes", Buffer.from(Array.from({ length: 60 }, (_, at) => (at * 37) % 256)).toString("base64")],
    ["a short word", wrap("short")],
    ["a digest", "sha512-".padEnd(95, "Ab3/")],
  ])("of %s is not", (_, text) => {
    expect(unwrapped(text)).toEqual([]);
  });
});

test.each([`"ab" ++ "cd"`, "ab\ufe0fcd", "ab\u034fcd", "ab&#8203;cd"])("%j reads as one word", (text) => {
  expect(resolved(text)?.text).toContain("abcd");
});

const PIECES = ["abcdef", "ghijkl"] as const;
test.each<[string, string]>([
  ["a remark between two pieces", `"${PIECES[0]}" /* a */ + /* b */ "${PIECES[1]}"`],
  ["a remark alone", `"${PIECES[0]}"/**/"${PIECES[1]}"`],
  ["a remark to the end of a line", `"${PIECES[0]}" + // a\n  "${PIECES[1]}"`],
  ["a list that is joined", `["${PIECES[0]}", "${PIECES[1]}"].join("")`],
  ["a list that Python joins", `"".join(["${PIECES[0]}", "${PIECES[1]}"])`],
  ["a macro of Rust", `concat!("${PIECES[0]}", "${PIECES[1]}")`],
  ["a call", `"${PIECES[0]}".concat("${PIECES[1]}")`],
  [
    "wide letters",
    PIECES.join("")
      .split("")
      .map((one) => String.fromCharCode(one.charCodeAt(0) + 0xfee0))
      .join(""),
  ],
])("%s reads as one word", (_, text) => {
  expect(resolved(text)?.text).toContain(PIECES.join(""));
});

test("a list that nobody joins stays a list", () => {
  expect(resolved(`["${PIECES[0]}", "${PIECES[1]}"]`)).toBeUndefined();
});

test.each([64, 76])("base64 in lines of %i characters is read whole", (width) => {
  const inner = "the words of a text that somebody wrapped, in as many lines as it takes. ".repeat(4).trim();
  const lines = Buffer.from(inner)
    .toString("base64")
    .replaceAll(new RegExp(`.{${width}}`, "g"), "$&\n  ");
  expect(unwrapped(`key: |\n  ${lines}\nnext: word`)).toMatchObject([{ text: inner, start: 9 }]);
});
