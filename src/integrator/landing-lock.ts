// The lock between landings and incidents: whoever has it makes refs, or opens or closes an incident, and nobody else does.
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { CountersignError } from "../core/base/failure.ts";
import type { Git } from "../io/exec/git.ts";
import type { Layout } from "../io/file/layout.ts";
import { acquireLock, type Lock } from "../io/file/lock.ts";
import type { World } from "./world.ts";

export type LandingLock = Lock;

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
 * Throws `state_unusable` when somebody has it for longer than `patience`: without it nothing may be landed, opened or
 * closed. Crash story: the kernel frees it with the process that has it.
 */
export async function takeLandingLock(
  layout: Layout,
  { millis, waiting }: LockPatience,
): Promise<LandingLock> {
  const path = join(layout.exchange, "landings", "landing.lock");
  const tries = Math.ceil(millis / TRY_MS);
  for (let turn = 1; turn <= tries; turn++) {
    const lock = acquireLock(path);
    if (lock !== undefined) return lock;
    if (turn === Math.ceil(TELL_AFTER_MS / TRY_MS)) waiting();
    await setTimeout(PAUSE_MS);
  }
  throw new CountersignError("state_unusable", `another landing or incident holds ${path}`, {
    fix: "Wait for it, or end the process that hangs (a countersign integrate or incident); then try again.",
  });
}
