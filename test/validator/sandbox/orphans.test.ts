// A validator that is killed while a run waits at its gate leaves it running: the next start ends it, and nobody else's run.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { expect, test } from "vitest";
import { killOrphans } from "../../../src/validator/sandbox/orphans.ts";
import { openSandbox } from "../../../src/validator/sandbox/open.ts";
import { packageRoot } from "../../../src/io/file/config.ts";
import { needs } from "../../support/needs.ts";
import { boxes, living, LIMITS, runIn, within } from "../../support/sandboxes.ts";

const source = (path: string): string => JSON.stringify(join(import.meta.dirname, "../../..", path));

/** Dies where the run's limits are to be set: the run waits at its gate, which then nobody holds. */
async function killedAtTheGate(mark: string): Promise<void> {
  const program = `
    const { openBubblewrap } = await import(${source("src/validator/sandbox/bubblewrap.ts")});
    const die = () => process.kill(process.pid, "SIGKILL");
    const sandbox = await openBubblewrap(process.env.PATH, { kind: "cgroup2", open: die }, Date.now);
    const limits = ${JSON.stringify(LIMITS)};
    await sandbox.run({ label: "orphan", argv: ["/bin/sleep", "${mark}"], read: [], env: {}, limits });`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", program], { stdio: "ignore" });
  await once(child, "exit");
}

test.runIf(needs("bwrap"))(
  "what a killed validator left is ended at the next start",
  { timeout: 60_000 },
  async () => {
    const mark = `6${process.pid}${Date.now()}`.slice(0, 15);
    // Whether it outlives its validator is a matter of who is faster.
    for (let attempt = 0; attempt < 10 && living(`sleep\0${mark}`).length === 0; attempt += 1) {
      await killedAtTheGate(mark);
      await within(1000, () => living(`sleep\0${mark}`).length > 0);
    }
    expect(living(`sleep\0${mark}`).length).toBeGreaterThan(0);
    const config = { driver: "bubblewrap", runtime: "", image: "" };
    const path = process.env["PATH"] ?? "";
    await openSandbox({
      config: { ...config, ...SIZES },
      path,
      packageRoot: packageRoot(),
      clock: Date.now,
    } as Parameters<typeof openSandbox>[0]);
    expect(await within(2000, () => living(mark).length === 0)).toBe(true);
  },
);

const SIZES = { memory_mib: 64, cpu_percent: 50, processes: 64, scratch_mib: 16, timeout_seconds: 10 };

test.runIf(needs("bwrap")).each(boxes())("a run that has its validator stays ($limits)", async (box) => {
  const running = runIn(box, ["/bin/sleep", "1"], {}, { label: "alive" });
  expect(await within(900, () => living("cs-alive-").length > 1)).toBe(true);
  expect(killOrphans()).toEqual([]);
  expect(await running).toMatchObject({ end: "exit", code: 0 });
});
