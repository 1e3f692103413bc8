// What hostile code may cost: trees of many floors are refused before anybody looks at them, and one request has one budget.
import { PassThrough } from "node:stream";
import { text as all } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import { packageRoot } from "../../../src/io/file/config.ts";
import type { Watch } from "../../../src/core/secrets/redact.ts";
import { loadRules } from "../../../src/io/file/rules.ts";
import { serveInspector } from "../../../src/validator/scanners/inspector-child.ts";
import { answerSchema } from "../../../src/validator/scanners/inspector-words.ts";

const rules = JSON.stringify(loadRules(packageRoot())["static-analysis"].rules);

/** What the child says of these files: for each its rules. */
async function saidOf(
  files: readonly { readonly path: string; readonly text: string }[],
  budget: Watch = () => () => false,
): Promise<readonly (readonly string[])[]> {
  const [input, output] = [new PassThrough(), new PassThrough()];
  const done = serveInspector(input, output, budget).then(() => output.end());
  input.end(`${JSON.stringify({ id: 1, want: "analyse", files, rules })}\n`);
  const { found } = answerSchema.parse(JSON.parse(await all(output)));
  await done;
  return files.map((_, at) => found.filter(({ file }) => file === at).map(({ rule }) => rule));
}

const code = { path: "a.js", text: "eval(x);\n" };

describe("one budget for each request", () => {
  test("what is left when it is over is unreadable, and nothing passes", async () => {
    let looks = 0;
    const said = await saidOf(
      Array.from({ length: 20 }, () => code),
      () => () => ++looks > 5,
    );
    expect(said.filter((some) => some.length === 0)).toEqual([]);
    expect(said.filter(([rule]) => rule === "js-eval").length).toBe(5);
    expect(said.at(-1)).toEqual(["unreadable"]);
    expect(looks).toBeLessThan(25);
  });

  test("within it every file is read", async () => {
    expect(await saidOf(Array.from({ length: 20 }, () => code))).toEqual(
      Array.from({ length: 20 }, () => ["js-eval"]),
    );
  });
});

const FLOORS = 1200;
const around = (open: string, middle: string, close: string): string =>
  open.repeat(FLOORS) + middle + close.repeat(FLOORS);

test.each([
  ["brackets", "a.js", around("[", "1", "]")],
  ["calls of calls", "a.js", `f${"()".repeat(FLOORS)};`],
  ["members", "a.ts", `f${".a()".repeat(FLOORS)};`],
  ["a sum", "a.js", `eval(x${" + a".repeat(FLOORS)});`],
  ["functions", "a.js", around("function f() {", "", "}")],
  ["markup", "a.jsx", `x = ${around("<a>", "", "</a>")};`],
  ["types", "a.ts", `let x: ${around("A<", "B", ">")};`],
  ["Python's calls", "a.py", around("os.system(", "1", ")")],
  ["Python's lambdas", "a.py", `x = ${"lambda:".repeat(FLOORS)} 1\n`],
  ["pointers", "a.go", `package p\nfunc f() { ${"*".repeat(FLOORS)}a() }\n`],
  ["casts", "a.java", `class A { Object x = ${"(A)".repeat(FLOORS)}1; }`],
  ["substitutions", "a.sh", `x=${around("$(", "", ")")}\n`],
  ["conditions", "a.sh", `a${" && a".repeat(FLOORS)}\n`],
])("%s of more floors than anybody writes are unreadable", async (_, path, text) => {
  expect(await saidOf([{ path, text }])).toEqual([["unreadable"]]);
});

test("calls within calls are looked at no longer than the file is worth", async () => {
  const text = `${"eval(".repeat(450)}x${")".repeat(450)};\n`.repeat(40);
  expect(await saidOf([{ path: "a.js", text }])).toEqual([["unreadable"]]);
});

test("what is deep and honest is read", async () => {
  const sum = Array.from({ length: 400 }, (_, at) => `"line ${at}"`).join(" +\n");
  expect(await saidOf([{ path: "a.js", text: `const help = ${sum};\neval(x);\n` }])).toEqual([["js-eval"]]);
});
