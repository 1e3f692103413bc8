// X03: a gateway that does not stir discloses nothing, and does not leave its client waiting for ever.
import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { bin, initState, publishedBase } from "../support/agent.ts";
import { eventually, processesNaming } from "../support/processes.ts";
import { rpcClient } from "../support/rpc.ts";
import { removeScratch, scratchRepository } from "../support/scratch.ts";
import { canAttach, inject } from "../support/strace.ts";

const TEXT = "what is read\n";

/** Lets the gateway of a running `up` hang by `hang`, and tells how `up` ends; `hang` returns what lets go again. */
async function hung(hang: (gateway: number) => Promise<() => unknown>): Promise<void> {
  const repo = scratchRepository("hung", { "src/a.ts": TEXT });
  const state = initState(repo);
  const args = [bin, "up", "--stdio", "--repo", repo, "--state", state];
  const client = await rpcClient({ command: process.execPath, args });
  await publishedBase(client);
  const gateway = processesNaming(state).find(({ argv }) => argv.includes("gateway"));
  const letGo = await hang(gateway?.pid ?? 0);
  const ended = once(client.child, "exit");
  const waiting = client.call("read-file", { path: "src/a.ts" });
  expect(((await ended) as unknown[])[0]).toBe(74);
  expect(JSON.stringify(await waiting)).not.toContain("what is read");
  await letGo();
  expect(await eventually(() => (processesNaming(state).length === 0 ? true : undefined))).toBe(true);
  for (const folder of [repo, state]) removeScratch(folder);
}

// Less than the disk hangs below: who waits for it waits too long.
const patience = { timeout: 80_000 };

describe.concurrent("nothing is disclosed, and `up` ends with 74 by itself", patience, () => {
  test("a gateway that was stopped", () =>
    hung((gateway) => {
      process.kill(gateway, "SIGSTOP");
      return Promise.resolve(() => undefined);
    }));

  // strace holds the process in its fsync even when it is killed, as a kernel does whose disk never answers.
  test.runIf(canAttach())("a disk that never answers, so that not even kill -9 ends the gateway", () =>
    hung(async (gateway) => {
      const held = await inject(gateway, "fsync,fdatasync:delay_enter=90000000");
      return () => held.stop();
    }),
  );
});
