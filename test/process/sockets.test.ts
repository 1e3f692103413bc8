// G03: the processes are two, and neither can be reached: no socket is open, and the validator never asks for one.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { expect, test } from "vitest";
import { bin, propose, refusalCode, serve } from "../support/agent.ts";
import { serveAlone } from "../support/alone.ts";
import { auditEntries } from "../support/log.ts";
import { needs } from "../support/needs.ts";
import { processesNaming } from "../support/processes.ts";
import { removeScratch, scratch, scratchRepository } from "../support/scratch.ts";
import { socketsOf } from "../support/sockets.ts";

const FILES = { "src/a.ts": "export const a = 1;\n" };
const edits = [{ op: "replace", path: "src/a.ts", old_text: "a = 1", new_text: "a = 2" }];

test.runIf(existsSync("/proc/self/net/unix"))(
  "gateway and validator are processes of their own, and no process of ours has a socket that listens or is connected",
  async () => {
    const served = await serve(scratchRepository("sockets", FILES));
    expect(refusalCode(await propose(served, { edits }))).toBeUndefined();
    const ours = processesNaming(served.state);
    const roles = ours.map(({ argv }) => ["up", "validator", "gateway"].find((word) => argv.includes(word)));
    expect(new Set(roles)).toEqual(new Set(["gateway", "up", "validator"]));
    expect(new Set(ours.map(({ pid }) => pid)).size).toBe(3);
    expect(ours.flatMap(({ pid }) => socketsOf(pid))).toEqual([]);
    await served.stop();
    removeScratch(served.repo);
  },
);

test.runIf(existsSync("/proc/self/net/unix"))("the look at sockets would see one", async () => {
  const folder = scratch("listening");
  const seen: string[] = [];
  for (const place of [{ port: 0, host: "127.0.0.1" }, { path: join(folder, "s") }]) {
    const before = socketsOf(process.pid).length;
    const server = createServer();
    await new Promise<void>((resolve) => {
      server.listen(place, resolve);
    });
    const now = socketsOf(process.pid);
    seen.push(`${now.length - before} ${now.at(place.port === undefined ? -1 : 0)?.kind}`);
    await new Promise((resolve) => {
      server.close(resolve);
    });
  }
  expect(seen).toEqual(["1 tcp", "1 unix"]);
  removeScratch(folder);
});

test.runIf(needs("strace"))(
  "a validator that publishes and judges asks the kernel for no socket, nor does any git it runs",
  async () => {
    // bubblewrap asks the kernel for the loopback of the network that is the sandbox's alone; what runs in it is seen elsewhere.
    const served = await serveAlone(scratchRepository("sockets", FILES), '[sandbox]\ndriver = "none"\n');
    await propose(served, { edits }, 0);
    const handedOver = (): boolean =>
      auditEntries(served.state).some(({ event }) => event === "proposal.dispatched");
    await expect.poll(handedOver, { timeout: 10_000 }).toBe(true);
    const out = join(served.state, "trace");
    const trace = ["-f", "-qq", "-v", "-e", "trace=%network,execve", "-o", out, process.execPath, bin];
    expect(spawnSync("strace", [...trace, "validator", "--once", "--state", served.state]).status).toBe(0);
    expect(readdirSync(join(served.state, "exchange", "verdicts"))).toHaveLength(1);
    const lines = readFileSync(out, "utf8").split("\n");
    for (const word of ["apply", "write-tree"]) expect(lines.join("\n")).toContain(`"${word}"`);
    const asked = /^\d+\s+(socket|connect|bind|listen|accept4?|sendto|sendmsg)\(/;
    expect(lines.filter((line) => asked.test(line))).toEqual([]);
    await served.stop();
    removeScratch(served.repo);
  },
);
