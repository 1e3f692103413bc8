// `npm run faults`: each provider of evidence with each fault of its source, and what the gate says. Exits 0 when none allows.
import { styleText } from "node:util";
import { type Outcome, runMatrix } from "./matrix.ts";

const started = performance.now();
const WIDTHS = [9, 9, 34, 46] as const;
const line = (cells: readonly string[]): string =>
  cells
    .map((cell, at) => cell.padEnd(WIDTHS[at] ?? 0))
    .join("  ")
    .trimEnd();

process.stdout.write(`${styleText("bold", line(["provider", "fault", "what", "state, reason, detail"]))}\n`);
const outcomes = await runMatrix(({ provider, fault, what, found }) => {
  process.stdout.write(`${line([provider, fault, what, found])}\n`);
});
const faults = outcomes.flatMap(told);
for (const fault of faults) process.stdout.write(`${styleText("red", fault)}\n`);
const seconds = ((performance.now() - started) / 1000).toFixed(0);
process.stdout.write(
  faults.length === 0
    ? `\n${outcomes.length} rows, no fault allows, each has its code (${seconds} s).\n`
    : `\n${faults.length} are not as they have to be (${seconds} s).\n`,
);
process.exitCode = faults.length === 0 ? 0 : 1;

function told({ provider, fault, found, expected, wrong }: Outcome): readonly string[] {
  const at = `${provider}, ${fault}`;
  if (wrong !== undefined) return [`${at}: ${wrong}`];
  return found === expected ? [] : [`${at}: ${found}, not ${expected}`];
}
