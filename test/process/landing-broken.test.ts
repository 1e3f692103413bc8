// What breaks behind git's "commit": the landed ref decides, the log tells of the landing, and an incident waits for a git that goes on.
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { landedRef, landingBranch } from "../../src/core/base/ids.ts";
import { openStore } from "../../src/io/store/sqlite/open.ts";
import { bin } from "../support/agent.ts";
import { needs } from "../support/needs.ts";
import { git } from "../support/scratch.ts";
import { type Desk, openDesk, propose } from "../support/verdicts.ts";

let desk: Desk;
beforeEach(() => {
  desk = openDesk(undefined, "[audit]\nseal_wait_seconds = 1\n");
});
afterEach(() => desk.remove());

const GIT = execFileSync("sh", ["-c", "command -v git"], { encoding: "utf8" }).trim();
const trace = (): string => join(desk.places.root, "trace");

/** A PATH whose git gets `fault` of the kernel when it changes refs. */
function faulty(fault: string): string {
  const folder = join(desk.places.root, "bin");
  mkdirSync(folder);
  const calls = fault.slice(0, fault.indexOf(":"));
  const strace = `exec strace -f -o '${trace()}' -e trace=${calls} -e inject=${fault} ${GIT} "$@"`;
  const script = `#!/bin/sh\ncase " $* " in *" update-ref --stdin -m "*) ${strace} ;; esac\nexec ${GIT} "$@"\n`;
  writeFileSync(join(folder, "git"), script);
  chmodSync(join(folder, "git"), 0o755);
  return `${folder}:${process.env["PATH"] ?? ""}`;
}

interface Said {
  readonly code: number | null;
  readonly all: string;
}
const env = (more: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({ ...process.env, NO_COLOR: "1", ...more });
const words = (args: readonly string[]): string[] => [bin, ...args, "--state", desk.places.root];
function run(more: NodeJS.ProcessEnv, ...args: readonly string[]): Said {
  const done = spawnSync(process.execPath, words(args), { encoding: "utf8", env: env(more) });
  return { code: done.status, all: done.stdout + done.stderr };
}

const refs = (): string[] =>
  git(desk.repo, "for-each-ref", "--format=%(refname)", "refs/countersign", "refs/heads/countersign")
    .trim()
    .split("\n");
const events = (): string[] => {
  const tail = run({}, "audit", "tail", "--json").all;
  return [...tail.matchAll(/"event":\s*"(landing\.\w+)"/g)].map(([, event = ""]) => event);
};
const startLog = (): void =>
  openStore(desk.places.database, { clock: () => Date.now(), create: true }).close();

test.runIf(needs("strace"))(
  "git is killed between the two refs: the patch has landed, nothing is on a branch without proof, and how to get the branch is said",
  async () => {
    startLog();
    const { id } = await propose(desk);
    const killed = run({ PATH: faulty("rename:signal=KILL:when=2") }, "integrate", id);
    expect([killed.code, killed.all]).toEqual([2, expect.stringContaining("has landed")]);
    expect(refs()).toEqual([landedRef(id)]);
    const again = run({}, "integrate", id);
    expect([again.code, again.all]).toEqual([1, expect.stringContaining("already_landed")]);
    expect(events()).toEqual(["landing.landed", "landing.refused"]);
    const [, typed = ""] = /made again by: git (.*\^)/.exec(again.all) ?? [];
    for (const name of readdirSync(join(desk.repo, ".git/refs"), { recursive: true, encoding: "utf8" }))
      if (name.endsWith(".lock")) rmSync(join(desk.repo, ".git/refs", name));
    git(desk.repo, ...typed.split(" "));
    const branch = landingBranch(id).slice("refs/heads/".length);
    expect(run({}, "attest", "verify", "--repo", desk.repo, branch).all).toContain("verified");
  },
);

test.runIf(needs("strace"))(
  "a disk that fails once between the two refs: the branch is made all the same",
  async () => {
    const { id } = await propose(desk);
    const done = run({ PATH: faulty("rename:error=EIO:when=2") }, "integrate", id);
    expect([done.code, done.all]).toEqual([0, expect.stringContaining("landed")]);
    expect(refs()).toEqual([landedRef(id), landingBranch(id)].toSorted());
  },
);

test.runIf(needs("strace"))("git is killed behind both refs, before it says so: landed", async () => {
  startLog();
  const { id } = await propose(desk);
  const done = run({ PATH: faulty("unlink:signal=KILL:when=1") }, "integrate", id);
  expect([done.code, done.all]).toEqual([0, expect.stringContaining("landed")]);
  expect(events()).toEqual(["landing.landed"]);
  // Nobody commits to main until it is gone, and git alone does not say whose it was.
  const lock = join(desk.repo, ".git/refs/heads/main.lock");
  expect([existsSync(lock), done.all]).toEqual([true, expect.stringContaining(lock)]);
  rmSync(lock);
  git(desk.repo, "update-ref", "refs/heads/main", landedRef(id));
});

test.runIf(needs("strace"))(
  "the record cannot be written once: the log tells of the landing, not of a refusal",
  async () => {
    startLog();
    const { id } = await propose(desk);
    const fault = ["-e", "trace=link,linkat", "-e", "inject=link,linkat:error=EIO:when=1"];
    const args = ["-f", "-o", trace(), ...fault, process.execPath, ...words(["integrate", id])];
    const done = spawnSync("strace", args, { encoding: "utf8", env: env({ UV_THREADPOOL_SIZE: "1" }) });
    expect([done.status, done.stderr]).toEqual([74, expect.stringContaining("has landed all the same")]);
    run({}, "integrate", id);
    expect(events().filter((event) => event === "landing.landed")).toHaveLength(1);
  },
);

test.runIf(needs("strace"))(
  "kill -9 of integrate while git commits: an incident is opened behind the refs, not in front of them",
  async () => {
    const { id } = await propose(desk);
    const path = faulty("rename:delay_enter=2500000:when=1");
    const person = spawn(process.execPath, words(["integrate", id]), {
      stdio: "ignore",
      env: env({ PATH: path, TMPDIR: desk.places.root }),
    });
    while (!(existsSync(trace()) && readFileSync(trace(), "utf8").includes("rename"))) await pause(20);
    const ended = once(person, "exit");
    person.kill("SIGKILL");
    await ended;
    expect(refs()).toEqual([""]);
    const opened = run({}, "incident", "open", "--reason", "stop it all");
    expect(refs()).toEqual([landedRef(id), landingBranch(id)].toSorted());
    expect(opened).toMatchObject({ code: 0 });
  },
);

test.runIf(process.getuid?.() === 0 && needs("setpriv"))(
  "where users are separate and the receipt is not there yet, integrate waits for it and says not_sealed",
  async () => {
    const { id } = await propose(desk);
    rmSync(join(desk.places.exchange, "receipts", `${id}.tlog-proof`));
    mkdirSync(desk.places.validator, { recursive: true });
    writeFileSync(join(desk.places.validator, "lock.db"), "");
    const [person, validator] = [65_534, 65_533];
    for (const folder of [desk.places.root, desk.repo]) {
      execFileSync("chown", ["-R", `${person}:${person}`, folder]);
      chmodSync(folder, 0o755);
    }
    chownSync(desk.places.validator, validator, validator);
    chmodSync(desk.places.validator, 0o700);
    const who = [`--reuid=${person}`, `--regid=${person}`, "--clear-groups", process.execPath];
    const done = spawnSync("setpriv", [...who, ...words(["integrate", id])], {
      encoding: "utf8",
      env: env({ HOME: desk.places.root }),
    });
    expect([done.status, done.stderr]).toEqual([1, expect.stringContaining("not_sealed")]);
  },
);
