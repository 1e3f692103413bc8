// Holds one run to its limits from outside: a control group where one can be made, else a meter that kills.
import type { SandboxLimits, SandboxResult } from "./sandbox.ts";
import { UsageMeter } from "./usage.ts";

/** Control groups for runs; cgroup.ts makes them where this machine has any. */
export interface Groups {
  readonly kind: "cgroup2" | "cgroup1";
  open(name: string, limits: SandboxLimits): Group;
}

export interface Group {
  /** Put a process in, and with it everything that it will start. Throws when it cannot be. */
  admit(pid: number): void;
  /** Whether the kernel killed something in it for want of memory. */
  outOfMemory(): boolean;
  /** Kill what is left and remove it. */
  close(): Promise<void>;
}

export type Stop = Exclude<SandboxResult["end"], "exit" | "signal"> | "refused";

export interface Guarded {
  admit(first: number): void;
  stop(why: Stop): void;
  /** Why the run was ended from outside; undefined when it was not. */
  stopped(): Stop | undefined;
  close(): Promise<void>;
}

/** Between two looks; in that time a program may overdraw, which doctor and docs/checks.md say. */
const LOOK_MS = 50;
const MIB = 1_048_576;

export function guard(
  limits: SandboxLimits,
  name: string,
  groups: Groups | undefined,
  kill: () => void,
): Guarded {
  let why: Stop | undefined;
  let looking: NodeJS.Timeout | undefined;
  let group: Group | undefined;
  const stop = (reason: Stop): void => {
    why ??= reason;
    kill();
  };
  const late = setTimeout(() => stop("timeout"), limits.timeoutMs);
  return {
    admit: (first) => {
      group = groups?.open(name, limits);
      group?.admit(first);
      const excess = group === undefined ? metered(first, limits) : grouped(group);
      looking = setInterval(() => {
        const reason = excess();
        if (reason !== undefined) stop(reason);
      }, LOOK_MS);
    },
    stop,
    stopped: () => why ?? (group?.outOfMemory() === true ? "memory" : undefined),
    close: async () => {
      clearTimeout(late);
      clearInterval(looking);
      await group?.close();
    },
  };
}

function grouped(group: Group): () => Stop | undefined {
  return () => (group.outOfMemory() ? "memory" : undefined);
}

/** As many as files of one page would be. */
const FILES_PER_MIB = 256;

/** Without a group, half a processor is half of the time: who has used it up is as late as who has taken too long. */
function metered(first: number, limits: SandboxLimits): () => Stop | undefined {
  const meter = new UsageMeter(first);
  const cpuMs = (limits.timeoutMs * limits.cpuPercent) / 100;
  return () => {
    const used = meter.read();
    const most = limits.memoryMib * MIB;
    if (used.residentBytes > most && meter.sharedBytes() > most) return "memory";
    if (meter.files(limits.scratchMib * MIB) > limits.scratchMib * FILES_PER_MIB) return "memory";
    if (used.processes > limits.processes + OWN) return "processes";
    return used.cpuMs > cpuMs ? "timeout" : undefined;
  };
}

/** The first process inside is bubblewrap's. */
const OWN = 1;
