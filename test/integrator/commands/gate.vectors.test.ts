// Vector files from the command line: a check that finds nothing to check does not pass.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { CommandRow } from "../../../src/integrator/commands/command.ts";
import { gateEval } from "../../../src/integrator/commands/gate.ts";
import { fileIn, runIn, type Said } from "../../support/gate-words.ts";
import { testWorld } from "../../support/world.ts";
import { removeScratch, scratch } from "../../support/scratch.ts";

let dir: string;
beforeEach(() => {
  dir = scratch("gate-words");
});
afterEach(() => removeScratch(dir));

const run = (row: CommandRow, args: readonly string[], options: object): Promise<Said> =>
  runIn(dir, row, args, options);
const file = (name: string, content: unknown): string => fileIn(dir, name, content);

const GOOD = {
  id: "t1",
  kind: "tree",
  logic: "kleene",
  require: "a",
  states: { a: "true" },
  state: "true",
  blamed: null,
};

describe("gate eval --vectors", () => {
  const lines = (...cases: readonly unknown[]): string =>
    `${cases.map((one) => JSON.stringify(one)).join("\n")}\n`;

  test("the vectors of this repository agree", async () => {
    const world = testWorld({ cwd: dir });
    const places = [join(world.root, "test", "vectors", "gate")];
    expect(await gateEval.run(world, [], { vectors: places, json: true })).toBe(0);
    const report = JSON.parse(world.said.out) as { cases: number; mismatches: unknown[] };
    expect(report.cases).toBeGreaterThanOrEqual(400);
    expect(report.mismatches).toEqual([]);
  });

  test("every mismatch is named, and counts", async () => {
    const bad = { ...GOOD, id: "t2", state: "false", blamed: "a" };
    mkdirSync(join(dir, "v", "below"), { recursive: true });
    writeFileSync(join(dir, "v", "below", "b.jsonl"), lines(GOOD, bad));
    writeFileSync(join(dir, "v", "notes.txt"), "not a vector");
    const { code, world } = await run(gateEval, [], { vectors: ["v"] });
    expect(code).toBe(1);
    expect(world.said.out).toContain("differs t2 (");
    expect(world.said.out).toContain("b.jsonl:2)");
    expect(world.said.out).toContain("DIFFER: 2 cases in 1 files, 1 mismatches");
  });

  test.each<[string, () => object, string]>([
    ["no case at all", () => ({ vectors: [file("v.jsonl", "\n\n")] }), "nothing was checked"],
    ["an empty folder", () => ({ vectors: [dir] }), "nothing was checked"],
    ["a file that is not there", () => ({ vectors: ["nowhere.jsonl"] }), "is not there"],
    [
      "a line that is no JSON",
      () => ({ vectors: [file("v.jsonl", lines(GOOD) + "x\n")] }),
      "v.jsonl:2 is no vector",
    ],
    [
      "a line with a word too many",
      () => ({ vectors: [file("v.jsonl", lines({ ...GOOD, stat: "true" }))] }),
      "v.jsonl:1 is no vector",
    ],
    [
      "a gate besides",
      () => ({ vectors: [file("v.jsonl", lines(GOOD))], gate: "verdict" }),
      "--gate says nothing",
    ],
    [
      "a policy besides",
      () => ({ vectors: [file("v.jsonl", lines(GOOD))], preset: "default" }),
      "--preset says nothing",
    ],
    [
      "evidence besides",
      () => ({ vectors: [file("v.jsonl", lines(GOOD))], evidence: "x" }),
      "--evidence says nothing",
    ],
  ])("%s: cannot tell", async (_, options, words) => {
    const world = testWorld({ cwd: dir });
    const said = Promise.resolve().then(() => gateEval.run(world, [], options()));
    await expect(said).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining(words) as string,
    });
    expect(world.said.out).toBe("");
  });

  test("what takes long tells how far it is, at most every two seconds", async () => {
    let now = 0;
    const world = testWorld({ cwd: dir, now: () => (now += 700) });
    const many = Array.from({ length: 3000 }, (_, index) => ({ ...GOOD, id: `t${index}` }));
    await gateEval.run(world, [], { vectors: [file("v.jsonl", lines(...many))] });
    expect(world.said.err).toMatch(/^(?:\d+ cases\n)+$/);
    expect(world.said.err.split("\n").length).toBeLessThan(5);
  });
});
