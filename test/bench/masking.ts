// What masking costs a first publication: the same files with and without it, side by side, and the republication.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { plantedFiles } from "../support/planted.ts";
import { git, removeScratch, scratch, scratchRepository } from "../support/scratch.ts";
import { median, quick } from "./compare.ts";
import { bin, raiseLimits } from "./subject.ts";

const COUNT = quick ? 1000 : 10_000;
const ROUNDS = quick ? 1 : 3;

/** Two KiB each, as code reads: names, strings, words such as key and token, and a secret in every fiftieth. */
function filesToPublish(): Readonly<Record<string, string>> {
  const secrets = Object.entries(plantedFiles)
    .filter(([path]) => path.startsWith("secret/"))
    .map(([, content]) => content);
  const line = (i: number, l: number): string =>
    l % 6 === 0
      ? `  const token${l} = await store.readToken("session-${i}", { key: options.key });\n`
      : `  log.info({ user: row${l}.id, path: "/api/v1/items/${i}" }, "item ${l} was read");\n`;
  return Object.fromEntries(
    Array.from({ length: COUNT }, (_, i) => {
      const body = Array.from({ length: 28 }, (__, l) => line(i, l)).join("");
      return [
        `d${i % 100}/f${i}.ts`,
        body + (i % 50 === 0 ? (secrets[(i / 50) % secrets.length] ?? "") : ""),
      ];
    }),
  );
}

async function publishOnce(state: string): Promise<number> {
  const start = performance.now();
  const child = spawn(process.execPath, [bin, "validator", "--once", "--state", state], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  const [code] = (await once(child, "exit")) as [number | null];
  if (code !== 0) throw new Error(`validator --once ended with ${String(code)}`);
  return performance.now() - start;
}

export async function benchMasking(): Promise<void> {
  const repo = scratchRepository("bench-masking", filesToPublish());
  const [masked, plain] = [scratch("bench-masked"), scratch("bench-plain")];
  for (const state of [masked, plain]) raiseLimits(state, repo);
  appendFileSync(join(masked, "countersign.toml"), '\n[log]\nlevel = "error"\n');
  appendFileSync(join(plain, "countersign.toml"), '\n[log]\nlevel = "error"\n[secrets]\nmask = false\n');
  const first: Record<"masked" | "plain", number[]> = { masked: [], plain: [] };
  for (let round = 0; round < ROUNDS; round++) {
    for (const [kind, state] of [
      ["masked", masked],
      ["plain", plain],
    ] as const) {
      for (const part of ["exchange/published", "validator/publish-cache.json"])
        rmSync(join(state, part), { recursive: true, force: true });
      first[kind].push(await publishOnce(state));
    }
  }
  git(repo, "commit", "-q", "--allow-empty", "-m", "no change");
  const again = await publishOnce(masked);
  const [slow, fast] = [median(first.masked), median(first.plain)];
  const rate = (ms: number): string => `${((COUNT * 1000) / ms).toFixed(0)} files/s`;
  console.log(
    `\npublish ${COUNT} files of 2 KiB: masked ${rate(slow)}, plain ${rate(fast)}   ratio ${(fast / slow).toFixed(2)} (aim ≥ 0.50)`,
  );
  console.log(`again after a commit that changes none, masked: ${(again / 1000).toFixed(2)} s`);
  for (const folder of [repo, masked, plain]) removeScratch(folder);
}
