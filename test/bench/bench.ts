// `npm run bench`: what the gate costs, as ratios of medians measured side by side in one run; never a test.
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { once } from "node:events";
import { benchAudited } from "./audited.ts";
import { compare, type Contender, median, printTable, quick } from "./compare.ts";
import { benchHttp } from "./http.ts";
import { benchMasking } from "./masking.ts";
import { benchPolicy } from "./policy.ts";
import { benchShip } from "./ship.ts";
import { bin, countersign, published, raiseLimits, root } from "./subject.ts";
import { benchVerdictParts } from "./verdict.ts";
import { benchVerify } from "./verify.ts";
import { rpcClient, type ServerCommand } from "../support/rpc.ts";
import { git, removeScratch, scratch, scratchRepository } from "../support/scratch.ts";

async function benchReads(): Promise<void> {
  const text = "A line of text as source files have them, sixty-odd bytes long.\n".repeat(64).slice(0, 4096);
  const repo = scratchRepository("bench", { "src/file.ts": text });
  const state = scratch("bench-state");
  raiseLimits(state, repo);
  const reference = createRequire(import.meta.url).resolve(
    "@modelcontextprotocol/server-filesystem/package.json",
  );
  const gated = await rpcClient(countersign(state, repo));
  await published(gated);
  const ungated = (log?: string): ServerCommand => ({
    command: process.execPath,
    args: [
      join(root, "test", "bench", "ungated.ts"),
      join(repo, "src/file.ts"),
      ...(log === undefined ? [] : [log]),
    ],
  });
  const contenders: readonly Contender[] = [
    { name: "countersign read-file", client: gated, tool: "read-file", args: { path: "src/file.ts" } },
    {
      name: "ungated SDK server",
      client: await rpcClient(ungated()),
      tool: "read-file",
      args: { path: "src/file.ts" },
    },
    {
      name: "ungated SDK + one fsync",
      client: await rpcClient(ungated(join(state, "sink.log"))),
      tool: "read-file",
      args: { path: "src/file.ts" },
    },
    {
      name: "reference filesystem server",
      client: await rpcClient({
        command: process.execPath,
        args: [join(dirname(reference), "dist", "index.js"), repo],
      }),
      tool: "read_text_file",
      args: { path: join(repo, "src/file.ts") },
    },
  ];
  const figures = await compare(contenders);
  printTable("read of 4 KiB over stdio", "countersign read-file", figures);
  await Promise.all(contenders.map((contender) => contender.client.close()));
  for (const folder of [repo, state]) removeScratch(folder);
}

async function benchVerdict(): Promise<void> {
  const files = Object.fromEntries(
    Array.from({ length: 200 }, (_, i) => [
      `src/f${i}.ts`,
      Array.from({ length: 60 }, (__, l) => `export const v${l} = ${i};\n`).join(""),
    ]),
  );
  const repo = scratchRepository("bench-verdict", files);
  const state = scratch("bench-verdict-state");
  raiseLimits(state, repo);
  const client = await rpcClient(countersign(state, repo));
  const base = await published(client);
  const edits = (salt: number): unknown[] =>
    Array.from({ length: 5 }, (_, i) => ({
      op: "replace",
      path: `src/f${i}.ts`,
      old_text: `export const v7 = ${i};`,
      new_text: `export const v7 = ${salt};`,
    }));
  const verdicts: number[] = [];
  const bare: number[] = [];
  const index = join(state, "bench-index");
  for (let i = 0; i < (quick ? 5 : 25); i++) {
    const start = performance.now();
    const answer = await client.call("propose-patch", {
      base,
      title: "Bench",
      rationale: "Five files for the bench.",
      change_type: "refactor",
      risk_level: "low",
      edits: edits(1000 + i),
      wait_seconds: 30,
    });
    verdicts.push(performance.now() - start);
    const state5 = (answer.result?.["structuredContent"] as { state?: string } | undefined)?.state;
    if (state5 !== "approved") throw new Error(`verdict: ${JSON.stringify(answer).slice(0, 600)}`);
    bare.push(barePlumbing(repo, index, i));
  }
  console.log(
    `\nverdict on a five-file proposal, from the call to the answer: p50 ${median(verdicts).toFixed(0)} ms`,
  );
  console.log(
    `bare git read-tree + apply --cached + write-tree:             p50 ${median(bare).toFixed(0)} ms   ratio ${(median(verdicts) / median(bare)).toFixed(2)}`,
  );
  await client.close();
  for (const folder of [repo, state]) removeScratch(folder);
}

function barePlumbing(repo: string, index: string, salt: number): number {
  const patch = Array.from({ length: 5 }, (_, i) => {
    const context = (l: number): string => ` export const v${l} = ${i};\n`;
    return `diff --git a/src/f${i}.ts b/src/f${i}.ts\n--- a/src/f${i}.ts\n+++ b/src/f${i}.ts\n@@ -5,7 +5,7 @@\n${context(4)}${context(5)}${context(6)}-export const v7 = ${i};\n+export const v7 = ${2000 + salt};\n${context(8)}${context(9)}${context(10)}`;
  }).join("");
  const run = (args: readonly string[], input?: string): void => {
    execFileSync("git", ["-C", repo, ...args], {
      input,
      env: { ...process.env, GIT_INDEX_FILE: index },
      stdio: ["pipe", "ignore", "inherit"],
    });
  };
  const start = performance.now();
  run(["read-tree", "HEAD"]);
  run(["apply", "--cached", "-"], patch);
  run(["write-tree"]);
  return performance.now() - start;
}

async function benchPublish(): Promise<void> {
  const count = quick ? 1000 : 10_000;
  const files = Object.fromEntries(
    Array.from({ length: count }, (_, i) => [`d${i % 100}/f${i}.ts`, `// file ${i}\n`.repeat(40)]),
  );
  const repo = scratchRepository("bench-publish", files);
  const state = scratch("bench-publish-state");
  raiseLimits(state, repo);
  const publish = async (): Promise<number> => {
    const start = performance.now();
    const child = spawn(process.execPath, [bin, "validator", "--once", "--state", state], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    const [code] = (await once(child, "exit")) as [number | null];
    if (code !== 0) throw new Error(`validator --once ended with ${String(code)}`);
    return performance.now() - start;
  };
  const first = await publish();
  git(repo, "commit", "-q", "--allow-empty", "-m", "no change");
  const second = await publish();
  console.log(
    `\npublish ${count} files: first ${(first / 1000).toFixed(2)} s (${(count / (first / 1000)).toFixed(0)} files/s), again after a commit that changes none ${(second / 1000).toFixed(2)} s (ratio ${(second / first).toFixed(2)})`,
  );
  for (const folder of [repo, state]) removeScratch(folder);
}

mkdirSync(join(root, ".tsbuild"), { recursive: true });
await benchReads();
await benchPolicy();
await benchHttp();
await benchVerdict();
await benchVerdictParts();
await benchPublish();
await benchMasking();
await benchAudited();
await benchShip();
await benchVerify();
