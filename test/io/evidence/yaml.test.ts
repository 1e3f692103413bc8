// D25: YAML only where it has one reading, with every digit, and at a bounded price.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { renderValue } from "../../../src/core/gate/value.ts";
import { MAX_YAML, parseYaml } from "../../../src/io/evidence/yaml.ts";

const read = (text: string): string => {
  const value = parseYaml(text);
  return value === undefined ? "none" : renderValue(value);
};

describe("values", () => {
  test.each([
    ["a: 1\nb:\n  - x\n  - true\n", '{"a":1,"b":["x",true]}'],
    ["a: no\nb: yes\nc: on\n", '{"a":"no","b":"yes","c":"on"}'],
    ["n: 9007199254740993\nf: 0.1000000000000000055\n", '{"f":0.1000000000000000055,"n":9007199254740993}'],
    [
      "[+1, .5, 1., 007, 0x1F, 0o17, -0, 1e3, -1.50, 0xFFFFFFFFFFFFFFFFF]",
      "[1,0.5,1,7,31,15,0,1000,-1.5,295147905179352825855]",
    ],
    ["a:\n", '{"a":null}'],
    ["a: 1\r\nb: 2\r\n", '{"a":1,"b":2}'],
    ["1: x\ntrue: y\n", '{"1":"x","true":"y"}'],
    ["__proto__: 1\n", '{"__proto__":1}'],
    ["'1'", '"1"'],
    ["|\n  two\n  lines\n", '"two\\nlines\\n"'],
    ['{"a": [1, {"b": null}]}', '{"a":[1,{"b":null}]}'],
    ["2026-06-01", '"2026-06-01"'],
    ["<<: 1\n", '{"<<":1}'],
    ["null\n", "null"],
    ["---\n~\n", "null"],
    ['"\\ud83d\\ude00"', '"\u{1f600}"'],
  ])("%j: %s", (text, expected) => {
    expect(read(text)).toBe(expected);
  });
});

describe("nothing", () => {
  test.each([
    ["an alias", "a: &x 1\nb: *x\n"],
    ["a line that ends for some readers alone, behind a comment", "frozen: false #\rfrozen: true"],
    ["the same in another letter", "frozen: false #\u0085frozen: true"],
    ["a line separator", "a: b #\u2028c: d"],
    ["a paragraph separator", "a: b #\u2029c: d"],
    ["an anchor", "a: &x 1\n"],
    ["an anchor of a key", "&x a: 1\n"],
    ["a merge of an alias", "a: &x {b: 1}\nc:\n  <<: *x\n"],
    ["a tag", "a: !!str 1\n"],
    ["a tag of one's own", "a: !env SECRET\n"],
    ["a tagged key", "!!str a: 1\n"],
    ["a binary", "a: !!binary aGk=\n"],
    ["a key twice", "a: 1\na: 2\n"],
    ["a key twice as number and text", "1: a\n'1': b\n"],
    ["a list as a key", "? [a]\n: 1\n"],
    ["two documents", "a: 1\n---\nb: 2\n"],
    ["a directive", "%YAML 1.1\n---\na: no\n"],
    ["a directive for tags", "%TAG ! tag:x,2000:\n---\na: 1\n"],
    ["infinity", "a: .inf\n"],
    ["no number", "a: .nan\n"],
    ["a huge exponent", `a: 1e${"9".repeat(20)}\n`],
    ["a mark of byte order", "\ufeffa: 1\n"],
    ["a lone surrogate", "a: '\ud800'\n"],
    ["a lone surrogate, escaped", 'a: "\\ud800"\n'],
    ["a lone surrogate in a key, escaped", '"\\udfff": 1\n'],
    ["no text", ""],
    ["blanks", " \n\n"],
    ["comments alone", "# a\n"],
    ["an empty document", "---\n"],
    ["an empty document with an end", "--- # a\n...\n"],
    ["nothing behind the end of a document", "...\n"],
    ["a broken text", "a: [1\n"],
    ["a tab for a blank", "a:\n\t- 1\n"],
    ["65 levels", `${"[".repeat(66)}${"]".repeat(66)}`],
  ])("%s", (_what, text) => {
    expect(read(text)).toBe("none");
  });
});

test("what looks as deep as no report is, is not parsed at all, not even where it stands in a text", () => {
  const quoted = (text: string): string => read(`'${text}'`);
  expect(quoted("[".repeat(1000))).not.toBe("none");
  expect(quoted("[".repeat(1001))).toBe("none");
  expect(quoted("{[".repeat(501))).toBe("none");
  expect(quoted("[]".repeat(2000))).not.toBe("none");
  expect(quoted("- ".repeat(99))).not.toBe("none");
  expect(quoted("- ".repeat(100))).toBe("none");
});

const upTo = (unit: string): string => unit.repeat(Math.floor(MAX_YAML / unit.length));

describe("at a bounded price", () => {
  const levels = Array.from(
    { length: 9 },
    (_, at) => `a${at + 1}: &a${at + 1} [${`*a${at},`.repeat(9)}]`,
  ).join("\n");
  const deep = (line: string): string =>
    Array.from({ length: 350 }, (_, at) => `${" ".repeat(at)}${line}`).join("\n");
  test.each<readonly [string, string]>([
    ["a billion laughs", `a0: &a0 x\n${levels}\n`],
    ["a deep list", upTo("[")],
    ["a deep block", deep("a:")],
    ["a deep block of lists", deep("-")],
    ["many dashes", upTo("- ")],
    ["many question marks", upTo("? ")],
    [
      "many keys, of which one stands twice",
      `${Array.from({ length: 6000 }, (_, at) => `k${at}: 1`).join("\n")}\nk0: 1\n`,
    ],
    ["many braces", upTo("{")],
    ...[
      "]",
      "[]",
      "{}",
      "]\n",
      "- ]\n",
      '"',
      '"" ',
      "'a' ",
      "! ",
      "!a ",
      "&a ",
      "*a ",
      "a: b: ",
      ": ",
      ",",
      "@ ",
      "a: %\n",
      "---\n",
      "...\n",
      "\t",
      "[a",
      "- - ",
      "a: ]\n",
      "a: [] []\n",
    ].map((unit) => [JSON.stringify(unit), upTo(unit)] as const),
  ])("%s", { timeout: 20_000 }, (_what, text) => {
    expect(text.length).toBeLessThanOrEqual(MAX_YAML);
    const before = process.memoryUsage().heapUsed;
    expect(parseYaml(text)).toBeUndefined();
    // 256 MiB of errors, each with its stack, is what ended the process before.
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(100_000_000);
  });

  test("what is longer is not parsed", () => {
    expect(read(`# ${"x".repeat(MAX_YAML - 4)}\n1`)).toBe("1");
    expect(read(`# ${"x".repeat(MAX_YAML - 3)}\n1`)).toBe("none");
  });

  test("a process with 32 MiB for its heap survives all of it", { timeout: 60_000 }, () => {
    const module = JSON.stringify(join(import.meta.dirname, "../../../src/io/evidence/yaml.ts"));
    const script = `import { MAX_YAML, parseYaml } from ${module};
for (const unit of ["]", "[]", "- ]\\n", "! ", '"', '"" ', "? ", "a: [] []\\n"])
  if (parseYaml(unit.repeat(MAX_YAML / unit.length)) !== undefined) throw new Error(unit);
process.stdout.write("survived");`;
    const flags = ["--max-old-space-size=32", "--input-type=module", "-e", script];
    expect(execFileSync(process.execPath, flags, { encoding: "utf8" })).toBe("survived");
  });
});
