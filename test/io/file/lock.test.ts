// The lock: one holder between processes, free at once when the holder is killed, and never blocking.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { chmodSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { acquireLock, isLocked } from "../../../src/io/file/lock.ts";
import { removeScratch, scratch } from "../../support/scratch.ts";

let folder: string;
let path: string;
const holders: ChildProcess[] = [];
beforeEach(() => {
  folder = scratch("lock");
  path = join(folder, "lock.db");
});
afterEach(() => {
  for (const holder of holders.splice(0)) holder.kill("SIGKILL");
  removeScratch(folder);
});

/** Starts a process that tries to take the lock; resolves with its answer. */
async function holder(): Promise<{ child: ChildProcess; answer: string }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, "../../support/lock-holder.ts"), path], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  holders.push(child);
  const answer = await new Promise<string>((resolve) => {
    child.stdout?.once("data", (data: Buffer) => resolve(data.toString().trim()));
  });
  return { child, answer };
}

const LOCK = join(import.meta.dirname, "../../../src/io/file/lock.ts");
/** What `script` says as a user who is not root: to root everything is writable. */
function asNobody(script: string): string {
  const node = [process.execPath, "-e", script];
  const who = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
  const [file = "", ...args] = process.getuid?.() === 0 ? [...who, ...node] : node;
  return spawnSync(file, args, { encoding: "utf8" }).stdout;
}

const killed = (child: ChildProcess): Promise<unknown> =>
  new Promise((resolve) => {
    child.once("exit", resolve);
    child.kill("SIGKILL");
  });

describe("between processes", () => {
  test("a second one does not get it and does not wait", async () => {
    expect((await holder()).answer).toBe("held");
    expect(acquireLock(path)).toBeUndefined();
    expect(isLocked(path)).toBe(true);
    expect((await holder()).answer).toBe("taken");
  });

  test("kill -9 of the holder frees it at once, again and again", async () => {
    for (let round = 0; round < 3; round++) {
      const { child, answer } = await holder();
      expect(answer).toBe("held");
      await killed(child);
      expect(isLocked(path)).toBe(false);
    }
    acquireLock(path)?.release();
  });

  test("of many at once exactly one holds it", async () => {
    const answers = (await Promise.all(Array.from({ length: 6 }, holder))).map(({ answer }) => answer);
    expect(answers.filter((answer) => answer === "held")).toHaveLength(1);
  });
});

describe("in one process", () => {
  test("held, refused, released, taken again; releasing twice harms nobody", () => {
    const first = acquireLock(path);
    expect(first).toBeDefined();
    expect(acquireLock(path)).toBeUndefined();
    first?.release();
    const second = acquireLock(path);
    expect(second).toBeDefined();
    first?.release();
    expect(isLocked(path)).toBe(true);
    second?.release();
    expect(isLocked(path)).toBe(false);
  });

  test("looking does not take it away from somebody who comes in the same moment", () => {
    for (let round = 0; round < 50; round++) {
      expect(isLocked(path)).toBe(false);
      const lock = acquireLock(path);
      expect(lock).toBeDefined();
      lock?.release();
    }
  });

  test("a file that this user may only read is a failure: SQLite would lock it for any number of processes", () => {
    acquireLock(path)?.release();
    chmodSync(path, 0o444);
    chmodSync(folder, 0o755);
    const said =
      asNobody(`import(${JSON.stringify(LOCK)}).then(({ acquireLock }) => { acquireLock(${JSON.stringify(path)}); process.stdout.write("held"); })
      .catch((cause) => process.stdout.write(cause.code))`);
    expect(said).toBe("state_unusable");
  });

  test("a folder that is missing is a failure with a fix, not a free or a taken lock", () => {
    const nowhere = join(folder, "none", "lock.db");
    for (const work of [() => acquireLock(nowhere), () => isLocked(nowhere)]) {
      expect(work).toThrow(
        expect.objectContaining({
          code: "state_unusable",
          fix: expect.stringContaining("writable") as string,
        }),
      );
    }
  });
});
