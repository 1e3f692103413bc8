// One preset at work: a scratch repository and state, the lines that only the operator can write, users, and the programs.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { PresetName } from "../../src/core/config/schema.ts";
import { type CiJob, openCiJob } from "../support/ci-job.ts";
import { removeScratch, scratch, scratchRepository } from "../support/scratch.ts";
import { tlsState } from "../support/tls-state.ts";
import { ask, type Door } from "./ask.ts";
import { finish, type Finished, type Program, start, type User } from "./programs.ts";
import { separate, type Users, usersHere } from "./users.ts";

/** Each calls on its own account, so that no row of the table uses up another one's limits. */
export const callers = ["agent", "counted", "proposing", "measured"] as const;
export type CallerName = (typeof callers)[number];

export interface Posture {
  readonly preset: PresetName;
  readonly repo: string;
  readonly state: string;
  readonly door: Door;
  /** Undefined where whoever sits at the machine needs none. */
  readonly token: (caller: CallerName) => string | undefined;
  /** The CI whose key the operator pinned, where the preset asks for one. It is a machine of its own: only its key is known here. */
  readonly ci: CiJob;
  /** Undefined: everything here runs as one user. */
  readonly users: Users | undefined;
  /** A command of the person who integrates. */
  person(...args: readonly string[]): Promise<Finished>;
  /** Another gateway on the same state, as the gateway's user. */
  readonly another: (...set: readonly string[]) => Program;
  /** Standard error of what serves. */
  readonly said: () => string;
  stop(): Promise<void>;
}

const files = {
  "src/a.ts": "one\ntwo\nthree\n",
  "src/b.ts": "b\n",
  ".github/workflows/ci.yml": "on: push\n",
};

/** What each preset leaves to the operator. Tests bind to loopback, so that container-prod's proxy is this machine. */
const OPERATOR: Readonly<Record<PresetName, string>> = {
  quickstart: "",
  default: "",
  hardened: '[server.http.tls]\ncert_file = "tls/cert.pem"\nkey_file = "tls/key.pem"\n',
  "container-prod": '[server.http]\nbind = "127.0.0.1"\n[server.http.proxy]\naddresses = ["127.0.0.1"]\n',
};

/** The scanners of others have tests of their own: here a machine need not have them (test/validator/checks/scanner.*). */
const SCANNERS = '[scanners]\ngitleaks = "off"\nsemgrep = "off"\nbandit = "off"\n';

/** Only hardened asks CI; without the key it does not start. */
const pinOf = (preset: PresetName, ci: CiJob): string => (preset === "hardened" ? ci.pin() : "");

/** With several users only where the preset insists on them: what it says of one user is a row of the table. */
const APART: readonly PresetName[] = ["hardened", "container-prod"];

export type Say = (text: string) => void;

/** `lines`: what else the operator wrote; a table of them may not be one that the preset's own lines have. */
export async function openPosture(preset: PresetName, say: Say, lines = ""): Promise<Posture> {
  const made: string[] = [];
  const programs: Program[] = [];
  const stop = async (): Promise<void> => {
    for (const program of programs.toReversed()) await program.stop();
    made.forEach(removeScratch);
  };
  try {
    return await open(preset, say, lines, { made, programs, stop });
  } catch (cause) {
    await stop();
    throw cause;
  }
}

interface Kept {
  readonly made: string[];
  readonly programs: Program[];
  readonly stop: () => Promise<void>;
}

async function open(
  preset: PresetName,
  say: Say,
  lines: string,
  { made, programs, stop }: Kept,
): Promise<Posture> {
  const ci = openCiJob();
  made.push(ci.folder);
  const repo = scratchRepository(`posture-${preset}`, files);
  made.push(repo);
  const state = scratchOf(made, `posture-${preset}`);
  await sure(["init", "--preset", preset, "--repo", repo, "--state", state]);
  const config = join(state, "countersign.toml");
  writeFileSync(
    config,
    `${readFileSync(config, "utf8")}\n${pinOf(preset, ci)}${SCANNERS}${OPERATOR[preset]}${lines}`,
  );
  const tls = preset === "hardened" ? tlsState(state, scratchOf(made, "posture-ca")) : undefined;
  const own = lines.includes("require_client_cert = true") ? tls?.issue("agent") : undefined;
  const { users, shared } = usersOf(preset, say);
  if (users !== undefined) separate(users, state, repo);
  const set = (...words: readonly string[]): readonly string[] =>
    [...shared, ...words].flatMap((word) => ["--set", word]);
  const whole = await sure(["config", "check", "--state", state]);
  say(`${preset}: config check: ${whole.stdout.split("\n")[1]?.trim() ?? ""}`);
  const tokens = preset === "quickstart" ? new Map<string, string>() : await issue(state);
  const run = (args: readonly string[], user?: User): Program => {
    const program = start([...args, "--state", state], user);
    programs.push(program);
    return program;
  };
  const gateway = (...words: readonly string[]): Program =>
    run(["gateway", "--http", ...set("server.http.port=0", ...words)], users?.gateway);
  if (users !== undefined) run(["validator"], users.validator);
  const server = users === undefined ? run(["up", "--port", "0", ...set()]) : gateway();
  const door = { origin: await server.says(/listening on (http\S+)/), ca: tls?.ca, own };
  say(`${preset}: listening on ${door.origin}`);
  await ready(door);
  return {
    preset,
    repo,
    state,
    door,
    ci,
    users,
    token: (caller) => tokens.get(caller),
    person: (...args) => finish([...args, "--state", state], users?.person),
    another: gateway,
    said: () => server.said(),
    stop,
  };
}

interface Apart {
  readonly users: Users | undefined;
  /** Where the machine has no other users, the preset's own word is overruled, and said. */
  readonly shared: readonly string[];
}

function usersOf(preset: PresetName, say: Say): Apart {
  if (!APART.includes(preset)) {
    say(`${preset}: one operating-system user, as the preset allows`);
    return { users: undefined, shared: [] };
  }
  const { users, because } = usersHere();
  say(
    `${preset}: ${users === undefined ? `gateway.shared_user = "warn", because ${because}` : "three users"}`,
  );
  return { users, shared: users === undefined ? ["gateway.shared_user=warn"] : [] };
}

function scratchOf(made: string[], name: string): string {
  const folder = scratch(name);
  made.push(folder);
  return folder;
}

async function sure(args: readonly string[]): Promise<Finished> {
  const done = await finish(args);
  if (done.code !== 0) throw new Error(`countersign ${args.join(" ")}: ${done.stdout}${done.stderr}`);
  return done;
}

/** One token each; as whoever set this up, because the store is the gateway's and nobody else's. */
async function issue(state: string): Promise<ReadonlyMap<string, string>> {
  const made = callers.map(async (caller): Promise<[string, string]> => {
    const { stdout } = await sure(["token", "issue", "--principal", caller, "--state", state]);
    return [caller, stdout.trim()];
  });
  return new Map(await Promise.all(made));
}

const LOOKS = 600;

/** Until the first manifest is there. */
async function ready(door: Door): Promise<void> {
  for (let look = 0; look < LOOKS; look++) {
    if ((await ask(door, { method: "GET", path: "/readyz" })).status === 200) return;
    await pause(100);
  }
  throw new Error("not ready within 60 s");
}
