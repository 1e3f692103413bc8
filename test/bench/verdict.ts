// What a verdict on five files costs beside bare git plumbing, with the checks of content apart: they read, git does not.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { judge } from "../../src/validator/round.ts";
import type { Check } from "../../src/validator/checks/check.ts";
import { checksOf } from "../../src/validator/checks/registry.ts";
import { openBench, publishNow, putOrder, type TestBench, verdictOn } from "../support/bench.ts";
import { git, removeScratch, scratchRepository } from "../support/scratch.ts";
import { median, quick } from "./compare.ts";

/** Checks that read what the patch adds; everything else is order, path, tree and gate. */
const CONTENT = /^(?:secrets|static-analysis|hidden-text|guard|words|masking|scanner-|command-)/;
const WARM = quick ? 2 : 10;
const ROUNDS = quick ? 5 : 40;

export async function benchVerdictParts(): Promise<void> {
  const files = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`src/f${i}.ts`, source(i)]));
  const repo = scratchRepository("bench-parts", files);
  const on = await openBench(repo);
  try {
    const base = await publishNow(on);
    await on.bench.inspector.warm();
    const answered = noting(on.bench);
    const whole: number[] = [];
    const content: number[] = [];
    const bare: number[] = [];
    const parts = new Map<string, number[]>();
    for (let round = -WARM; round < ROUNDS; round++) {
      const patch = patchOf(round + WARM);
      const spent = new Map<string, number>();
      const id = await putOrder(on, base, patch);
      const start = performance.now();
      const judged = await judge(
        answered.bench,
        base,
        id,
        true,
        checksOf(answered.bench).map((one) => timed(one, spent)),
      );
      const took = answered.at() - start;
      if (judged.kind !== "signed" || judged.outcome !== "APPROVED")
        throw new Error(
          `verdict: ${JSON.stringify((await verdictOn(on, id)).predicate.checks).slice(0, 900)}`,
        );
      const plumbing = barePlumbing(repo, join(on.state, "bench-index"), patch);
      if (round < 0) continue;
      whole.push(took);
      bare.push(plumbing);
      content.push(sum([...spent].filter(([check]) => CONTENT.test(check)).map(([, ms]) => ms)));
      for (const [check, ms] of spent) parts.set(check, [...(parts.get(check) ?? []), ms]);
    }
    print({ whole, content, bare, parts });
  } finally {
    await close(on);
    removeScratch(repo);
  }
}

interface Times {
  readonly whole: readonly number[];
  readonly content: readonly number[];
  readonly bare: readonly number[];
  readonly parts: ReadonlyMap<string, readonly number[]>;
}

function print({ whole, content, bare, parts }: Times): void {
  const own = whole.map((ms, at) => ms - (content[at] ?? 0));
  const ratio = (ms: readonly number[]): string => `${(median(ms) / median(bare)).toFixed(2)} x`;
  const ms = (values: readonly number[]): string => `${median(values).toFixed(1)} ms`.padStart(9);
  console.log(
    "\na verdict on a five-file patch, from the order to the signed verdict, embedded scanners warm (p50)",
  );
  console.log(`  git apply --cached + write-tree             ${ms(bare)}`);
  console.log(`  verdict                                     ${ms(whole)}  ${ratio(whole)}`);
  console.log(`    checks of content                         ${ms(content)}`);
  console.log(`    everything else (aim: at most 3 x)        ${ms(own)}  ${ratio(own)}`);
  const longest = [...parts].toSorted(([, a], [, b]) => median(b) - median(a)).slice(0, 6);
  console.log(
    `    longest checks: ${longest.map(([check, all]) => `${check} ${median(all).toFixed(1)}`).join(", ")}`,
  );
}

/** Notes when the verdict is there, durable and for everybody to see; what a round clears away behind it, nobody waits for. */
function noting(bench: TestBench["bench"]): {
  readonly bench: TestBench["bench"];
  readonly at: () => number;
} {
  let at = Number.NaN;
  const verdicts: TestBench["bench"]["exchange"]["verdicts"] = {
    ...bench.exchange.verdicts,
    putOnce: async (id, envelope) => {
      const put = await bench.exchange.verdicts.putOnce(id, envelope);
      at = performance.now();
      return put;
    },
  };
  return { bench: { ...bench, exchange: { ...bench.exchange, verdicts } }, at: () => at };
}

function timed(check: Check, spent: Map<string, number>): Check {
  return {
    ...check,
    run: async (matter, before) => {
      const start = performance.now();
      try {
        return await check.run(matter, before);
      } finally {
        spent.set(check.id, performance.now() - start);
      }
    },
  };
}

function source(i: number): string {
  return Array.from({ length: 60 }, (_, line) => `export const v${line} = ${i};\n`).join("");
}

function patchOf(salt: number): string {
  return Array.from({ length: 5 }, (_, i) => {
    const context = (line: number): string => ` export const v${line} = ${i};\n`;
    const before = [4, 5, 6].map(context).join("");
    const after = [8, 9, 10].map(context).join("");
    return `diff --git a/src/f${i}.ts b/src/f${i}.ts\n--- a/src/f${i}.ts\n+++ b/src/f${i}.ts\n@@ -5,7 +5,7 @@\n${before}-export const v7 = ${i};\n+export const v7 = ${1000 + salt};\n${after}`;
  }).join("");
}

/** The index is filled before the clock starts: only what the acceptance names is timed. */
function barePlumbing(repo: string, index: string, patch: string): number {
  const env = { ...process.env, GIT_INDEX_FILE: index };
  const run = (args: readonly string[], input?: string): void =>
    void execFileSync("git", ["-C", repo, ...args], { input, env, stdio: ["pipe", "ignore", "inherit"] });
  run(["read-tree", git(repo, "rev-parse", "HEAD").trim()]);
  const start = performance.now();
  run(["apply", "--cached", "-"], patch);
  run(["write-tree"]);
  return performance.now() - start;
}

const sum = (values: readonly number[]): number => values.reduce((all, one) => all + one, 0);

async function close({ bench, state }: TestBench): Promise<void> {
  await bench.inspector.close();
  removeScratch(state);
}
