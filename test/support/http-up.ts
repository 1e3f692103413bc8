// The whole product behind its HTTP door, as a person starts it: init with a preset, tokens, and `countersign up`.
import Database from "better-sqlite3";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { bin, person } from "./agent.ts";
import { type Answer, type Ask, asker } from "./http-ask.ts";
import { eventually, processesNaming } from "./processes.ts";
import { removeScratch, scratch, scratchRepository } from "./scratch.ts";

export interface Entry {
  readonly ts: string;
  readonly event: string;
  readonly actor: {
    readonly principal: string;
    readonly session?: string;
    readonly credential?: string;
    readonly correlation?: string;
  };
  readonly data: Readonly<Record<string, unknown>>;
}

export interface Up {
  readonly origin: string;
  readonly port: number;
  /** Of the gateway, and of the validator beside it. */
  readonly pid: number;
  readonly validator: number;
  /** Everything that any of its processes wrote. */
  said(): string;
  ask(path: string, ask?: Ask): Promise<Answer>;
  /** Its exit code, once it has one. */
  readonly ended: Promise<number | null>;
  stop(): Promise<number | null>;
}

export interface Room {
  readonly repo: string;
  readonly state: string;
  /** Appended to the preset, in place of what was appended before. */
  configure(toml: string): void;
  /** A new token of a principal, by the real command. */
  token(principal: string, ...args: readonly string[]): string;
  entries(): readonly Entry[];
  up(options?: UpOptions): Promise<Up>;
  /** Ends what runs, and leaves nothing. */
  remove(): Promise<void>;
}

export interface UpOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** How its callers reach it unless a request says otherwise. */
  readonly standing?: Ask;
  /** Put in front of the command, such as a shell that sets a limit. */
  readonly through?: readonly [string, ...(readonly string[])];
  /** False for a door through which readiness cannot be asked. */
  readonly ready?: boolean;
}

export type Preset = "quickstart" | "default" | "hardened" | "container-prod";

const FILES = { "src/a.ts": "export const a = 1;\n", "docs/b.md": "words\n" };

/** `prepare` may change the repository before anything of ours has seen it. */
export function openRoom(
  preset: Preset,
  toml = "",
  files: Readonly<Record<string, string | Uint8Array>> = FILES,
  prepare: (repo: string) => void = () => undefined,
): Room {
  const repo = scratchRepository("http", files);
  prepare(repo);
  const state = scratch("http-state");
  try {
    const args = [bin, "init", "--preset", preset, "--repo", repo, "--state", state];
    execFileSync(process.execPath, args, { stdio: "ignore" });
  } catch (error) {
    [repo, state].forEach(removeScratch);
    throw error;
  }
  const config = join(state, "countersign.toml");
  const made = readFileSync(config, "utf8");
  const configure = (text: string): void => writeFileSync(config, `${made}\n${text}`);
  configure(toml);
  const running = new Set<Up>();
  return {
    repo,
    state,
    configure,
    token(principal, ...args) {
      const { status, stdout, stderr } = person(state, "token", "issue", "--principal", principal, ...args);
      if (status !== 0) throw new Error(stderr);
      return stdout.trim();
    },
    entries: () => entriesOf(state),
    async up(options = {}) {
      const up = await start(repo, state, options);
      running.add(up);
      void up.ended.then(() => running.delete(up));
      return up;
    },
    async remove() {
      await Promise.all([...running].map((up) => up.stop()));
      [repo, state].forEach(removeScratch);
    },
  };
}

/** As SQLite reads them, and not our code. */
function entriesOf(state: string): readonly Entry[] {
  const db = new Database(join(state, "gateway", "store.db"), { readonly: true });
  try {
    const rows = db.prepare<[], { body: string }>("SELECT body FROM audit ORDER BY seq").all();
    return rows.map(({ body }) => JSON.parse(body) as Entry);
  } finally {
    db.close();
  }
}

async function start(
  repo: string,
  state: string,
  { env = {}, standing = {}, through, ready = true }: UpOptions,
): Promise<Up> {
  const own = [process.execPath, bin, "up", "--repo", repo, "--state", state, "--port", "0"] as const;
  const [command, ...args] = [...(through ?? []), ...own];
  const child = spawn(command ?? "", args, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NO_COLOR: "1", ...env },
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (chunk: string) => (said += chunk));
  const ended = once(child, "close").then(([code]) => code as number | null);
  const origin = await eventually(() => {
    if (child.exitCode !== null) throw new Error(`it ended: ${said}`);
    return /listening on (https?:\/\/\S+)/.exec(said)?.[1];
  }, 60);
  const pidOf = (word: string): number =>
    processesNaming(state).find(({ argv }) => argv.includes(word) && !argv.includes("up"))?.pid ?? 0;
  const stop = async (): Promise<number | null> => {
    child.kill("SIGTERM");
    const code = await ended;
    if ((await eventually(() => (processesNaming(state).length === 0 ? true : undefined), 10)) !== true)
      throw new Error("a process of it is left");
    return code;
  };
  if (origin === undefined) {
    await stop();
    throw new Error(`it does not listen: ${said}`);
  }
  const up = {
    origin,
    port: Number(new URL(origin).port),
    pid: pidOf("gateway"),
    validator: pidOf("validator"),
    said: () => said,
    ask: asker(new URL(origin), standing),
    ended,
    stop,
  };
  if (ready) await whenReady(up);
  return up;
}

async function whenReady(up: Up): Promise<void> {
  for (let look = 0; look < 300; look++) {
    const { status } = await up.ask("/readyz");
    if (status === 200) return;
    await pause(100);
  }
  const said = up.said();
  await up.stop();
  throw new Error(`it does not become ready: ${said}`);
}
