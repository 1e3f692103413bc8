// The sandbox by bubblewrap: namespaces, a file system of its own, a filter of system calls, and limits from outside.
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { CountersignError } from "../../core/base/failure.ts";
import type { Clock } from "../../core/base/time.ts";
import { printable } from "../../core/base/refusal.ts";
import { findProgram, run as runOnce } from "../../io/exec/exec.ts";
import { type Feed, type Piped, startPiped } from "../../io/exec/piped.ts";
import {
  type Descent,
  FEEDS,
  GROUPS,
  programWords,
  sandboxWords,
  SHOWN,
  type Steps,
  USERS,
} from "./bubblewrap-words.ts";
import { type Groups, guard, type Stop } from "./guard.ts";
import { type Hidden, hidden } from "./hidden.ts";
import { type Sandbox, type SandboxJob, type SandboxResult, runName } from "./sandbox.ts";
import { machineOf, seccompProgram } from "./seccomp.ts";
import { starter, WORD } from "./starter.ts";
import { descending } from "./syscalls.ts";
import { canMeter } from "./usage.ts";

interface Parts {
  readonly bwrap: string;
  readonly steps: Steps;
  readonly descent: Descent;
  readonly filter: Buffer;
  readonly starter: Buffer;
  readonly groups: Groups | undefined;
  readonly hidden: Hidden;
  readonly clock: Clock;
}

/** Find bubblewrap in `path`; no program sees the folders `apart`. Throws `exec_failed` with the reason when it cannot be used here. */
export async function openBubblewrap(
  path: string,
  groups: Groups | undefined,
  clock: Clock,
  apart: readonly string[] = [],
): Promise<Sandbox> {
  const bwrap = findProgram("bwrap", path);
  const machine = machineOf(process.arch);
  if (process.platform !== "linux" || machine === undefined)
    throw unusable("there is a filter of system calls for Linux on x86_64 and aarch64 only");
  if (bwrap === undefined) throw unusable("bwrap was not found on the PATH");
  if (groups === undefined && !canMeter())
    throw unusable("there is no control group, and this kernel does not tell whose child a process is");
  const version = await versionOf(bwrap);
  const descent = process.getuid?.() === 0 ? "setpriv" : "namespace";
  const filter = seccompProgram(machine, descent === "setpriv" ? descending : []);
  const parts: Parts = {
    bwrap,
    steps: { setpriv: step("setpriv"), env: step("env"), prlimit: step("prlimit") },
    descent,
    filter,
    starter: starter(machine),
    groups,
    hidden: hidden(apart, SHOWN),
    clock,
  };
  return { driver: "bubblewrap", version, limits: groups?.kind ?? "meter", run: (job) => runIn(parts, job) };
}

/** A program of util-linux or coreutils that bubblewrap starts inside, where /usr is the host's. */
function step(name: keyof Steps): string {
  const found = findProgram(name, "/usr/bin:/bin");
  if (found === undefined) throw unusable(`${name} is not in /usr/bin`);
  return found;
}

async function versionOf(bwrap: string): Promise<string> {
  const { code, stdout } = await runOnce({
    file: bwrap,
    args: ["--version"],
    cwd: "/",
    env: {},
    timeoutMs: 10_000,
    maxOutputBytes: 4096,
  });
  const [version] = /\d+\.\d+(?:\.\d+)?/.exec(stdout.toString("latin1").slice(0, 100)) ?? [];
  if (code !== 0 || version === undefined) throw unusable("bwrap --version does not answer");
  return version;
}

async function runIn(parts: Parts, job: SandboxJob): Promise<SandboxResult> {
  const id = randomBytes(8).toString("hex");
  const name = runName(job.label, id);
  const gate = Promise.withResolvers<Uint8Array>();
  let child: Piped | undefined;
  const started = parts.clock();
  const status = new Status((first) => {
    // The program waits behind the gate until its group is closed around it.
    try {
      if (!isChild(first, child?.pid)) throw unusable("it ended before its program began");
      guarded.admit(first);
      gate.resolve(Buffer.from(WORD));
    } catch {
      guarded.stop("refused");
    }
  });
  const guarded = guard(job.limits, name, parts.groups, () => child?.kill());
  try {
    child = startPiped({
      file: parts.bwrap,
      args: visibleWords(parts, job, name),
      env: {},
      input: job.input,
      feeds: feedsOf(parts, job, gate.promise),
      maxOutputBytes: job.limits.outputBytes,
      told: (text) => status.hear(text),
      answered: (descriptor) => status.heard(descriptor),
      flooded: () => guarded.stop("output"),
    });
    const { stdout, stderr } = await child.ended;
    const durationMs = parts.clock() - started;
    return resultOf({ durationMs, stdout, stderr, id }, status, guarded.stopped());
  } finally {
    child?.kill();
    await guarded.close();
  }
}

function visibleWords({ steps, descent, groups }: Parts, job: SandboxJob, name: string): readonly string[] {
  const alone = groups === undefined;
  const processes = alone && descent === "namespace" && countsByNamespace();
  const own = ["--args", String(FEEDS.words), "--hostname", name];
  return [...own, "--", ...programWords(name, job, steps, descent, { data: alone, processes })];
}

/** In the order of FEEDS. */
function feedsOf(parts: Parts, job: SandboxJob, gate: Promise<Uint8Array>): readonly Feed[] {
  const words = sandboxWords(job, parts.descent, parts.hidden);
  if (words.some((word) => word.includes("\0"))) throw unusable("a word for it holds a zero byte");
  const fed = Buffer.from(words.map((word) => `${word}\0`).join(""));
  return [fed, parts.filter, Buffer.from(USERS), Buffer.from(GROUPS), gate, parts.starter];
}

/**
 * Whether the sandbox's first process, which has asked to die with its parent, still has the parent that dies with us:
 * a parent that was gone before could end nobody any more.
 */
function isChild(first: number, parent: number | undefined): boolean {
  const found = /^PPid:\t(\d+)$/m.exec(readFileSync(`/proc/${first}/status`, "latin1"))?.[1];
  return parent !== undefined && found === String(parent);
}

type Ended = Omit<SandboxResult, "end" | "code">;

function resultOf(ended: Ended, { code }: Status, why: Stop | undefined): SandboxResult {
  if (why === "refused") throw unusable("its limits could not be set");
  if (why !== undefined) return { end: why, code: null, ...ended };
  if (code === undefined) {
    const said = Buffer.from(ended.stderr.subarray(0, 300)).toString("utf8").trim();
    throw unusable(printable(said) || "it ended without a word");
  }
  // bubblewrap reports a signal as shells do.
  const signal = code > 128 && code <= 192;
  return signal ? { end: "signal", code: null, ...ended } : { end: "exit", code, ...ended };
}

/**
 * What bubblewrap tells: one JSON text a line, at first the first process inside, at last the program's exit code. The
 * run has begun when that process is known and was heard at the gate.
 */
class Status {
  code: number | undefined;
  readonly #begun: (first: number) => void;
  #waits = false;
  #told = false;
  #text = "";

  constructor(begun: (first: number) => void) {
    this.#begun = begun;
  }

  hear(text: string): void {
    this.#text += text;
    const code = /"exit-code": (\d{1,3})\b/.exec(this.#text)?.[1];
    if (code !== undefined) this.code = Number(code);
    this.#begin();
  }

  heard(descriptor: number): void {
    this.#waits ||= descriptor === FEEDS.gate;
    this.#begin();
  }

  #begin(): void {
    const pid = /"child-pid": (\d{1,10})\b/.exec(this.#text)?.[1];
    if (pid === undefined || !this.#waits || this.#told) return;
    this.#told = true;
    this.#begun(Number(pid));
  }
}

/** Linux 5.14 and newer count RLIMIT_NPROC for each user namespace; older ones would count the host's processes of this user. */
function countsByNamespace(): boolean {
  const [major = 0, minor = 0] = readFileSync("/proc/sys/kernel/osrelease", "latin1").split(".").map(Number);
  return major > 5 || (major === 5 && minor >= 14);
}

function unusable(why: string): CountersignError {
  return new CountersignError("exec_failed", `the sandbox by bubblewrap cannot be used: ${why}`, {
    fix: "Install bubblewrap and allow user namespaces (a validator that is root needs CAP_SYS_ADMIN); countersign doctor says what is missing.",
  });
}
