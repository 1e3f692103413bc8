// A throw-away sandbox for programs that are not ours: what is asked of a driver, and what comes back.
import { CountersignError } from "../../core/base/failure.ts";

/** Where the patched tree is inside. */
export const TREE = "/tree";

export interface SandboxLimits {
  readonly memoryMib: number;
  /** Hundredths of one processor. */
  readonly cpuPercent: number;
  /** Processes and threads at a time. */
  readonly processes: number;
  /** Size of /tmp, the only place that can be written to. */
  readonly scratchMib: number;
  readonly timeoutMs: number;
  /** Most bytes of standard output, and most of standard error, that are kept; more ends the run. */
  readonly outputBytes: number;
}

export interface SandboxJob {
  /** The patch's id: the run is labelled with it in process names, container labels and the log. */
  readonly label: string;
  /** Program and arguments; the program is looked up nowhere, it is an absolute path inside. There is no shell. */
  readonly argv: readonly [string, ...string[]];
  /** Absolute folders and files of the host, shown read-only at the same place; /usr and what programs need is there anyway. */
  readonly read: readonly string[];
  /** A folder of the host, shown read-only at TREE, which is also the working folder. */
  readonly work?: string;
  /** The whole environment beside HOME=/tmp, TMPDIR=/tmp, LANG=C.UTF-8 and a PATH of the system's folders. */
  readonly env: Readonly<Record<string, string>>;
  readonly input?: Uint8Array;
  readonly limits: SandboxLimits;
}

export interface SandboxResult {
  /** How it ended: by itself, or because a limit was reached. */
  readonly end: "exit" | "signal" | "timeout" | "memory" | "processes" | "output";
  /** Exit code when it ended by itself, else null. */
  readonly code: number | null;
  readonly durationMs: number;
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
  /** Random name of this one run, for the log and the verdict. */
  readonly id: string;
}

/** Throws `exec_failed` when the sandbox itself cannot be made; a run that misbehaves is a result. */
export interface Sandbox {
  readonly driver: "bubblewrap" | "docker" | "podman";
  readonly version: string;
  /** Who holds the limits: a control group of the kernel, a meter of ours that looks and kills, or the container's runtime. */
  readonly limits?: "cgroup2" | "cgroup1" | "meter" | "runtime";
  run(job: SandboxJob): Promise<SandboxResult>;
}

/** Of every run's name, by which what a killed validator left is found. */
export const RUN_PREFIX = "cs-";

/** Host name, container name and control group of one run: which patch it is for, and which of its runs. */
export function runName(label: string, id: string): string {
  if (/^[A-Za-z0-9-]{1,40}$/.test(label)) return `${RUN_PREFIX}${label}-${id}`;
  throw new CountersignError("exec_failed", "the label of a run in the sandbox is no id");
}
