// `npm run fuzz [-- --runs N --minutes M --seed S]`: a million inputs against everything that reads what agents write.
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { agreement } from "./agreement.ts";
import { growing, targets } from "./targets.ts";

export interface FuzzOptions {
  readonly runs: number;
  readonly seed: number;
  readonly minutes: number;
  /** Whether the clock decides as well. Only on a machine that does nothing else: a test on a busy one would lie. */
  readonly timed: boolean;
  /** How many patches the real git has to apply, so that they can be compared. */
  readonly patches: number;
}

export interface FuzzReport {
  readonly seed: number;
  readonly lines: readonly string[];
  readonly inputs: number;
  readonly faults: readonly string[];
}

/** Runs them all, whatever one of them finds; the smallest input that fails is in the report, with its seed. */
export async function fuzz(
  { runs, seed, minutes, timed, patches }: FuzzOptions,
  say: (line: string) => void,
): Promise<FuzzReport> {
  const report = { seed, lines: [] as string[], inputs: 0, faults: [] as string[] };
  const tell = (line: string): void => {
    report.lines.push(line);
    say(line);
  };
  for (const { name, share, run } of targets) {
    const started = performance.now();
    const { inputs, accepted, interrupted, slowest, fault } = run({
      numRuns: Math.ceil((runs * share) / 100),
      seed,
      interruptAfterTimeLimit: minutes * 60_000 * (share / 100),
      markInterruptAsFailure: false,
    });
    report.inputs += inputs;
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    tell(
      `${name.padEnd(18)} ${String(inputs).padStart(8)} inputs, ${accepted} accepted, ${seconds} s${interrupted ? ", cut by time" : ""}`,
    );
    if (fault !== undefined) report.faults.push(`${name}: ${fault}`);
    if (timed && slowest.millis > LONGEST_MILLIS)
      report.faults.push(`${name}: ${Math.round(slowest.millis)} ms for ${slowest.input}`);
  }
  for (const [name, made] of growing) {
    if (timed) report.faults.push(...growthFaults(name, made));
    // Without the clock: what grows with the square does not come to an end.
    else made(LARGEST)();
  }
  tell(`growth             ${growing.length} shapes, doubled twice`);
  const agreed = await agreement(patches, seed);
  report.faults.push(...agreed.faults);
  tell(
    `git                ${agreed.tried} patches that the reader accepts, ${agreed.applied} applied, ${agreed.faults.length} with a change that was not announced`,
  );
  return report;
}

const LARGEST = 262_144;
const LONGEST_MILLIS = 1000;

/** Four times the input may take four times the time, and the noise of a busy machine; and nothing takes a second. */
function growthFaults(name: string, made: (size: number) => () => unknown): readonly string[] {
  const took = (size: number): number => {
    const run = made(size);
    return Math.min(...[0, 1, 2].map(() => timed(run)));
  };
  const [small, large] = [took(LARGEST / 4), took(LARGEST)];
  const isSlow = large > 1000 || (large > 60 && large > small * 10);
  return isSlow
    ? [`${name}: ${small.toFixed(1)} ms, and ${large.toFixed(1)} ms for four times the size`]
    : [];
}

function timed(run: () => unknown): number {
  const started = performance.now();
  run();
  return performance.now() - started;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const { values } = parseArgs({
    options: {
      runs: { type: "string", default: "1000000" },
      minutes: { type: "string", default: "60" },
      seed: { type: "string", default: String(Date.now() % 2 ** 31) },
      patches: { type: "string", default: "20000" },
    },
  });
  const options = {
    runs: Number(values.runs),
    minutes: Number(values.minutes),
    seed: Number(values.seed),
    timed: true,
    patches: Number(values.patches),
  };
  const report = await fuzz(options, console.log);
  console.log(`${report.inputs} inputs, seed ${report.seed}, ${report.faults.length} faults`);
  for (const fault of report.faults) console.log(fault);
  process.exitCode = report.faults.length === 0 ? 0 : 1;
}
