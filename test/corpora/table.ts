// `npm run corpora`: every corpus through the checks, as one table; exit 1 where an aim is missed, 2 where nothing was measured.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { corpus, hasCorpora } from "../support/corpora.ts";

interface Line {
  readonly name: string;
  readonly rows: number;
  readonly figure: string;
  readonly aim: string;
  readonly ok: boolean;
}

type Measure = () => Promise<readonly Line[]>;

const measures: Readonly<Record<string, () => Promise<{ measure: Measure }>>> = {
  secrets: () => import("./measure-secrets.ts"),
  sast: () => import("./measure-sast.ts"),
  unicode: () => import("./measure-unicode.ts"),
  injections: () => import("./measure-injections.ts"),
  "git-patches": () => import("./measure-git-patches.ts"),
  paths: () => import("./measure-paths.ts"),
};
const NAMES = Object.keys(measures);

const HEAD = ["", "measured", "rows", "figure", "aim", "seconds"] as const;

function text(lines: readonly (readonly string[])[]): string {
  const widths = HEAD.map((_, at) => Math.max(...lines.map((line) => line[at]?.length ?? 0)));
  const padded = lines.map((line) => line.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join("  "));
  return `${padded.map((line) => line.trimEnd()).join("\n")}\n`;
}

/** One corpus; what cannot be measured is a missed aim, and the others are measured all the same. */
async function lines(name: string): Promise<readonly (readonly string[])[]> {
  const start = performance.now();
  const found = await measured(name);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  return found.map(({ name: what, rows, figure, aim, ok }, at) => [
    ok ? "ok" : "MISSED",
    what.startsWith(name) ? what : `${name}: ${what}`,
    `${rows}`,
    figure,
    aim,
    at === 0 ? seconds : "",
  ]);
}

async function measured(name: string): Promise<readonly Line[]> {
  try {
    const found = (await (await measures[name]?.())?.measure()) ?? [];
    return found.length > 0 ? found : [{ name, rows: 0, figure: "no figure", aim: "some", ok: false }];
  } catch (cause) {
    console.error(cause);
    return [{ name, rows: 0, figure: "could not be measured", aim: "a figure", ok: false }];
  }
}

async function main(wanted: readonly string[]): Promise<number> {
  const unknown = wanted.find((name) => !NAMES.includes(name));
  if (unknown !== undefined) {
    console.error(`${unknown} is none of ${NAMES.join(", ")}`);
    return 2;
  }
  if (!hasCorpora()) {
    console.error(`Nothing was measured: put the corpora at ${corpus("")}, beside the project.`);
    return 2;
  }
  // Where the validator's benches lie, as in every test.
  mkdirSync(join(import.meta.dirname, "../../.tsbuild"), { recursive: true });
  const all: (readonly string[])[] = [];
  for (const name of wanted.length > 0 ? wanted : NAMES) all.push(...(await lines(name)));
  process.stdout.write(text([HEAD, ...all]));
  const missed = all.filter(([state]) => state !== "ok").length;
  console.log(`\n${all.length} figures, ${missed} missed`);
  return missed > 0 ? 1 : 0;
}

process.exitCode = await main(process.argv.slice(2));
