// Comments and strings of the languages, cut as a reader sees them; every character is in one piece.
import { expect, test } from "vitest";
import { pieces } from "../../../src/core/content/pieces.ts";

const of = (kind: string, path: string, text: string): readonly string[] =>
  pieces(path, text)
    .filter((piece) => piece.kind === kind)
    .map((piece) => piece.text);

test.each([
  ["a.ts", "a(); // one\nb /* two */ + c", ["// one", "/* two */"]],
  ["a.ts", "/* one\n two\n*/ code", ["/* one", " two", "*/"]],
  ["a.ts", "const u = 'http://x'; // y", ["// y"]],
  ["a.ts", "fetch(`http://x\n// not`) // y", ["// y"]],
  ["a.ts", " * one of a block", ["* one of a block"]],
  ["a.rs", "fn a<'a>() {} // it's", ["// it's"]],
  ["a.py", 'x = "#no" # yes\n"""doc\nmore"""', ["# yes", '"""doc', 'more"""']],
  ["a.sh", "echo $# a#b # yes", ["# yes"]],
  ["Dockerfile", "FROM x # y", ["# y"]],
  [".gitignore", "# all", ["# all"]],
  ["a.sql", "select 1 -- why\n/* and */", ["-- why", "/* and */"]],
  ["a.lua", "--[[ one\ntwo ]] x", ["--[[ one", "two ]]"]],
  ["a.tex", "100\\% x % note", ["% note"]],
  ["a.ini", "; one\nk=v", ["; one"]],
  ["a.php", "$a; # one\n$b; // two", ["# one", "// two"]],
  ["a.js", "const re = /[/*]/; x // yes", ["// yes"]],
  ["a.js", "a = b / c; // yes\nreturn /`/ // too", ["// yes", "// too"]],
  ["a.js", "x = a\n  / b / '// no'", []],
  ["a.js", "`${a ? `b // no` : { c }} // no` // yes", ["// yes"]],
  ["a.js", "<p>a</p> // </p>", ["// </p>"]],
  ["a.rs", "let q = '\"'; // yes \"", ['// yes "']],
  ["a.go", "x := `\\` // yes", ["// yes"]],
  ["a.sh", "echo '\\' # yes", ["# yes"]],
  ["a.sql", "select '\\' -- yes", ["-- yes"]],
  ["a.clj", '(f \\" x) ; yes', ["; yes"]],
  ["a.exs", '@doc """\nyes\n"""', ['"""', "yes", '"""']],
  ["a.graphql", '"""yes"""\ntype A', ['"""yes"""']],
])("comments of %s", (path, text, comments) => {
  expect(of("comment", path, text)).toEqual(comments);
});

test("prose, markup and data are text", () => {
  for (const path of ["README.md", "a.html", "a.json", "LICENSE", "a.unknown"])
    expect(of("text", path, "# a // b\n'c'")).toEqual(["# a // b", "'c'"]);
});

test.each(["a.yaml", "a.toml", "a.ini", "a.tex", ".npmrc"])("values of %s are text", (path) => {
  const text = "k: 'v' \\n = w\n";
  expect(of("text", path, text).join("")).toBe(text.trimEnd());
});

test("what is in strings is no comment and no code", () => {
  expect(of("string", "a.ts", 'x("a\\" // b", \'c\')')).toEqual(['"a\\" // b"', "'c'"]);
});

test("every character is in one piece", () => {
  const text = 'a \'\n/* "x */ `y\nz` // \\\n""" \'\n';
  for (const path of ["a.ts", "a.py", "a.rs", "a.md", "a.lua"]) {
    const lines = Map.groupBy(pieces(path, text), ({ line }) => line);
    expect(
      text.split("\n").map((_, at) => (lines.get(at + 1) ?? []).map((piece) => piece.text).join("")),
    ).toEqual(text.split("\n"));
  }
});
