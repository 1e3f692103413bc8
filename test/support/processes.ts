// Looking at processes from outside, through /proc: which ones serve a state folder, and what they were given.
import { setTimeout } from "node:timers/promises";
import { readdirSync, readFileSync } from "node:fs";

export interface Seen {
  readonly pid: number;
  readonly argv: readonly string[];
}

/** Living processes whose command line names `word` as an argument; zombies have no command line. */
export function processesNaming(word: string): readonly Seen[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((name) => ({ pid: Number(name), argv: procText(name, "cmdline").split("\0") }))
    .filter(({ argv }) => argv.includes(word));
}

/** The environment that `pid` was started with. */
export function environmentOf(pid: number): readonly string[] {
  return procText(String(pid), "environ")
    .split("\0")
    .filter((line) => line !== "");
}

function procText(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}

/** Asks until the answer is given, at most `seconds`; undefined when it never is. */
export async function eventually<T>(ask: () => T | undefined, seconds = 20): Promise<T | undefined> {
  for (let attempt = 0; attempt < seconds * 20; attempt++) {
    const answer = ask();
    if (answer !== undefined) return answer;
    await setTimeout(50);
  }
  return undefined;
}
