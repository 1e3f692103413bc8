// A validator that is killed: at its gate a program does not start, and at any moment all that it ran ends with it.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { closeSync, constants, openSync, readSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, describe, expect, test } from "vitest";
import { needs } from "../../support/needs.ts";
import { removeScratch, scratch } from "../../support/scratch.ts";
import { killOrphans } from "../../../src/validator/sandbox/orphans.ts";
import { boxes, living, LIMITS, within } from "../../support/sandboxes.ts";

const folder = scratch("killed");
afterAll(() => removeScratch(folder));
const source = (path: string): string => JSON.stringify(join(import.meta.dirname, "../../..", path));

/** A pipe of the host to which the program in the sandbox says that it runs: the only trace that it can leave. */
function pipe(): { path: string; said: () => string; close: () => void } {
  const path = join(folder, `pipe-${Math.random()}`);
  spawnSync("mkfifo", ["-m", "0666", path]);
  const descriptor = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  const said = (): string => {
    const bytes = Buffer.alloc(64);
    try {
      return bytes.toString("utf8", 0, readSync(descriptor, bytes));
    } catch {
      return "";
    }
  };
  return { path, said, close: () => closeSync(descriptor) };
}

interface Scene {
  readonly mark: string;
  readonly pipe: string;
  /** What the validator has for control groups, as a text of the program. */
  readonly groups: string;
  readonly path?: string;
}

/** A validator with one run that says "ran" and stays; it says "on" when it begins. */
function validator({ mark, pipe: to, groups, path = process.env["PATH"] ?? "" }: Scene) {
  const program = `
    const { openBubblewrap } = await import(${source("src/validator/sandbox/bubblewrap.ts")});
    const { openGroups } = await import(${source("src/validator/sandbox/cgroup.ts")});
    const die = () => process.kill(process.pid, "SIGKILL");
    const sandbox = await openBubblewrap(${JSON.stringify(path)}, ${groups}, Date.now);
    const limits = ${JSON.stringify(LIMITS)};
    console.log("on");
    const argv = ["/bin/sh", "-c", "echo ran > ${to}; setsid sleep ${mark} & exec sleep ${mark}"];
    await sandbox.run({ label: "killed", argv, read: ["${to}"], env: {}, limits });`;
  return spawn(process.execPath, ["--input-type=module", "-e", program], {
    stdio: ["ignore", "pipe", "ignore"],
  });
}

const marked = (at: number): string => `6${process.pid}${at}${Date.now()}`.slice(0, 17);
/** Whatever a delayed bubblewrap does, it has done by then. */
const SETTLED_MS = 400;

/** A program ends by itself; a process that waits for its dead bubblewrap, and runs nothing, is ended at the next start. */
async function gone(mark: string): Promise<boolean> {
  await pause(SETTLED_MS);
  const ended = living(`sleep\0${mark}`).length === 0;
  killOrphans();
  return ended && (await within(5000, () => living(mark).length === 0));
}

// Crash story: a validator killed here once let the program go, since bubblewrap's gate opens at its end, too.
test.runIf(needs("bwrap"))("killed at the gate: the program never starts", { timeout: 60_000 }, async () => {
  const on = pipe();
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const mark = marked(attempt);
    const groups = `{ kind: "cgroup2", open: die }`;
    const child = validator({ mark, pipe: on.path, groups });
    expect(await once(child, "exit")).toEqual([null, "SIGKILL"]);
    expect(await gone(mark)).toBe(true);
  }
  expect(on.said()).toBe("");
  on.close();
});

/** bubblewrap whose every step takes its time, so that a kill falls between any two of them. */
function slow(): string {
  const real = (process.env["PATH"] ?? "")
    .split(":")
    .find((place) => spawnSync(join(place, "bwrap")).pid > 0);
  const strace = spawnSync("/bin/sh", ["-c", "command -v strace"], { encoding: "utf8" }).stdout.trim();
  const late = ["clone", "mount", "prctl", "capset", "execve", "pivot_root", "write"]
    .map((name) => `-e inject=${name}:delay_enter=3000`)
    .join(" ");
  const text = `#!/bin/sh\n[ "$1" = --version ] && exec ${real}/bwrap --version\nexec ${strace} -D -f -qq -o /dev/null ${late} ${real}/bwrap "$@"\n`;
  writeFileSync(join(folder, "bwrap"), text, { mode: 0o755 });
  return folder;
}

const MOMENTS = 8;

describe.runIf(needs("bwrap"))("killed at any moment", { timeout: 60_000 }, () => {
  const path = process.env["PATH"] ?? "";
  const rows = [
    ...boxes().map(({ limits }) => ({
      title: `as it comes (${limits})`,
      limits,
      place: () => path,
      step: 8,
    })),
    ...(needs("strace") ? [{ title: "each step late", limits: "meter", place: slow, step: 80 }] : []),
  ];

  test.each(rows)("$title: nothing stays", async ({ limits, place, step }) => {
    const [on, where] = [pipe(), place()];
    const groups = limits === "meter" ? "undefined" : "openGroups()";
    for (let at = 0; at <= MOMENTS; at += 1) {
      const mark = marked(at);
      let said = "";
      const child = validator({ mark, pipe: on.path, groups, path: where });
      await once(child.stdout, "data");
      // The last one is killed when its program runs, whenever that is.
      if (at < MOMENTS) await pause(at * step);
      else expect(await within(20_000, () => (said += on.said()) !== "")).toBe(true);
      child.kill("SIGKILL");
      await once(child, "exit");
      expect(await gone(mark)).toBe(true);
      on.said();
    }
    expect(living("cs-killed-")).toEqual([]);
    on.close();
  });
});
