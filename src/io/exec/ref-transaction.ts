// A transaction of refs that waits with its locks held, while the caller looks once more, and is then told to commit or not.
import { CountersignError } from "../../core/base/failure.ts";
import type { Refusal } from "../../core/base/refusal.ts";
import { type Process, processOf } from "./alive.ts";
import { Conversation } from "./exec.ts";
import { type Git, type GitCall, gitProgram } from "./git.ts";

export type Transacted =
  | { readonly kind: "committed" }
  | { readonly kind: "refused"; readonly refusal: Refusal }
  /** Git did not say that it made it, and why. Behind `commit` that decides nothing: the refs do. */
  | { readonly kind: "failed"; readonly failure: CountersignError };

/**
 * `updates`: lines of `git update-ref --stdin`. Git locks and verifies their refs, then `refusedNow` is asked, and
 * without a refusal it commits. Throws what `refusedNow` throws, behind an abort, and `exec_timeout` when that takes longer
 * than git may. `committing` is told git's process before git is told to commit.
 *
 * Crash story: git aborts, and frees its locks, when its input ends before `commit`; so it does when we are killed until then.
 * Behind `commit` it goes on without us. It checks and locks all refs, and then renames them one by one in the order of
 * `updates`: killed in between, or on a disk that fails, it leaves the first ones made and the others not.
 */
export async function transact(
  git: Git,
  call: Omit<GitCall, "input" | "signal" | "maxOutputBytes">,
  updates: string,
  refusedNow: () => Promise<Refusal | undefined>,
  committing: (git: Process) => Promise<void> = () => Promise.resolve(),
): Promise<Transacted> {
  let said = "";
  const prepared = Promise.withResolvers<undefined>();
  const ended = Promise.withResolvers<CountersignError>();
  const hear = (chunk: Buffer): void => {
    said += chunk.toString("latin1");
    if (said.includes("prepare: ok\n")) prepared.resolve(undefined);
  };
  const program = gitProgram(git, call);
  const child = new Conversation(program, hear, ended.resolve);
  child.send(`start\n${updates}prepare\n`);
  child.arm();
  const early = tellsAtOnce(git) ? await Promise.race([prepared.promise, ended.promise]) : undefined;
  child.disarm();
  let answer: "abort" | "commit" = "abort";
  try {
    const refusal = early === undefined ? await within(program.timeoutMs, refusedNow()) : undefined;
    if (refusal !== undefined) return { kind: "refused", refusal };
    if (child.pid !== undefined) await committing(processOf(child.pid));
    answer = "commit";
  } finally {
    child.send(`${answer}\n`);
    await child.close();
  }
  if (said.includes("commit: ok\n")) return { kind: "committed" };
  return { kind: "failed", failure: await ended.promise };
}

/** Locks are not held for longer than git itself may take: others wait for them. */
async function within<T>(timeoutMs: number, answer: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () =>
      late.reject(new CountersignError("exec_timeout", `no answer within ${timeoutMs} ms, with refs locked`)),
    timeoutMs,
  );
  try {
    return await Promise.race([answer, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** Before 2.34 git kept its answers to itself until its end: there, `refusedNow` is asked while git takes the locks. */
function tellsAtOnce({ version }: Git): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > 2 || minor >= 34;
}
