// No signal opens node's debugger in a process of ours: its port would give keys to whoever may send the signal.
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fetchProgram } from "../../src/io/evidence/fetch.ts";
import { permissionFlags } from "../../src/io/file/isolation.ts";
import { layout } from "../../src/io/file/layout.ts";
import { inspectorProgram } from "../../src/validator/scanners/inspector.ts";
import { initState, root } from "../support/agent.ts";
import { removeScratch, scratchRepository } from "../support/scratch.ts";

const children: ChildProcess[] = [];
let repo: string;
let state: string;

beforeAll(() => {
  repo = scratchRepository("debugger", { "a.ts": "export const a = 1;\n" });
  state = initState(repo);
});
afterAll(() => {
  for (const child of children) child.kill("SIGKILL");
  removeScratch(repo);
  removeScratch(state);
});

test.each([
  ["validator", ["validator"]],
  ["up", ["up", "--stdio"]],
])(
  "%s says nothing of a debugger, and goes on",
  async (_, words) => {
    const child = spawn(process.execPath, [join(root, "bin/countersign.js"), ...words, "--state", state], {
      stdio: ["pipe", "pipe", "pipe"],
      cwd: repo,
    });
    children.push(child);
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
    for (let look = 0; look < 200 && !/published|stdio only/.test(said); look++) await sleep(50);
    expect(said).not.toBe("");
    child.kill("SIGUSR1");
    await sleep(700);
    expect(said).not.toMatch(/Debugger listening/);
    expect(child.exitCode).toBeNull();
    child.kill("SIGTERM");
  },
  60_000,
);

test("every child of ours is started so that no signal opens its debugger", () => {
  const reach = { files: [], folders: [], evidence: [], network: false };
  expect(permissionFlags(layout(state), root, reach)).toContain("--disable-sigusr1");
  expect(fetchProgram(process.execPath, root).args).toContain("--disable-sigusr1");
  expect(inspectorProgram(process.execPath, root).args).toContain("--disable-sigusr1");
});
