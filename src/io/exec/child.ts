// Long-lived children of the supervisor: one that owns our standard streams, or one that ends when we do.
import { type ChildProcess, spawn } from "node:child_process";
import { isAbsolute } from "node:path";
import { CountersignError } from "../../core/base/failure.ts";

export interface ChildProgram {
  /** Absolute path. */
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The child's whole environment. Nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
}

export interface Child {
  readonly pid: number | undefined;
  /** Exit code; 128 when a signal ended it or it could not be started. Never rejects. */
  readonly ended: Promise<number>;
  kill(signal: "SIGTERM" | "SIGKILL"): void;
  /** Do not wait for it any more: our process may end while it still hangs. */
  abandon(): void;
  /** Let go of the leash: a leashed child sees the end of its input and ends. */
  release(): void;
}

/**
 * `attached`: our standard input, output and error are the child's own, with no copying between. On its descriptor 3
 * the child shows that it is alive; `stirred` is called for each byte that arrives there.
 * `leashed`: its standard input is a pipe that we never write to; the kernel closes it when we end, however we end, so
 * that even after kill -9 of the supervisor no orphan is left. What it prints goes to our standard error.
 */
export type Tie = "attached" | "leashed";

/** The descriptor on which an attached child stirs. */
const PULSE = 3;

export function startChild(program: ChildProgram, tie: Tie, stirred: () => void = () => undefined): Child {
  if (!isAbsolute(program.file))
    throw new CountersignError("exec_failed", `${program.file} is not an absolute path`);
  const stdio: ("pipe" | "inherit" | number)[] =
    tie === "attached" ? ["inherit", "inherit", "inherit", "pipe"] : ["pipe", 2, 2];
  let child: ChildProcess;
  try {
    child = spawn(program.file, program.args, {
      cwd: program.cwd,
      env: { ...program.env },
      shell: false,
      stdio,
      windowsHide: true,
    });
  } catch (cause) {
    throw new CountersignError("exec_failed", `${program.file} could not be started`, { cause });
  }
  const { promise: ended, resolve } = Promise.withResolvers<number>();
  child.on("error", () => resolve(128));
  child.on("exit", (code) => resolve(code ?? 128));
  child.stdin?.on("error", () => undefined);
  child.stdio[PULSE]?.on("error", () => undefined).on("data", stirred);
  return {
    pid: child.pid,
    ended,
    kill: (signal) => void child.kill(signal),
    abandon: () => {
      child.unref();
      child.stdio[PULSE]?.destroy();
    },
    release: () => child.stdin?.end(),
  };
}
