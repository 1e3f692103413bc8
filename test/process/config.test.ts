// D36: with a configuration that is at fault nothing starts, and the fault is named by its key or line.
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bin, initState } from "../support/agent.ts";
import { removeScratch, scratchRepository } from "../support/scratch.ts";

const HEAD = 'preset = "quickstart"\n';
/** One of each layer, and what the message must name; test/core/config/parse.test.ts has the other fifty. */
const BROKEN: readonly (readonly [what: string, toml: string, named: string])[] = [
  ["nothing", "", "preset"],
  ["no TOML", "preset: quickstart", "countersign.toml:1"],
  ["a torn table", `${HEAD}[log`, "countersign.toml:2"],
  ["a key twice", `${HEAD}preset = "quickstart"`, "countersign.toml:2"],
  ["an unknown table", `${HEAD}[server.grpc]\nport = 1`, "server.grpc"],
  ["a value of another kind", `${HEAD}[paths]\nmax_depth = "16"`, "paths.max_depth"],
  ["a limit beyond its bounds", `${HEAD}[proposal]\nmax_call_bytes = 262145`, "proposal.max_call_bytes"],
  ["more than a megabyte", `${HEAD}# ${"x".repeat(1_100_000)}`, "countersign.toml"],
];

let repo: string;
let state: string;
beforeAll(() => {
  repo = scratchRepository("config", { "a.ts": "x\n" });
  state = initState(repo);
});
afterAll(() => {
  for (const folder of [repo, state]) removeScratch(folder);
});

const run = (...args: readonly string[]): Promise<{ code: unknown; said: string }> =>
  new Promise((resolve) => {
    execFile(process.execPath, [bin, ...args, "--state", state], (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, said: stdout + stderr }),
    ).stdin?.end();
  });

test.each(BROKEN)(
  "config check of %s: exit 2, the key or the line, and never a stack",
  async (_, toml, named) => {
    writeFileSync(join(state, "countersign.toml"), toml);
    const { code, said } = await run("config", "check");
    expect(code).toBe(2);
    expect(said).toContain(named);
    expect(said).not.toMatch(/^ {4}at /m);
  },
);

test.each([
  ["gateway", ["gateway", "--stdio"]],
  ["validator", ["validator", "--once"]],
  ["up", ["up", "--stdio"]],
  ["integrate", ["integrate", "00000000-0000-4000-8000-000000000000"]],
])("%s does not start with an unknown key, and names it", async (_, args) => {
  writeFileSync(join(state, "countersign.toml"), `${HEAD}[gateway]\nopen = true\n`);
  expect(await run(...args)).toEqual({ code: 2, said: expect.stringContaining("gateway.open") as string });
});
