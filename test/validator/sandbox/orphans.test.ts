// A run that had not begun when its bubblewrap was killed waits for good: the next start ends it, and nobody else's run.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { killOrphans } from "../../../src/validator/sandbox/orphans.ts";
import { openSandbox } from "../../../src/validator/sandbox/open.ts";
import { packageRoot } from "../../../src/io/file/config.ts";
import { needs } from "../../support/needs.ts";
import { boxes, living, runIn, within } from "../../support/sandboxes.ts";

/** One that waits inside, and whose bubblewrap is killed. */
async function left(name: string): Promise<void> {
  const words = [
    "--unshare-pid",
    "--unshare-uts",
    "--hostname",
    name,
    "--ro-bind",
    "/",
    "/",
    "--block-fd",
    "3",
  ];
  const program = "bwrap";
  const child = spawn(program, [...words, "--json-status-fd", "4", "--", "/bin/true"], {
    stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"],
  });
  await once(child.stdio[4] as NodeJS.ReadableStream, "data");
  expect(await within(2000, () => living(name).length === 2)).toBe(true);
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(living(name)).toHaveLength(1);
}

test.runIf(needs("bwrap"))("what a killed validator left is ended at the next start", async () => {
  const name = `cs-left-${process.pid}`;
  await left(name);
  const config = { driver: "bubblewrap", runtime: "", image: "" };
  const path = process.env["PATH"] ?? "";
  await openSandbox({
    config: { ...config, ...SIZES },
    path,
    packageRoot: packageRoot(),
    apart: [],
    clock: Date.now,
  } as Parameters<typeof openSandbox>[0]);
  expect(await within(2000, () => living(name).length === 0)).toBe(true);
});

const SIZES = { memory_mib: 64, cpu_percent: 50, processes: 64, scratch_mib: 16, timeout_seconds: 10 };

test.runIf(needs("bwrap")).each(boxes())("a run that has its validator stays ($limits)", async (box) => {
  const running = runIn(box, ["/bin/sleep", "1"], {}, { label: "alive" });
  expect(await within(900, () => living("cs-alive-").length > 1)).toBe(true);
  expect(killOrphans()).toEqual([]);
  expect(await running).toMatchObject({ end: "exit", code: 0 });
});
