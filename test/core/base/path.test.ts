// Paths: what any file system reads as something else is refused on every system.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { baseName, extension, foldName, repoPath } from "../../../src/core/base/path.ts";

const code = (path: string): string | undefined => {
  const result = repoPath(path, 16);
  return result.ok ? undefined : result.refusal.code;
};

describe("refusals", () => {
  test.each([
    ["path_empty", [""]],
    [
      "path_too_long",
      [`${"a".repeat(200)}/`.repeat(2) + "a".repeat(111), `x/${"a".repeat(256)}`, `x/${"é".repeat(128)}`],
    ],
    ["path_too_deep", ["a/".repeat(16) + "b"]],
    ["path_encoding", ["e\u0301.txt", "\u212b", "\ud800.txt", "a\udc00"]],
    [
      "path_absolute",
      [
        "/etc/passwd",
        "//host/share",
        "\\\\host\\share",
        "\\a",
        "C:/a",
        "c:a",
        "file:///a",
        "https://a/b",
        "git+ssh:/a",
      ],
    ],
    [
      "path_segment",
      [
        ".",
        "..",
        "../a",
        "a/..",
        "a/../b",
        "a/./b",
        "./a",
        "a//b",
        "a/",
        "\u2025/a",
        "a/\uff0e\uff0e/b",
        "a\uff0fb",
        "a\uff3cb",
        "\u2100",
      ],
    ],
    [
      "path_character",
      [
        "a\0b",
        "a\nb",
        "a	b",
        "a\x1Bb",
        "ab",
        "ab",
        "a​b",
        "a‮b",
        "a\u2028b",
        "﻿a",
        "a­b",
        "a󠁁b",
        "a️b",
        "a󠄀b",
        "a᠋b",
        "a឴b",
        "a͏b",
        "aㅤb",
        "a⠀b",
        "a\xA0b",
        "a　b",
        "ab",
        "a͸b",
        "aa:b",
        "a<b",
        "a>b",
        'a"b',
        "a|b",
        "a?b",
        "a*b",
        "a\\b",
        "a/..\\b",
        "-a",
        "--output=x",
        " a",
        "x/ a",
        "%2e%2e%2fa",
        "a%2Fb",
        "a%5cb",
        "a%00",
        "a%252fb",
      ],
    ],
    ["path_trailing", ["a.", "a ", "a./b", "a /b", "a. ."]],
    [
      "path_device",
      [
        "con",
        "CON",
        "nul.txt",
        "aux.tar.gz",
        "x/prn",
        "COM1",
        "lpt9.c",
        "com¹",
        "conin$",
        "CLOCK$",
        "nul .txt",
      ],
    ],
    ["path_short_name", ["PROGRA~1", "x/config~2.tom", "~1"]],
    [
      "path_git",
      [
        ".git",
        ".GIT",
        ".Git/config",
        "x/.git/hooks/pre-commit",
        ".git.",
        ".git ",
        ".git . .",
        "git~1",
        "GIT~2/x",
        "．git",
        "․git",
        ".gıt",
        ".GİT",
        ".ｇｉｔ",
        ".ℊⁱt",
      ],
    ],
  ])("%s", (wanted, paths) => {
    expect(paths.filter((path) => code(path) !== wanted).map((path) => [path, code(path)])).toEqual([]);
  });

  test("the depth that is allowed is an argument", () => {
    expect(repoPath("a/b", 1).ok).toBe(false);
    expect(repoPath("a/b", 2).ok).toBe(true);
  });
});

describe("acceptance", () => {
  test.each([
    ..."a|a.txt|dir/a b.txt|.gitignore|.github/x.md|é/日本.md|😀.md|a~b|~a|$HOME|#a|a;b|a&b|a'b|a(b)[c]{d}|a%b|100%.md|a%20b|a,b|a=b|a+b|@a/b".split(
      "|",
    ),
    ..."console.ts|com10|contrib/a|null.ts|auxiliary|.gitx|git|gitx~1a|a~1b|a-b|x/-y|...a|a..b|..a|½.md|constructor|__proto__".split(
      "|",
    ),
  ])("%s", (path) => {
    expect(code(path)).toBeUndefined();
  });

  test("what is accepted is a plain relative path on POSIX and Windows alike, and stays itself in every normal form", () => {
    const nasty = fc.string({
      unit: fc.constantFrom(...Array.from("a.~1 /\\:-%2eg\u0131\u2024\uff0f\u200d\u0301\u00e9Tit")),
      maxLength: 14,
    });
    fc.assert(
      fc.property(fc.oneof(nasty, fc.string({ unit: "binary", maxLength: 12 })), (path) => {
        if (code(path) !== undefined) return;
        const names = path.split("/");
        expect(path.normalize("NFC")).toBe(path);
        expect(names.some((name) => name === "" || /^\.{1,2}$|[. ]$|^ |\\|:/.test(name))).toBe(false);
        expect(names.map(foldName)).not.toContain(".git");
        expect(names.length).toBe(foldName(path).split("/").length);
      }),
      { numRuns: 3000 },
    );
  });
});

describe("folding", () => {
  test.each([
    [".GitHub/Workflows", ".github/workflows"],
    ["\u212aey", "key"],
    ["ſecret", "secret"],
    ["straße", "STRASSE"],
    ["STRAẞE", "strasse"],
    ["ﬁle", "FILE"],
    ["İ", "i"],
    ["ı", "I"],
    ["ΟΔΟΣ", "οδοσ"],
    ["é", "E\u0301"],
    ["．env", ".ENV"],
  ])("%s and %s are one name", (a, b) => {
    expect(foldName(a)).toBe(foldName(b));
  });

  test("folding again changes nothing, and case or form never matters", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        const folded = foldName(text);
        expect(foldName(folded)).toBe(folded);
        expect(foldName(text.toUpperCase())).toBe(folded);
        expect(foldName(text.toLowerCase())).toBe(folded);
        expect(foldName(text.normalize("NFD"))).toBe(folded);
      }),
    );
  });
});

test.each([
  ["a/b/c.TXT", "c.TXT", ".txt"],
  [".env", ".env", ""],
  ["a/.env.local", ".env.local", ".local"],
  ["a.b/c", "c", ""],
  ["c.tar.gz", "c.tar.gz", ".gz"],
])("%s ends in %s with the extension %j", (path, name, ext) => {
  expect(baseName(path)).toBe(name);
  expect(extension(path)).toBe(ext);
});
