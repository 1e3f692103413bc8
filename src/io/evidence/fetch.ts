// Asks over the network through a process of its own: whoever holds a key never speaks TLS itself.
import { extname, join } from "node:path";
import { CountersignError } from "../../core/base/failure.ts";
import { type Program, run } from "../exec/exec.ts";
import { programFolders } from "../file/isolation.ts";
import { type FetchAnswer, fetchAnswerSchema, type FetchQuestion } from "./fetch-words.ts";

/** How the process is started. */
export type FetchProgram = Pick<Program, "file" | "args" | "cwd" | "env">;

/**
 * The production one: `node` (process.execPath) under its permission model, with our program readable, nothing writable,
 * no child processes, and an empty environment: no proxy, no certificate authority and no option comes from outside.
 */
export function fetchProgram(node: string, packageRoot: string): FetchProgram {
  const network = process.allowedNodeEnvironmentFlags.has("--allow-net") ? ["--allow-net"] : [];
  const reads = programFolders(packageRoot).map((path) => `--allow-fs-read=${path}`);
  const main = join(import.meta.dirname, `fetch-main${extname(import.meta.filename)}`);
  return {
    file: node,
    args: ["--permission", "--disable-sigusr1", ...network, ...reads, main],
    cwd: "/",
    env: {},
  };
}

/** The process starts, asks and writes; longer than for the question itself it is not waited for. */
const START_MS = 5000;
const WORDS = 20_000;

/** Never rejects. Whatever the process does wrong is a fault. */
export async function fetchOnce(
  question: FetchQuestion,
  program: FetchProgram,
  signal: AbortSignal,
): Promise<FetchAnswer> {
  try {
    const { code, stdout } = await run({
      ...program,
      input: Buffer.from(JSON.stringify(question)),
      timeoutMs: question.timeout_ms + START_MS,
      maxOutputBytes: Math.ceil(question.max_bytes / 3) * 4 + WORDS,
      signal,
    });
    const answer = code === 0 ? parsed(stdout) : undefined;
    return answer ?? { fault: "broken", why: "the process that asks did not answer" };
  } catch (error) {
    const code = error instanceof CountersignError ? error.code : undefined;
    if (code === "exec_timeout")
      return { fault: "timeout", why: "the process that asks did not end in time" };
    if (code === "exec_overflow") return { fault: "size", why: "the process that asks wrote too much" };
    return { fault: "broken", why: "the process that asks could not run" };
  }
}

function parsed(stdout: Buffer): FetchAnswer | undefined {
  try {
    return fetchAnswerSchema.safeParse(JSON.parse(stdout.toString("utf8"))).data;
  } catch {
    return undefined;
  }
}
