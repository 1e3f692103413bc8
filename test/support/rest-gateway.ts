// The real `countersign gateway --http` of a state folder, asked over REST, with everything that it said kept.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { bin } from "./agent.ts";

export interface RestGateway {
  /** Everything that it wrote to standard output and standard error. */
  readonly said: () => string;
  post(path: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<RestAnswer>;
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<RestAnswer>;
  stop(): Promise<void>;
}

export interface RestAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly json: Readonly<Record<string, unknown>>;
  /** Code of the refusal, or `answer`. */
  readonly code: string;
}

/** Starts it, and waits until it says where it listens. Throws with what it said when it ends before. */
export async function startRestGateway(state: string, ...args: readonly string[]): Promise<RestGateway> {
  const child = spawn(process.execPath, [bin, "gateway", "--http", "--state", state, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  const listening = Promise.withResolvers<string>();
  const hear = (chunk: Buffer): void => {
    said += chunk.toString();
    const url = /listening on (https?:\/\/\S+)/.exec(said)?.[1];
    if (url !== undefined) listening.resolve(url);
  };
  child.stdout.on("data", hear);
  child.stderr.on("data", hear);
  const ended = once(child, "exit");
  child.once("exit", () => listening.reject(new Error(`the gateway ended: ${said}`)));
  const url = await listening.promise;
  const ask = async (path: string, options: RequestInit): Promise<RestAnswer> => {
    const answer = await fetch(`${url}${path}`, { redirect: "error", ...options });
    const text = await answer.text();
    const json = (text === "" ? {} : JSON.parse(text)) as Record<string, unknown>;
    const { code = "answer" } = (json["refusal"] ?? {}) as { code?: string };
    return { status: answer.status, headers: answer.headers, json, code };
  };
  return {
    said: () => said,
    post: (path, body, headers = {}) =>
      ask(path, {
        method: "POST",
        body: JSON.stringify(body),
        headers: { "content-type": "application/json", ...headers },
      }),
    get: (path, headers = {}) => ask(path, { headers }),
    async stop() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}
