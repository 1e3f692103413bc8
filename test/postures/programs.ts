// Starting the real programs, each as the operating-system user that it belongs to; every one of them is ended.
import { execFile, spawn } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";
import { bin } from "../support/agent.ts";

/** An operating-system user, with the groups beside its own. */
export interface User {
  readonly uid: number;
  readonly groups: readonly number[];
}

export interface Program {
  readonly pid: number | undefined;
  /** Standard error until now. */
  readonly said: () => string;
  /** The first group of `pattern` in standard error. Throws when the program ends before, or after 60 s. */
  says(pattern: RegExp): Promise<string>;
  readonly ended: Promise<number | null>;
  /** Asks it to end, and kills it when it does not; its exit code, null when it was killed. */
  stop(): Promise<number | null>;
}

export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** `countersign` with `args`, as `user` or as whoever runs the tests. */
function commandLine(args: readonly string[], user: User | undefined): [string, ...string[]] {
  const own: [string, ...string[]] = [process.execPath, bin, ...args];
  if (user === undefined) return own;
  const id = String(user.uid);
  return ["setpriv", "--reuid", id, "--regid", id, "--groups", user.groups.join(","), "--", ...own];
}

/** Hermetic: a folder of the developer's that another user may not enter must not decide anything. */
const environment = (): NodeJS.ProcessEnv => ({
  ...process.env,
  HOME: "/nonexistent",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_CONFIG_NOSYSTEM: "1",
  NO_COLOR: "1",
});

const STOP_MS = 20_000;
const LOOKS = 1200;
const LOOK_MS = 50;

export function start(args: readonly string[], user?: User): Program {
  const [file, ...rest] = commandLine(args, user);
  const child = spawn(file, rest, { stdio: ["ignore", "ignore", "pipe"], env: environment() });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => void (said += chunk));
  const { promise: ended, resolve } = Promise.withResolvers<number | null>();
  child.once("close", resolve);
  const running = (): boolean => child.exitCode === null && child.signalCode === null;
  return {
    pid: child.pid,
    said: () => said,
    ended,
    async says(pattern) {
      for (let look = 0; look < LOOKS; look++) {
        const found = pattern.exec(said)?.[1];
        if (found !== undefined) return found;
        if (!running()) await ended;
        if (!running() && !pattern.test(said)) throw new Error(`${args.join(" ")} ended: ${said}`);
        await pause(LOOK_MS);
      }
      throw new Error(`${args.join(" ")} did not say ${String(pattern)}: ${said}`);
    },
    async stop() {
      child.kill("SIGTERM");
      const late = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
      const code = await ended;
      clearTimeout(late);
      return code;
    },
  };
}

const RUN_MS = 60_000;

/** A command of the person, to its end; never throws on a refusal. */
export function finish(args: readonly string[], user?: User): Promise<Finished> {
  const [file, ...rest] = commandLine(args, user);
  return new Promise((resolve) => {
    execFile(file, rest, { encoding: "utf8", timeout: RUN_MS, env: environment() }, (error, stdout, stderr) =>
      resolve({
        code: error === null ? 0 : typeof error.code === "number" ? error.code : -1,
        stdout,
        stderr,
      }),
    );
  });
}
