// Child processes: absolute file, exact environment, own process group, bounded time and output, never a shell.
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";
import { CountersignError, type FailureCode } from "../../core/base/failure.ts";

export interface Program {
  /** Absolute path; a bare name would be looked up in a PATH that somebody else may have written. */
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The child's whole environment. Nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  /** Longest run, in milliseconds; of a conversation: longest wait for one answer. */
  readonly timeoutMs: number;
}

export interface Command extends Program {
  /** Bytes for standard input; without them it is closed at once. */
  readonly input?: Uint8Array | undefined;
  /** Most bytes of standard output and standard error together. */
  readonly maxOutputBytes: number;
  readonly signal?: AbortSignal | undefined;
}

export interface Output {
  readonly code: number;
  readonly stdout: Buffer;
  /** The first 16 KiB, for messages only. */
  readonly stderr: string;
}

const MAX_STDERR = 16_384;

/**
 * Run one command to its end. Every exit code is an answer, for the caller to judge; a child that cannot be started, dies
 * of a signal or is aborted throws `exec_failed`, one that takes too long `exec_timeout`, one that says too much
 * `exec_overflow`. In every case the whole process group is killed, so that nothing a child started outlives it.
 */
export function run(command: Command): Promise<Output> {
  return begin(command)(command.input ?? "");
}

/**
 * Start a command ahead of its input. What comes back is to be called once, with the input or with none, and then does
 * what `run` does; the time begins there. A child that is gone by then is told of there.
 */
export function begin(command: Omit<Command, "input">): (input: Uint8Array | string) => Promise<Output> {
  const { promise, resolve, reject } = Promise.withResolvers<Output>();
  const child = start(command);
  const stop = (code: FailureCode, why: string, cause?: unknown): void => {
    abandon(child);
    reject(failure(code, command, why, cause));
  };
  const { stdout, stderr } = listen(child, command.maxOutputBytes, stop);
  const abort = (): void => stop("exec_failed", "was aborted");
  command.signal?.addEventListener("abort", abort, { once: true });
  if (command.signal?.aborted === true) abort();
  child.on("error", (cause) => stop("exec_failed", "could not be started", cause));
  child.on("close", (code, signal) => {
    if (code === null) stop("exec_failed", `was ended by ${signal ?? "a signal"}`);
    else resolve({ code, stdout: Buffer.concat(stdout), stderr: head(stderr) });
  });
  const ended = promise.finally(() => command.signal?.removeEventListener("abort", abort));
  ended.catch(() => undefined); // whoever hands over the input hears of it
  const { timeoutMs } = command;
  return (input) => {
    const timer = setTimeout(() => stop("exec_timeout", `ran longer than ${timeoutMs} ms`), timeoutMs);
    child.stdin.end(input);
    return ended.finally(() => clearTimeout(timer));
  };
}

/** Gathers what the child says, until it says too much. */
function listen(
  child: ChildProcessWithoutNullStreams,
  maxBytes: number,
  stop: (code: FailureCode, why: string) => void,
): { readonly stdout: readonly Buffer[]; readonly stderr: readonly Buffer[] } {
  const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
  let size = 0;
  const collect =
    (into: Buffer[]) =>
    (chunk: Buffer): void => {
      size += chunk.length;
      if (size > maxBytes) stop("exec_overflow", `wrote more than ${maxBytes} bytes`);
      else into.push(chunk);
    };
  child.stdout.on("data", collect(stdout));
  child.stderr.on("data", collect(stderr));
  return { stdout, stderr };
}

/** A child that answers many requests, like `git cat-file --batch`. It is held to the rules of `run`. */
export class Conversation {
  readonly #program: Program;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #ended: (why: CountersignError) => void;
  readonly #gone = Promise.withResolvers<undefined>();
  readonly #exited = Promise.withResolvers<undefined>();
  #timer: NodeJS.Timeout | undefined;
  #over = false;

  /** Start the child. `data` gets its output; `ended` is called once, when it is gone for whatever reason. */
  constructor(program: Program, data: (chunk: Buffer) => void, ended: (why: CountersignError) => void) {
    const stderr: Buffer[] = [];
    this.#program = program;
    this.#ended = ended;
    this.#child = start(program);
    this.#child.stdout.on("data", (chunk: Buffer) => {
      if (!this.#over) data(chunk);
    });
    this.#child.stderr.on("data", (chunk: Buffer) => {
      if (stderr.length < 16) stderr.push(chunk.subarray(0, MAX_STDERR));
    });
    this.#child.on("error", (cause) => {
      this.#exited.resolve(undefined);
      this.fail("exec_failed", "could not be started", cause);
    });
    this.#child.on("exit", () => this.#exited.resolve(undefined));
    this.#child.on("close", (code) =>
      this.fail("exec_failed", `ended with code ${code ?? "none"} ${head(stderr)}`.trim()),
    );
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  send(request: string): void {
    if (!this.#over) this.#child.stdin.write(request);
  }

  /** Start, or start again, the time within which the next bytes must come. */
  arm(): void {
    clearTimeout(this.#timer);
    if (this.#over) return;
    const { timeoutMs } = this.#program;
    this.#timer = setTimeout(
      () => this.fail("exec_timeout", `did not answer within ${timeoutMs} ms`),
      timeoutMs,
    );
  }

  disarm(): void {
    clearTimeout(this.#timer);
  }

  /** Kill the group; `ended` gets this failure. Nothing is sent or heard afterwards. */
  fail(code: FailureCode, why: string, cause?: unknown): void {
    clearTimeout(this.#timer);
    if (this.#over) return;
    this.#over = true;
    abandon(this.#child);
    this.#ended(failure(code, this.#program, why, cause));
    this.#gone.resolve(undefined);
  }

  /**
   * Close standard input and wait until the child is gone, which it is within its time limit. One that was killed is waited
   * for, too, a second at most: the kernel lets it finish the call that it is in.
   */
  async close(): Promise<void> {
    if (!this.#over) this.#child.stdin.end();
    this.arm();
    await this.#gone.promise;
    const timer = setTimeout(() => this.#exited.resolve(undefined), KILLED_MS);
    await this.#exited.promise;
    clearTimeout(timer);
  }
}
const KILLED_MS = 1000;

/** Absolute path of an executable in `pathEnv`, or undefined. Empty and relative entries mean "where I happen to be": skipped. */
export function findProgram(name: string, pathEnv: string): string | undefined {
  for (const folder of pathEnv.split(delimiter)) {
    if (!isAbsolute(folder)) continue;
    const file = join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      if (statSync(file).isFile()) return file;
    } catch {
      // Not there: the next folder.
    }
  }
  return undefined;
}

function start(program: Program): ChildProcessWithoutNullStreams {
  if (!isAbsolute(program.file)) throw failure("exec_failed", program, "is not named by an absolute path");
  let child: ChildProcessWithoutNullStreams;
  try {
    // detached: a session, and so a process group, of its own that can be killed as a whole.
    child = spawn(program.file, program.args, {
      cwd: program.cwd,
      env: { ...program.env },
      detached: true,
      shell: false,
      stdio: ["pipe", "pipe", "pipe"],
      windowsHide: true,
    });
  } catch (cause) {
    throw failure("exec_failed", program, "could not be started", cause);
  }
  // A child that ends before it has read everything closes the pipe under the writer; its exit code says why.
  child.stdin.on("error", () => undefined);
  // What the child left behind in its group would keep the pipes, and this run, open.
  child.on("exit", () => killGroup(child));
  return child;
}

/** Kill, and let go of the pipes: a grandchild that left the group must not hold us. */
function abandon(child: ChildProcessWithoutNullStreams): void {
  killGroup(child);
  child.stdin.destroy();
  child.stdout.destroy();
  child.stderr.destroy();
}

function killGroup(child: ChildProcessWithoutNullStreams): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // The group is gone, or (on Windows) there are no groups.
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
  }
}

function head(chunks: readonly Buffer[]): string {
  return Buffer.concat(chunks).subarray(0, MAX_STDERR).toString("utf8");
}

function failure(code: FailureCode, program: Program, why: string, cause?: unknown): CountersignError {
  const what = program.args.find((arg) => /^[a-z][a-z-]+$/.test(arg)) ?? "";
  return new CountersignError(code, `${program.file} ${what}`.trimEnd() + ` ${why}`, { cause });
}
