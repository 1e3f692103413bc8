// `npm run postures`: each preset from `init` to a landed proposal, and the table of what they refuse. Exits 0 when all is as written down.
import { styleText } from "node:util";
import { expectedOf, presets, type Row, rows } from "./expected.ts";
import { type Walk, walkAll } from "./walk.ts";

const started = performance.now();
const walks = walkAll((text) => void process.stderr.write(`${text}\n`), false);
const found = await Promise.all(
  presets.map((preset) =>
    walks[preset].catch((cause: unknown) => {
      process.stderr.write(`${preset}: ${cause instanceof Error ? cause.message : String(cause)}\n`);
      return undefined;
    }),
  ),
);

const titles: readonly string[] = ["", ...presets];
const texts = rows.map((row): readonly string[] => [row, ...found.map((walk) => walk?.column[row] ?? "-")]);
const widths = titles.map((title, at) =>
  Math.max(title.length, ...texts.map((cells) => (cells[at] ?? "").length)),
);
const line = (cells: readonly string[]): string =>
  cells
    .map((cell, at) => cell.padEnd(widths[at] ?? 0))
    .join("  ")
    .trimEnd();
process.stdout.write(`${styleText("bold", line(titles))}\n`);
for (const cells of texts) process.stdout.write(`${line(cells)}\n`);

const faults = presets.flatMap((preset, at) => faultsOf(preset, found[at]));
for (const fault of faults) process.stdout.write(`${styleText("red", fault)}\n`);
const seconds = ((performance.now() - started) / 1000).toFixed(0);
process.stdout.write(
  faults.length === 0
    ? `\nAll ${rows.length * presets.length} outcomes are as expected (${seconds} s).\n`
    : `\n${faults.length} are not as expected (${seconds} s).\n`,
);
process.exitCode = faults.length === 0 ? 0 : 1;

function faultsOf(preset: (typeof presets)[number], walk: Walk | undefined): readonly string[] {
  if (walk === undefined) return [`${preset}: did not get through`];
  const wanted = expectedOf(preset);
  const differ = (row: Row): boolean => walk.column[row] !== wanted[row];
  const told = rows.filter(differ).map((row) => `${preset}: ${row}: ${walk.column[row]}, not ${wanted[row]}`);
  const { state, integrate } = walk.proposal;
  const whole = state === "approved" && integrate === 0;
  return whole
    ? told
    : [...told, `${preset}: the proposal ended ${String(state)}, integrate ${String(integrate)}`];
}
