// `npm run mutate [-- FILE…]`: does any test notice when a word of core/gate is changed? Every survivor must be explained.
import { Stryker } from "@stryker-mutator/core";
import { globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { judge, type Mutant, readSurvivors, score } from "./score.ts";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const explained = join("test", "mutation", "survivors.json");
const out = join(".tsbuild", "mutation");
/** Least share of mutants that tests must kill, in percent. */
const LEAST = 95;

process.chdir(root);
mkdirSync(out, { recursive: true });
const asked = process.argv.slice(2).filter((word) => !word.startsWith("--"));
const files = asked.length === 0 ? globSync("src/core/gate/*.ts").toSorted() : asked;
/** As they are now: the run takes minutes, and somebody may be writing. */
const sources = new Map(files.map((file) => [file, readFileSync(file, "utf8").split("\n")]));
const results = await new Stryker({
  mutate: files,
  testRunner: "vitest",
  plugins: ["@stryker-mutator/vitest-runner"],
  vitest: { configFile: join("test", "mutation", "vitest.config.ts"), related: false },
  coverageAnalysis: "perTest",
  concurrency: 2,
  // It would rewrite tsconfig.json with TypeScript's API, which TypeScript 7 has no more. No type is checked here.
  tsconfigFile: "none.json",
  checkers: [],
  timeoutMS: 20_000,
  reporters: ["progress-append-only", "json"],
  jsonReporter: { fileName: join(out, "report.json") },
  incremental: process.argv.includes("--incremental"),
  incrementalFile: join(out, "incremental.json"),
  tempDirName: join(out, "sandbox"),
  ignorePatterns: ["**", "!package.json", "!tsconfig*.json", "!src/**", "!test/**", "!presets/**"],
  allowEmpty: false,
}).runMutationTest();

const mutants: readonly Mutant[] = results.map((one) => {
  const file = relative(root, one.fileName);
  const { start, end } = one.location; // lines and columns from 1
  const lines = (sources.get(file) ?? []).slice(start.line - 1, end.line);
  const before = (lines[0] ?? "").slice(0, start.column - 1);
  const behind = (lines.at(-1) ?? "").slice(end.column - 1);
  return {
    file,
    at: start.line,
    mutator: one.mutatorName,
    line: lines.join("\n").trim(),
    became: `${before}${one.replacement}${behind}`.trim(),
    status: one.status ?? "Pending",
  };
});
const known = readSurvivors(readFileSync(explained, "utf8"));
const { lines, faults } = judge(
  mutants,
  known.filter(({ file }) => files.includes(file)),
);
const percent = score(mutants);
if (percent < LEAST) faults.push(`${percent.toFixed(2)} % killed, ${LEAST} % are needed`);
for (const line of lines) console.log(line);
for (const fault of faults) console.error(fault);
writeFileSync(join(out, "mutants.json"), `${JSON.stringify(mutants, null, 2)}\n`);
process.exitCode = faults.length === 0 ? 0 : 1;
