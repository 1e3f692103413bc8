// Faults of the kernel for a living process: strace attaches to it and lets chosen system calls fail, wait or kill.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { needs } from "./needs.ts";

/** True when strace is there and may attach to a process that it did not start. */
export function canAttach(): boolean {
  if (!needs("strace")) return false;
  if (process.getuid?.() === 0) return true;
  try {
    return readFileSync("/proc/sys/kernel/yama/ptrace_scope", "utf8").trim() === "0";
  } catch {
    return true;
  }
}

/**
 * Attaches to all threads of `pid` with `-e inject=RULE`, for calls about `path` only where one is given; returns once it
 * holds them. strace counts `when=` for each thread by itself. Call `stop` when the process lives on.
 */
export function inject(pid: number, rule: string, path?: string): Promise<{ stop(): Promise<void> }> {
  const calls = rule.slice(0, rule.indexOf(":"));
  const only = path === undefined ? [] : ["-P", path];
  const args = ["-f", "-o", "/dev/null", ...only, "-e", `trace=${calls}`, "-e", `inject=${rule}`];
  const child = spawn("strace", [...args, "-p", String(pid)], { stdio: ["ignore", "ignore", "pipe"] });
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
  });
  const { promise, resolve, reject } = Promise.withResolvers<{ stop(): Promise<void> }>();
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    said += chunk;
    if (said.includes(" attached")) resolve({ stop: () => (child.kill("SIGKILL"), ended) });
  });
  void ended.then(() => reject(new Error(`strace did not attach: ${said}`)));
  return promise;
}
