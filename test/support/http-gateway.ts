// The real gateway behind its HTTP door, as a process of its own.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { bin } from "./agent.ts";

export interface HttpGateway {
  /** Origin on which it listens. */
  readonly origin: string;
  readonly child: ChildProcess;
  /** Ends it, and resolves with its exit code. */
  stop(): Promise<number | null>;
}

/** The real program on a state folder whose configuration switches HTTP on with port 0; `through` is put in front of it. */
export async function httpGateway(state: string, through: readonly string[] = []): Promise<HttpGateway> {
  const words = [...through, process.execPath, bin, "gateway", "--state", state, "--http"];
  const child = spawn(words[0] ?? "", words.slice(1), {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const ended = once(child, "exit");
  let said = "";
  const listening = new Promise<string>((resolve, reject) => {
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
      said += chunk;
      const origin = /listening on (http\S+)/.exec(said)?.[1];
      if (origin !== undefined) resolve(origin);
    });
    child.once("exit", () => reject(new Error(`the gateway ended: ${said}`)));
  });
  return {
    origin: await listening,
    child,
    async stop() {
      child.kill("SIGTERM");
      const [code] = (await ended) as [number | null];
      return code;
    },
  };
}
