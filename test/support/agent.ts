// An agent in tests: the real `countersign up --stdio` on a repository, spoken to without any SDK.
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type RpcAnswer, type RpcClient, rpcClient } from "./rpc.ts";
import { removeScratch, scratch } from "./scratch.ts";

export const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
export const bin = join(root, "bin", "countersign.js");

export interface Served {
  readonly repo: string;
  readonly state: string;
  readonly client: RpcClient;
  /** Digest of the manifest that was current when serving began. */
  readonly base: string;
  stop(): Promise<void>;
}

export type Content = Readonly<Record<string, unknown>>;

/** Structured content of an answer, also of a refused one; `{}` for a protocol error. */
export function content(answer: RpcAnswer): Content {
  return (answer.result?.["structuredContent"] as Content | undefined) ?? {};
}

/** Code of a refusal, or undefined when the answer is none. */
export function refusalCode(answer: RpcAnswer): string | undefined {
  return (content(answer)["refusal"] as { code?: string } | undefined)?.code;
}

/** Initialises a state folder for `repo`; `toml` is appended to its configuration. */
export function initState(repo: string, toml = ""): string {
  const state = scratch("state");
  execFileSync(process.execPath, [bin, "init", "--repo", repo, "--state", state], { stdio: "ignore" });
  const config = join(state, "countersign.toml");
  writeFileSync(config, `${readFileSync(config, "utf8")}\n${toml}`);
  return state;
}

export async function serve(repo: string, toml = "", state = initState(repo, toml)): Promise<Served> {
  const client = await rpcClient({
    command: process.execPath,
    args: [bin, "up", "--stdio", "--repo", repo, "--state", state],
  });
  const base = await publishedBase(client);
  const stop = async (): Promise<void> => {
    await client.close();
    removeScratch(state);
  };
  return { repo, state, client, base, stop };
}

/** Waits up to 60 s for the first manifest. */
export async function publishedBase(client: RpcClient, other?: string): Promise<string> {
  for (let attempt = 0; attempt < 600; attempt++) {
    const answer = content(await client.call("read-manifest", {}));
    const digest = answer["manifest"];
    if (typeof digest === "string" && digest !== other) return digest;
    await pause(100);
  }
  throw new Error("no manifest was published within 60 s");
}

/** Proposes with fields that are always the same, and waits for the verdict. */
export function propose(
  served: Pick<Served, "client" | "base">,
  change: Content,
  waitSeconds = 60,
): Promise<RpcAnswer> {
  return served.client.call("propose-patch", {
    base: served.base,
    title: "A change",
    rationale: "A change that a test proposes.",
    change_type: "code_modification",
    risk_level: "low",
    wait_seconds: waitSeconds,
    ...change,
  });
}

/** Runs a command of the person; never throws on a refusal. */
export function person(
  state: string,
  ...args: readonly string[]
): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [bin, ...args, "--state", state], {
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1" },
  });
}
