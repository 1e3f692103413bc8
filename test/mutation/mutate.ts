// `npm run mutate [-- FILE…]`: does any test notice when a word of core/gate is changed? Every survivor must be explained.
import { Stryker } from "@stryker-mutator/core";
import { globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { judge, merged, type Mutant, readSurvivors, score, spans } from "./score.ts";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const explained = join("test", "mutation", "survivors.json");
const out = join(".tsbuild", "mutation");
/** Least share of mutants that tests must kill, in percent. */
const LEAST = 95;

process.chdir(root);
mkdirSync(out, { recursive: true });
const asked = process.argv.slice(2);
const files = asked.length === 0 ? globSync("src/core/gate/*.ts").toSorted() : asked;
/** As they are now: the run takes long, and somebody may be writing. */
const sources = new Map(files.map((file) => [file, readFileSync(file, "utf8").split("\n")]));

/** Every mutant in `places` (files, or `file:line-line`) against the quick tests, or against all. */
async function run(places: readonly string[], tests: "quick" | "all"): Promise<readonly Mutant[]> {
  process.env["MUTATION_TESTS"] = tests; // for vitest.config.ts, in the processes that Stryker starts
  const results = await new Stryker({
    mutate: [...places],
    testRunner: "vitest",
    plugins: ["@stryker-mutator/vitest-runner"],
    vitest: { configFile: join("test", "mutation", "vitest.config.ts"), related: false },
    coverageAnalysis: "perTest",
    concurrency: 2,
    // It would rewrite tsconfig.json with TypeScript's API, which TypeScript 7 has no more. No type is checked here.
    tsconfigFile: "none.json",
    checkers: [],
    timeoutMS: 20_000,
    testRunnerNodeArgs: ["--max-old-space-size=2048"], // a mutant that collects for ever ends by itself
    reporters: ["progress-append-only", "json"],
    jsonReporter: { fileName: join(out, `report-${tests}.json`) },
    tempDirName: join(out, "sandbox"),
    ignorePatterns: ["**", "!package.json", "!tsconfig*.json", "!src/**", "!test/**", "!presets/**"],
    warnings: { slow: false, unknownOptions: true, preprocessorErrors: true, unserializableOptions: true },
    allowEmpty: false,
  }).runMutationTest();
  return results.map(mutantOf);
}

function mutantOf(one: Awaited<ReturnType<Stryker["runMutationTest"]>>[number]): Mutant {
  const file = relative(root, one.fileName);
  const { start, end } = one.location; // lines and columns from 1
  const lines = (sources.get(file) ?? []).slice(start.line - 1, end.line);
  const before = (lines[0] ?? "").slice(0, start.column - 1);
  const behind = (lines.at(-1) ?? "").slice(end.column - 1);
  return {
    file,
    at: start.line,
    to: end.line,
    mutator: one.mutatorName,
    line: lines.join("\n").trim(),
    became: `${before}${one.replacement}${behind}`.trim(),
    status: one.status ?? "Pending",
  };
}

// The tests with random examples by the ten thousand take nearly all of the time, and nearly no mutant needs them.
const quick = await run(files, "quick");
const left = spans(quick);
const mutants = left.length === 0 ? quick : merged(quick, await run(left, "all"));
const known = readSurvivors(readFileSync(explained, "utf8")).filter(({ file }) => files.includes(file));
const { lines, faults } = judge(mutants, known);
const percent = score(mutants);
if (percent < LEAST) faults.push(`${percent.toFixed(2)} % killed, ${LEAST} % are needed`);
for (const line of lines) console.log(line);
for (const fault of faults) console.error(fault);
writeFileSync(join(out, "mutants.json"), `${JSON.stringify(mutants, null, 2)}\n`);
process.exitCode = faults.length === 0 ? 0 : 1;
