// Prints the tour: steps, checks, and the person's commands with what they answered.
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const bin = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "bin", "countersign.js");
const colour = process.stdout.isTTY && process.env["NO_COLOR"] === undefined;
const codes = { bold: "1", dim: "2", green: "32", red: "31" } as const;
let steps = 0;

export function styled(text: string, style: keyof typeof codes): string {
  return colour ? `\u001b[${codes[style]}m${text}\u001b[0m` : text;
}

export function step(title: string): void {
  steps += 1;
  console.log(`\n${styled(`${steps}. ${title}`, "bold")}`);
}

export function note(text: string): void {
  console.log(`   ${styled(text, "dim")}`);
}

export function check(text: string, held: boolean): void {
  console.log(`   ${held ? styled("✓", "green") : styled("✗", "red")} ${text}`);
  if (!held) throw new Error(`this did not hold: ${text}`);
}

/** Runs a command of countersign and shows it; its exit code must be the expected one. */
export function command(args: readonly string[], state: string, repo: string, expected: number): string {
  const shown = args.join(" ").replaceAll(repo, "R");
  const result = spawnSync(process.execPath, [bin, ...args, "--state", state], {
    encoding: "utf8",
    cwd: repo,
    env: { ...process.env, NO_COLOR: "1" },
  });
  const said = `${result.stdout}${result.stderr}`.trimEnd();
  console.log(`   $ countersign ${shown}`);
  for (const line of said.split("\n").slice(0, 14)) console.log(`     ${styled(line, "dim")}`);
  check(expected === 0 ? "done" : `refused, exit ${String(result.status)}`, result.status === expected);
  return said;
}

/** The landing branch named in the answer of `integrate`. */
export function landId(said: string): string {
  const branch = /countersign\/patch-[0-9a-f]{8}/.exec(said)?.[0];
  if (branch === undefined) throw new Error("integrate named no branch");
  return branch;
}
