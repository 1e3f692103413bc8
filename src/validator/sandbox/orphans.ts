// What a killed validator left of a run that had not begun: found by the run's name, and ended at the next start.
import { readdirSync, readFileSync } from "node:fs";
import { RUN_PREFIX } from "./sandbox.ts";

/**
 * Crash story: bubblewrap dies with its parent, and the process that it makes for the inside waits for its word before it
 * does anything. A validator that is killed between the two leaves one that waits for good. It never runs a program
 * (starter.ts), but it holds memory and pipes, so it is ended. With the first process of a pid namespace all others end.
 */
export function killOrphans(): readonly number[] {
  const runs = new Map(quietly(() => readdirSync("/proc"), []).flatMap(asRun));
  const orphans = [...runs].filter(([, run]) => isLeft(run, runs)).map(([pid]) => pid);
  for (const pid of orphans) quietly(() => void process.kill(pid, "SIGKILL"), undefined);
  return orphans;
}

/** bubblewrap, inside or outside of one sandbox. */
interface Run {
  readonly parent: number;
  /** The first process of its pid namespace, which is another one than ours. */
  readonly isFirst: boolean;
}

type Runs = ReadonlyMap<number, Run>;

const NAME = new RegExp(`\0--hostname\0${RUN_PREFIX}[A-Za-z0-9-]{1,60}\0`);

function asRun(name: string): readonly (readonly [pid: number, run: Run])[] {
  if (!/^\d{1,10}$/.test(name)) return [];
  const words = quietly(() => readFileSync(`/proc/${name}/cmdline`, "latin1"), "");
  if (!NAME.test(words.slice(0, 4096))) return [];
  const status = quietly(() => readFileSync(`/proc/${name}/status`, "latin1"), "");
  const parent = /^PPid:\t(\d+)$/m.exec(status)?.[1];
  const isFirst = /^NSpid:(?:\t\d+)+\t1$/m.test(status);
  return parent === undefined ? [] : [[Number(name), { parent: Number(parent), isFirst }]];
}

/** The one inside belongs to the one outside, and that to a validator; who has lost its parent is handed to process 1. */
function isLeft({ parent, isFirst }: Run, runs: Runs): boolean {
  const outside = runs.get(parent);
  if (isFirst) return outside === undefined || isLeft(outside, runs);
  return parent === 1 && !isOurs(1);
}

/** In a container a validator may be process 1 itself, and have runs. */
function isOurs(pid: number): boolean {
  return quietly(() => readFileSync(`/proc/${pid}/cmdline`, "latin1"), "").includes("countersign");
}

function quietly<T>(attempt: () => T, otherwise: T): T {
  try {
    return attempt();
  } catch {
    return otherwise;
  }
}
