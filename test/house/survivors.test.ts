// The mutation run's judgement: what counts as noticed, and that no survivor goes without a reason that still applies.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { judge, merged, type Mutant, readSurvivors, score, spans } from "../mutation/score.ts";

const root = join(import.meta.dirname, "..", "..");
const explained = readSurvivors(readFileSync(join(root, "test", "mutation", "survivors.json"), "utf8"));

test("every explained survivor changes a line that is still there", () => {
  const gone = explained.filter(({ file, line }) => !readFileSync(join(root, file), "utf8").includes(line));
  expect(gone.map(({ file, line }) => `${file}: ${line}`)).toEqual([]);
});

const mutant = (status: string, over: Partial<Mutant> = {}): Mutant => ({
  file: "src/core/gate/a.ts",
  at: 1,
  to: 1,
  mutator: "BooleanLiteral",
  line: "return true;",
  became: "return false;",
  status,
  ...over,
});
const why = {
  file: "src/core/gate/a.ts",
  mutator: "BooleanLiteral",
  line: "return true;",
  became: "return false;",
  why: "",
};

describe("a run", () => {
  test.each<readonly [string, readonly Mutant[], readonly (typeof why)[], number]>([
    ["all are noticed", [mutant("Killed"), mutant("Timeout")], [], 0],
    ["with one nothing loads", [mutant("RuntimeError"), mutant("CompileError")], [], 0],
    ["one survives", [mutant("Killed"), mutant("Survived")], [], 1],
    ["one is run by no test", [mutant("NoCoverage")], [], 1],
    ["one never came to an end", [mutant("Pending")], [], 1],
    ["one survives and is explained", [mutant("Survived")], [why], 0],
    ["of two alike, one is explained", [mutant("Survived"), mutant("Survived", { at: 9 })], [why], 1],
    ["another one is explained", [mutant("Survived")], [{ ...why, became: "return 1;" }], 2],
    ["the explained one is noticed by now", [mutant("Killed")], [why], 1],
  ])("%s", (_what, mutants, known, faults) => {
    expect(judge(mutants, known).faults).toHaveLength(faults);
  });

  test("what the quick tests missed is looked for again, and only that", () => {
    const first = [
      mutant("Killed"),
      mutant("Survived", { at: 7, to: 9 }),
      mutant("NoCoverage", { at: 8, to: 8 }),
    ];
    expect(spans(first)).toEqual(["src/core/gate/a.ts:7-9", "src/core/gate/a.ts:8-8"]);
    const second = [
      mutant("Survived"),
      mutant("Killed", { at: 7, to: 9 }),
      mutant("Killed", { at: 3, to: 3 }),
    ];
    expect(merged(first, second).map(({ status }) => status)).toEqual(["Killed", "Killed", "NoCoverage"]);
    const twice = [...second, mutant("Survived", { at: 7, to: 9 })];
    expect(merged(first, twice).map(({ status }) => status)).toEqual(["Killed", "Survived", "NoCoverage"]);
  });

  test("the score counts what was not run as missed, and explanations change nothing", () => {
    expect(score([mutant("Killed"), mutant("Timeout"), mutant("Survived"), mutant("NoCoverage")])).toBe(50);
    expect(score([mutant("RuntimeError")])).toBe(0);
    expect(score([])).toBe(0);
  });
});
