// Another process that opens control groups, as doctor does, takes away no group of a run that is just being started.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import { openGroups } from "../../../src/validator/sandbox/cgroup.ts";
import { LIMITS } from "../../support/sandboxes.ts";

const CGROUP = JSON.stringify(join(import.meta.dirname, "../../../src/validator/sandbox/cgroup.ts"));

const groups = openGroups();

// Crash story: a run whose group was gone between its making and its first process could not be started, and was tried again.
test.runIf(groups !== undefined)("a group that is made stays until it is closed", async () => {
  const program = `const { openGroups } = await import(${CGROUP}); console.log("on"); for (;;) openGroups();`;
  const other = spawn(process.execPath, ["--input-type=module", "-e", program], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  try {
    await once(other.stdout, "data");
    for (let run = 0; run < 20; run += 1) {
      const group = groups?.open(`cs-race-${process.pid}-${run}`, LIMITS);
      await pause(50);
      const sleeper = spawn("/bin/sleep", ["60"], { stdio: "ignore" });
      expect(() => group?.admit(sleeper.pid ?? 0)).not.toThrow();
      sleeper.kill("SIGKILL");
      await group?.close();
    }
  } finally {
    other.kill("SIGKILL");
  }
});

test.runIf(groups !== undefined)("one that a killed validator left goes after a while", () => {
  const left = groups?.open(`cs-left-${process.pid}`, LIMITS);
  vi.useFakeTimers();
  try {
    openGroups();
    expect(() => left?.admit(process.pid + 4_194_304)).toThrow("ESRCH");
    vi.advanceTimersByTime(60_001);
    expect(() => left?.admit(process.pid + 4_194_304)).toThrow("ENOENT");
  } finally {
    vi.useRealTimers();
  }
});
