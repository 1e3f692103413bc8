// A child with further pipes beside its standard streams, under which somebody else holds the clock: the sandbox's driver.
import { type ChildProcess, spawn } from "node:child_process";
import { isAbsolute } from "node:path";
import type { Readable, Writable } from "node:stream";
import { CountersignError } from "../../core/base/failure.ts";
import { leftOpen } from "../file/inherited.ts";

/** A promise keeps the child waiting until it is there. */
export type Feed = Uint8Array | Promise<Uint8Array>;

export interface PipedProgram {
  /** Absolute path. There is no shell. */
  readonly file: string;
  readonly args: readonly string[];
  /** The child's whole environment. Nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  readonly input?: Uint8Array | undefined;
  /** What the child reads on its descriptors 3 and up. */
  readonly feeds: readonly Feed[];
  /** Most bytes that are kept of standard output, and most of standard error. */
  readonly maxOutputBytes: number;
  /** What the child tells on the descriptor after the last feed. */
  readonly told: (text: string) => void;
  /** Called when the child says something on a descriptor that it is fed through; what it says is not kept. */
  readonly answered?: (descriptor: number) => void;
  /** Called once, at the first byte beyond what is kept. */
  readonly flooded: () => void;
}

export interface PipedEnd {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

export interface Piped {
  readonly pid: number | undefined;
  /** Rejects with `exec_failed` when the child could not be started. */
  readonly ended: Promise<PipedEnd>;
  /** Kill its process group and let go of its pipes. */
  kill(): void;
}

/** A program tells a few lines; more is not listened to. */
const MAX_TOLD = 65_536;

export function startPiped(program: PipedProgram): Piped {
  if (!isAbsolute(program.file))
    throw new CountersignError("exec_failed", `${program.file} is not an absolute path`);
  // Threat: a folder that is open here is, for a program in the sandbox, a way to all of its host.
  if (leftOpen().length > 0)
    throw new CountersignError("exec_failed", "descriptors are open that every child would get");
  let child: ChildProcess;
  try {
    child = spawn(program.file, program.args, {
      cwd: "/",
      env: { ...program.env },
      detached: true,
      shell: false,
      stdio: ["pipe", "pipe", "pipe", ...program.feeds.map(() => "pipe" as const), "pipe"],
      windowsHide: true,
    });
  } catch (cause) {
    throw new CountersignError("exec_failed", `${program.file} could not be started`, { cause });
  }
  const { promise: ended, resolve, reject } = Promise.withResolvers<PipedEnd>();
  const [stdout, stderr] = [keep(child.stdout, program), keep(child.stderr, program)];
  listen(child.stdio[3 + program.feeds.length], program.told);
  child.on("error", (cause) =>
    reject(new CountersignError("exec_failed", `${program.file} could not be started`, { cause })),
  );
  child.on("exit", () => kill(child));
  child.on("close", (code) => resolve({ code, stdout: stdout(), stderr: stderr() }));
  feed(child.stdin, program.input ?? new Uint8Array());
  program.feeds.forEach((bytes, at) => {
    feed(child.stdio[3 + at], bytes);
    child.stdio[3 + at]?.on("data", () => program.answered?.(3 + at));
  });
  return {
    pid: child.pid,
    ended,
    kill: () => {
      kill(child);
      for (const stream of child.stdio) stream?.destroy();
    },
  };
}

type End = Writable | Readable | null | undefined;

/** A child that ends early closes the pipe under the writer; how it ended says why. */
function feed(stream: End, bytes: Feed): void {
  if (!isWritable(stream)) return;
  stream.on("error", () => undefined);
  if (bytes instanceof Uint8Array) stream.end(bytes);
  else
    void bytes.then(
      (late) => stream.end(late),
      () => stream.destroy(),
    );
}

function listen(stream: End, told: (text: string) => void): void {
  if (stream === null || stream === undefined) return;
  let length = 0;
  stream.on("error", () => undefined);
  stream.on("data", (chunk: Buffer) => {
    length += chunk.length;
    if (length <= MAX_TOLD) told(chunk.toString("utf8"));
  });
}

function keep(stream: Readable | null, { maxOutputBytes, flooded }: PipedProgram): () => Buffer {
  const chunks: Buffer[] = [];
  let length = 0;
  stream?.on("error", () => undefined);
  stream?.on("data", (chunk: Buffer) => {
    if (length < maxOutputBytes) chunks.push(chunk.subarray(0, maxOutputBytes - length));
    length += chunk.length;
    if (length > maxOutputBytes) flooded();
  });
  return () => Buffer.concat(chunks);
}

function isWritable(stream: End): stream is Writable {
  return stream !== null && stream !== undefined && "end" in stream;
}

function kill(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // The group is gone.
  }
}
