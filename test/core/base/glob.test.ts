// Globs: four wildcards and nothing else, for agents in linear time.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { agentGlob, foldedGlobs, globSchema, isGlob, operatorGlobs } from "../../../src/core/base/glob.ts";

describe("refusals", () => {
  test.each([
    ["empty", ""],
    ["absolute", "/a"],
    ["open brace", "{a"],
    ["closing brace", "a}"],
    ["nested braces", "{a,{b}}"],
    ["lone surrogate", "\ud800"],
    ["too long", "a".repeat(513)],
    ["too many braces", "{a}".repeat(33)],
  ])("%s", (_, pattern) => {
    expect(agentGlob(pattern)).toMatchObject({ ok: false, refusal: { code: "glob_invalid" } });
    expect(isGlob(pattern)).toBe(false);
    expect(() => operatorGlobs([pattern])).toThrow(TypeError);
  });

  test("an empty list matches nothing", () => {
    expect(operatorGlobs([])("a")).toBe(false);
    expect(operatorGlobs([])("")).toBe(false);
  });
});

/** An operator's pattern that means less than it seems to leaves open what somebody believes to be shut. */
describe("refused to operators, because it would mean less than it says", () => {
  test.each([
    ["a class", "[Vv]ault/**", /brackets/],
    ["a folder with a dot", "./docs/**", /no path/],
    ["a dot between", "a/./b", /no path/],
    ["the folder above", "a/../b", /no path/],
    ["a dot in braces", "{./a,b}", /no path/],
    ["a dot at the end", "docs/.", /no path/],
    ["an empty name", "a//b", /no path/],
    ["a folder as such", "docs/", /ends with a slash/],
    ["a folder behind braces", "{a,b}/", /ends with a slash/],
    ["a folder within braces", "{a/,b}", /ends with a slash/],
    ["a negation", "!docs/**", /negates/],
    ["two stars in braces", "{**/a,b}", /two stars/],
    ["two stars in later braces", "x/{a,**}/b", /two stars/],
    ["two stars in a name", "secrets**", /two stars/],
    ["two stars before a name", "**.pem", /two stars/],
    ["three stars", "a/***", /two stars/],
    ["another normal form", "Cafe\u0301/**", /normal form/],
    ["backslashes", "docs\\\\**", /backslash/],
    ["a space in front", " docs/**", /space/],
    ["a space behind", "docs/** ", /space/],
    ["an invisible character", "do\u200bcs/**", /invisible/],
  ])("%s: %s", (_, pattern, why) => {
    expect(isGlob(pattern)).toBe(false);
    expect(() => operatorGlobs([pattern])).toThrow(TypeError);
    expect(globSchema.safeParse(pattern).error?.issues[0]?.message).toMatch(why);
    expect(agentGlob(pattern).ok).toBe(true);
  });

  test.each([
    "**",
    "**/.env*",
    "a/**/b",
    "{a,b}/**",
    "{a/b,c}.ts",
    ".github/**",
    "..a/b",
    "a b/**",
    "Café/**",
    "a,b",
  ])("%s is one", (pattern) => {
    expect(globSchema.safeParse(pattern).success).toBe(true);
  });
});

/** What is hidden is hidden on every file system, and with everything that lies in it. */
describe("folded", () => {
  test.each([
    ["**/secrets/**", "Secrets/prod.json", true],
    ["**/SECRETS/**", "a/secrets/b", true],
    ["**/.env*", ".ENV.local", true],
    ["**/.env*", ".env.d/prod.json", true],
    ["**/.env*", "a/.Envs/b/c", true],
    ["vault", "Vault/a", true],
    ["vault", "a/vault", false],
    ["vault", "vaults/a", false],
    ["stra?e/**", "straße/a", true],
    ["STRASSE/**", "straße/a", true],
    ["infra?/**", "INFRAß/x", true],
    ["infra?/**", "INFRAẞ/x", true],
    ["Straße?/**", "STRASSEß/x", true],
    ["src/pa?wort/**", "src/Paßwort/x.ts", true],
    ["{src,lib}/api?/**", "SRC/apiß/x", true],
    ["**/?.env", "A/ﬁ.ENV", true],
    ["q?x", "Q\u0307x", true],
    ["a??", "A\uff76\uff9e", true],
    ["file?.txt", "FILE12.txt", false],
    ["file?.txt", "fileä1.txt", false],
    ["οδοσ*", "ΟΔΟΣΑ", true],
    ["a{ς,b}c", "AΣC", true],
    ["*.pem", "\uff41.PEM", true],
    ["K*/**", "\u212aey/a", true],
    ["**/a.ts", "x/a.tsx", false],
    ["*.md", "docs.d/a.txt", false],
  ])("%s on %s: %s", (pattern, path, wanted) => {
    expect(foldedGlobs([pattern])(path)).toBe(wanted);
  });

  test("a path that could be shared between many wildcards in many ways is met once", () => {
    const path = `${"ß".repeat(120)}x`;
    for (const pattern of [`${"?".repeat(60)}/x`, `${"s?".repeat(60)}/x`])
      expect(foldedGlobs([pattern])(path)).toBe(false);
    expect(foldedGlobs([`a${"?".repeat(60)}`])(`A${"ẞ".repeat(60)}`)).toBe(true);
  });

  test("an empty list matches nothing, a literal wildcard stays one, and nothing gets visible by folding", () => {
    expect(foldedGlobs([])("a")).toBe(false);
    expect(foldedGlobs(["a\uff0a"])("ab")).toBe(false);
    fc.assert(
      fc.property(
        fc.constantFrom("**/secrets/**", "**/.env*", "a?", "É*/x"),
        fc.string(),
        (pattern, path) => {
          if (operatorGlobs([pattern])(path)) expect(foldedGlobs([pattern])(path)).toBe(true);
        },
      ),
    );
  });
});

/** Both engines must agree, so every row that both know is asked of both. */
function matches(pattern: string, path: string): boolean {
  const agent = agentGlob(pattern);
  if (!agent.ok) throw new Error(pattern);
  const yes = agent.value.matches(path);
  if (isGlob(pattern)) expect(operatorGlobs([pattern])(path)).toBe(yes);
  return yes;
}

describe("matching", () => {
  test.each([
    ["*.ts", "a.ts", true],
    ["*.ts", "dir/a.ts", false],
    ["**/*.ts", "a.ts", true],
    ["**/*.ts", "x/y/a.ts", true],
    ["**", "x/y/a.ts", true],
    ["src/**", "src/a/b", true],
    ["src/**", "src", false],
    ["src/**", "src2/a", false],
    ["a**b", "a/b", false],
    ["a**b", "axxb", true],
    ["a**/b", "ax/b", true],
    ["a**/b", "a/x/b", false],
    ["a/**/b", "a/b", true],
    ["a/**/b", "a/x/y/b", true],
    ["a/**/b", "ab", false],
    ["?.ts", "a.ts", true],
    ["?.ts", "😀.ts", true],
    ["?.ts", "/.ts", false],
    ["{a,b}.ts", "b.ts", true],
    ["{a,b}.ts", "c.ts", false],
    ["{a,}.ts", ".ts", true],
    ["a,b", "a,b", true],
    ["a", "xa", false],
    ["a", "ax", false],
    ["A", "a", false],
  ])("%s on %s: %s", (pattern, path, wanted) => {
    expect(matches(pattern, path)).toBe(wanted);
  });

  test.each(["[ab]", "a.b", "a+", "(a)", "^a", "a$", "a|b", "\\d", "a-b", "#", "(?i)a"])(
    "%s is literal",
    (pattern) => {
      expect(matches(pattern, pattern)).toBe(true);
      for (const other of ["a", "b", "ab", "aXb", "aa", "A", "1"])
        expect(matches(pattern, other)).toBe(false);
    },
  );

  test("any text without wildcards matches itself alone", () => {
    const text = fc
      .string({ unit: "grapheme", minLength: 1, maxLength: 20 })
      .filter((t) => !/[*?{}\n]|^\//.test(t));
    fc.assert(fc.property(text, text, (pattern, path) => matches(pattern, path) === (pattern === path)));
  });
});

test.each(["*a".repeat(250) + "b", "**/".repeat(170), "{*a,*b}".repeat(32) + "c", "*".repeat(512)])(
  "an agent cannot buy time with %.20s",
  (pattern) => {
    const glob = agentGlob(pattern);
    if (!glob.ok) throw new Error(pattern);
    for (let i = 0; i < 200; i++) glob.value.matches("a".repeat(512));
  },
);

test("a dear pattern says so", () => {
  const cost = (pattern: string): number => {
    const glob = agentGlob(pattern);
    return glob.ok ? glob.value.cost : Number.NaN;
  };
  expect(cost("**/*.ts")).toBe(1);
  expect(cost(`*a${"?".repeat(200)}z`)).toBeGreaterThan(200);
});
