// Sandboxes for tests: one for each way in which limits can be held here, and programs run in them.
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { openBubblewrap } from "../../src/validator/sandbox/bubblewrap.ts";
import { openGroups } from "../../src/validator/sandbox/cgroup.ts";
import type {
  Sandbox,
  SandboxJob,
  SandboxLimits,
  SandboxResult,
} from "../../src/validator/sandbox/sandbox.ts";

/** The defaults of the presets, with a shorter wait. */
export const LIMITS: SandboxLimits = {
  memoryMib: 64,
  cpuPercent: 50,
  processes: 64,
  scratchMib: 16,
  timeoutMs: 10_000,
  outputBytes: 65_536,
};

export interface Box {
  readonly limits: string;
  readonly sandbox: () => Promise<Sandbox>;
}

/** With the meter, and with control groups where this machine lets us make some. */
export function boxes(): readonly Box[] {
  const path = process.env["PATH"] ?? "";
  const groups = openGroups();
  const meter = { limits: "meter", sandbox: () => openBubblewrap(path, undefined, Date.now) };
  if (groups === undefined) return [meter];
  return [meter, { limits: groups.kind, sandbox: () => openBubblewrap(path, groups, Date.now) }];
}

export interface Ran {
  readonly end: SandboxResult["end"];
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
  readonly ms: number;
}

export async function runIn(
  box: Box,
  argv: SandboxJob["argv"],
  limits: Partial<SandboxLimits> = {},
  more: Partial<SandboxJob> = {},
): Promise<Ran> {
  const sandbox = await box.sandbox();
  const job = { label: "test", argv, read: [], env: {}, ...more, limits: { ...LIMITS, ...limits } };
  const { end, code, stdout, stderr, durationMs: ms } = await sandbox.run(job);
  const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("utf8");
  return { end, code, out: text(stdout), err: text(stderr), ms };
}

export const python = (script: string): SandboxJob["argv"] => ["/usr/bin/python3", "-c", script];
export const sh = (script: string): SandboxJob["argv"] => ["/bin/sh", "-c", script];

/** Each line of `attempts` is tried; what the program prints is what succeeded. */
export const tried = (attempts: string): SandboxJob["argv"] =>
  python(`
import os, socket, ctypes, sys
libc = ctypes.CDLL(None, use_errno=True)
def call(*args):
    if libc.syscall(*args) < 0: raise OSError(ctypes.get_errno(), 'refused')
def attempt(name, what):
    try: what(); print('DONE', name)
    except OSError as why: print('refused', name, why.errno, file=sys.stderr)
${attempts.trim()}
print('END')
`);

/** Processes of this machine whose words hold `mark`. */
export function living(mark: string): readonly string[] {
  return readdirSync("/proc").filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, "latin1").includes(mark);
    } catch {
      return false;
    }
  });
}

export async function within(ms: number, isSo: () => boolean): Promise<boolean> {
  const until = Date.now() + ms;
  while (!isSo() && Date.now() < until) await pause(20);
  return isSo();
}
