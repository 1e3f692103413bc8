// The lock between landings and incidents: whoever has it makes refs, or opens or closes an incident, and nobody else does.
import { rmSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { z } from "zod";
import { CountersignError } from "../core/base/failure.ts";
import { isAlive, type Process } from "../io/exec/alive.ts";
import type { Git } from "../io/exec/git.ts";
import { makeFolder, storage } from "../io/file/durable.ts";
import type { Layout } from "../io/file/layout.ts";
import { acquireLock, type Lock } from "../io/file/lock.ts";
import { readBounded } from "../io/file/read.ts";
import type { World } from "./world.ts";

export interface LandingLock extends Lock {
  /** Before git is told to commit: whoever has the lock next waits until that process is gone. */
  readonly committing: (git: Process) => Promise<void>;
}

const PAUSE_MS = 20;
/** A try takes the lock's own patience of 100 ms, and the pause behind it. */
const TRY_MS = 120;
const TELL_AFTER_MS = 2000;

export interface LockPatience {
  readonly millis: number;
  /** Called once, when it takes more than two seconds. */
  readonly waiting: () => void;
}

/** Others hold it while git takes and makes their refs, which git is given its time limit for, twice at most. */
export function lockPatience(
  { terminal }: Pick<World, "terminal">,
  { timeoutMs }: Pick<Git, "timeoutMs">,
): LockPatience {
  const waiting = (): void => terminal.err("Waiting for another landing or incident to end …\n");
  return { millis: 2 * timeoutMs + 10_000, waiting };
}

/**
 * Throws `state_unusable` when somebody has it for longer than `patience`: without it nothing may be landed or closed. Nobody
 * else may read the file, or they could hold it and keep every incident from being opened.
 *
 * Crash story: the kernel frees it with the process that has it. A git that was told to commit goes on, though, so it is
 * written down before, and who gets the lock waits until it is gone; the refs are there then, or never come.
 */
export async function takeLandingLock(
  { integrator }: Layout,
  { millis, waiting }: LockPatience,
): Promise<LandingLock> {
  await makeFolder(integrator, 0o700);
  const path = join(integrator, "landing.lock");
  const note = `${path}.git`;
  await makePrivate(path);
  const tries = Math.ceil(millis / TRY_MS);
  let lock: Lock | undefined;
  for (let turn = 1; turn <= tries; turn++) {
    lock ??= acquireLock(path);
    if (lock !== undefined && stillGoes(note) === false) return announced(lock, note);
    if (turn === Math.ceil(TELL_AFTER_MS / TRY_MS)) waiting();
    await setTimeout(lock === undefined ? PAUSE_MS : TRY_MS);
  }
  // Of another container's git nobody can tell; it had the time that git is given.
  if (lock !== undefined && stillGoes(note) !== true) return announced(lock, note);
  lock?.release();
  const who = lock === undefined ? "another landing or incident" : "the git of a landing that was killed";
  throw new CountersignError("state_unusable", `${who} holds ${path}`, {
    fix: "Wait for it, or end the process that hangs (git, a countersign integrate or incident); then try again.",
  });
}

function announced(lock: Lock, note: string): LandingLock {
  return {
    committing: (git) => storage(note, () => writeFile(note, JSON.stringify(git), { mode: 0o600 })),
    release(): void {
      try {
        // One that the kernel still holds in a call is left to who comes next.
        if (stillGoes(note) === false) rmSync(note, { force: true });
      } catch {
        // A note about a process that is gone harms nobody.
      } finally {
        lock.release();
      }
    },
  };
}

const noteSchema = z.strictObject({ pid: z.int().positive(), born: z.string(), space: z.string() });

/** Undefined where nobody can tell. A note that is torn was never followed by `commit`. */
function stillGoes(note: string): boolean | undefined {
  const read = readBounded(note, 1000);
  if (read.kind !== "found") return false;
  try {
    const git = noteSchema.safeParse(JSON.parse(Buffer.from(read.bytes).toString("utf8")));
    return git.success ? isAlive(git.data) : false;
  } catch {
    return false;
  }
}

/** Made before SQLite would make it for others to read. Only what is new is opened here: closing a lock's file frees the lock. */
async function makePrivate(path: string): Promise<void> {
  await storage(path, async () => {
    await writeFile(path, "", { flag: "wx", mode: 0o600 }).catch((cause: unknown) => {
      if (!(cause instanceof Error && "code" in cause && cause.code === "EEXIST")) throw cause;
    });
  });
}
