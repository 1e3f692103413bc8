// Every promise of the first three issues has a test, and every test that is named exists: found by text, so that none is loaded.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { rows } from "./rows.ts";

const root = join(import.meta.dirname, "../..");

/** The rows that were asked for, as a literal: a row can neither be forgotten nor invented. */
const PROMISED =
  "G01 G02 G03 G14 G16 G17 G18 G19 G20 G26 G27 G28 G29 G30 G31 G32 G39 G40 G41 G42 G43 G44 G45 G46 G47 " +
  "P06 P08 P14 P15 P16 D30 D36 D38 I02 I04 I05 I06 X01 X02 X03 X05 X06 X12 X13 X14 X15 " +
  "G04 G05 G06 G07 G08 G09 G10 G11 G12 G13 G49 P05 P09 P10 P20 D01 D04 D05 D06 D07 D08 D09 D10 D11 D12 D32 D33 D39 D40 " +
  "D41 I13 I14 I15 I16 I17 I21 I29 U04 U07 U09 X10 " +
  "D02 D03 D13 D14 D15 D16 D17 D18 D19 D20 D21 D22 D23 D24 D25 D26 D27 D28 D29 D31 D34 D35 D37 P19 G33 I03 I30 " +
  "P07 G36 G37 G38 G21 G22 G23 G24 G25 G34 G35 X07 X17 " +
  "P01 P02 P03 P04 P17 P18 I07 I08 I09 I10 I11 I12 " +
  "U01 U02 U03 U05 U06 U08 U10 U11 " +
  "G15 I18 I19 I22 I23 I24 I25 I26 I27 I31 P11 P12 P13 X04 P21 P22";
/** Where a title stands: behind `test(` or `describe(`, also when conditions or tables come between, and first in a table's row. */
const TITLE =
  /(?:\b(?:test|describe)\s*\(|\]\s*\)\s*\(|\)\s*\(|\[|\b(?:what|name):)\s*("(?:[^"\\\n]|\\.)*")/g;

function titles(text: string): readonly string[] {
  return [...text.matchAll(TITLE)].map(([, literal = '""']) => literal.slice(1, -1));
}

/** What is wrong with a named test, or nothing. */
function fault(file: string, name: string): string | undefined {
  const path = join(root, file);
  if (!/^test\/.+\.test\.ts$/.test(file) || !existsSync(path)) return "there is no such test file";
  const all = titles(readFileSync(path, "utf8"));
  const found = all.filter((title) => title === name);
  const hits = found.length > 0 ? found : all.filter((title) => title.includes(name));
  if (name.length < 4 || hits.length === 0) return "no title has it";
  return hits.length === 1 ? undefined : `${hits.length} titles have it`;
}

test("the rows are those that were promised", () => {
  expect(Object.keys(rows).toSorted()).toEqual(PROMISED.split(" ").toSorted());
});

describe.each(Object.entries(rows))("%s", (_, { promise, tests }) => {
  test("is one short sentence with at least one test, and each of these is there", () => {
    expect(promise).toMatch(/^[A-Z][^]{20,140}\.$/);
    expect(tests.length).toBeGreaterThan(0);
    expect(
      tests.map(({ file, name }) => ({ file, name, fault: fault(file, name) })).filter((t) => t.fault),
    ).toEqual([]);
  });
});

test.each([
  ["no file", "test/process/none.test.ts", "a session from start to end", "there is no such test file"],
  ["a file that is no test", "test/support/agent.ts", "countersign", "there is no such test file"],
  ["no title", "test/process/gateway-syscalls.test.ts", "a session from end to start", "no title has it"],
  [
    "text that is no title",
    "test/process/gateway-syscalls.test.ts",
    "--upload-pack=touch /tmp/owned",
    "no title has it",
  ],
  ["two titles", "test/process/interop.test.ts", "accepts", "3 titles have it"],
])("a reference is refused to %s", (_, file, name, said) => {
  expect(fault(file, name)).toBe(said);
});
