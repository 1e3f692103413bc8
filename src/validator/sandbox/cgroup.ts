// Control groups for runs in the sandbox, where this process may make some: the kernel itself then holds the limits.
import { mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Group, Groups } from "./guard.ts";
import { RUN_PREFIX, type SandboxLimits } from "./sandbox.ts";

/** Where groups are, and where the kernel says which is ours. */
export interface GroupTree {
  readonly root: string;
  readonly self: string;
}

const HOST: GroupTree = { root: "/sys/fs/cgroup", self: "/proc/self/cgroup" };
/** The group below ours into which we move, so that ours has no process of its own. */
const HOME = "countersign";
const MIB = 1_048_576;
/** Of this many microseconds a run gets its share. */
const PERIOD_US = 100_000;
const CONTROLLERS = ["memory", "pids", "cpu"] as const;
/** bubblewrap's own process in the group. */
const OWN = 1;

const TRIAL: SandboxLimits = {
  memoryMib: 64,
  cpuPercent: 50,
  processes: 64,
  scratchMib: 16,
  timeoutMs: 1000,
  outputBytes: 1,
};

/** Version 2, else version 1, else undefined: the meter of guard.ts watches then. Really tried, with every limit. */
export function openGroups(tree: GroupTree = HOST): Groups | undefined {
  for (const found of [quietly(() => unified(tree)), quietly(() => separate(tree))]) {
    if (found === undefined) continue;
    removeLeft(found.folders);
    const groups: Groups = { kind: found.kind, open: (name, limits) => new Folders(found, name, limits) };
    const trial = quietly(() => groups.open(`${RUN_PREFIX}trial-${process.pid}`, TRIAL));
    if (trial === undefined) continue;
    void trial.close();
    return groups;
  }
  return undefined;
}

interface Place {
  readonly kind: Groups["kind"];
  /** Folders in which a group is made, and what is written into the new one. */
  readonly folders: readonly string[];
  readonly settings: (
    limits: SandboxLimits,
  ) => readonly (readonly [file: string, text: string, must: boolean])[];
  /** File and expression that say how often the kernel killed for want of memory. */
  readonly killed: readonly [file: string, form: RegExp];
}

/**
 * Version 2. Controllers are handed down only by a group without processes of its own, so we move into a group below ours;
 * only where nobody else is in ours, as with Delegate= of systemd: other people's processes are not ours to move. Who has
 * moved already, or was started by somebody who has, stands beside the groups of runs and takes the one above.
 */
function unified(tree: GroupTree): Place | undefined {
  const now = join(tree.root, ownPath(tree, "0::") ?? "/missing");
  const own = basename(now) === HOME ? dirname(now) : now;
  const has = (file: string): boolean => {
    const words = readFileSync(join(own, file), "latin1").trim().split(" ");
    return CONTROLLERS.every((name) => words.includes(name));
  };
  if (!has("cgroup.controllers")) return undefined;
  if (!has("cgroup.subtree_control")) {
    if (readFileSync(join(own, "cgroup.procs"), "latin1").trim() !== String(process.pid)) return undefined;
    mkdirSync(join(own, HOME), { recursive: true });
    writeFileSync(join(own, HOME, "cgroup.procs"), String(process.pid));
    writeFileSync(join(own, "cgroup.subtree_control"), CONTROLLERS.map((name) => `+${name}`).join(" "));
  }
  return {
    kind: "cgroup2",
    folders: [own],
    settings: ({ memoryMib, cpuPercent, processes }) => [
      ["memory.max", String(memoryMib * MIB), true],
      ["memory.swap.max", "0", false],
      ["memory.oom.group", "1", false],
      ["pids.max", String(processes + OWN), true],
      ["cpu.max", `${cpuPercent * (PERIOD_US / 100)} ${PERIOD_US}`, true],
    ],
    killed: ["memory.events", /^oom_kill (\d+)$/m],
  };
}

/** Version 1: one folder for each controller, below our own, so that what holds for us holds for the run, too. */
function separate(tree: GroupTree): Place | undefined {
  const folders = CONTROLLERS.map((name) => join(tree.root, name, ownPath(tree, name) ?? "/missing"));
  return {
    kind: "cgroup1",
    folders,
    settings: ({ memoryMib, cpuPercent, processes }) => [
      ["memory.limit_in_bytes", String(memoryMib * MIB), true],
      ["memory.memsw.limit_in_bytes", String(memoryMib * MIB), false],
      ["pids.max", String(processes + OWN), true],
      ["cpu.cfs_period_us", String(PERIOD_US), true],
      ["cpu.cfs_quota_us", String(cpuPercent * (PERIOD_US / 100)), true],
    ],
    killed: ["memory.oom_control", /^oom_kill (\d+)$/m],
  };
}

/** Path of our own group in the hierarchy of a controller; of version 2 for `0::`. */
function ownPath({ self }: GroupTree, controller: string): string | undefined {
  for (const line of readFileSync(self, "latin1").trim().split("\n")) {
    const [, names = "", path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    if (path === undefined || path.includes("..")) continue;
    if (controller === "0::" ? line.startsWith("0::") : names.split(",").includes(controller)) return path;
  }
  return undefined;
}

class Folders implements Group {
  readonly #place: Place;
  readonly #made: string[] = [];

  constructor(place: Place, name: string, limits: SandboxLimits) {
    this.#place = place;
    try {
      for (const folder of place.folders) {
        mkdirSync(join(folder, name));
        this.#made.push(join(folder, name));
      }
      for (const [file, text, must] of place.settings(limits)) {
        const set = quietly(() => (writeFileSync(this.#file(file), text), true));
        if (set === undefined && must) throw new Error(`${file} cannot be set`);
      }
    } catch (cause) {
      void this.close();
      throw cause;
    }
  }

  /** With one folder everything is in it; with three, the file's name begins with its controller. */
  #file(name: string): string {
    const at = CONTROLLERS.findIndex((controller) => name.startsWith(`${controller}.`));
    return join(this.#made[this.#made.length === 1 ? 0 : at] ?? "/missing", name);
  }

  admit(pid: number): void {
    for (const folder of this.#made) writeFileSync(join(folder, "cgroup.procs"), String(pid));
  }

  outOfMemory(): boolean {
    const [file, form] = this.#place.killed;
    const text = quietly(() => readFileSync(this.#file(file), "latin1")) ?? "";
    return Number(form.exec(text)?.[1] ?? 0) > 0;
  }

  async close(): Promise<void> {
    for (const folder of this.#made) await removeGroup(folder);
  }
}

const PATIENCE = 100;
const PAUSE_MS = 10;

/** A group cannot be removed while somebody is in it, and who was killed takes a moment to be gone. */
async function removeGroup(folder: string): Promise<void> {
  for (let left = PATIENCE; left > 0; left -= 1) {
    for (const pid of pidsIn(folder)) quietly(() => process.kill(pid, "SIGKILL"));
    if (quietly(() => (rmdirSync(folder), true)) === true) return;
    await pause(PAUSE_MS);
  }
}

function pidsIn(folder: string): readonly number[] {
  const text = quietly(() => readFileSync(join(folder, "cgroup.procs"), "latin1")) ?? "";
  return text
    .split("\n")
    .map(Number)
    .filter((pid) => pid > 1);
}

/** Longer than any run waits between its group and its first process. */
const GRACE_MS = 60_000;

/**
 * Groups of a validator that was killed: its runs died with it, their empty groups stayed. An empty one may also be another
 * validator's that is about to be used, so it goes only if it is still there, and empty, after a while.
 */
function removeLeft(folders: readonly string[]): void {
  const left = folders.flatMap((folder) =>
    (quietly(() => readdirSync(folder)) ?? [])
      .filter((name) => name.startsWith(RUN_PREFIX))
      .map((name) => join(folder, name))
      .filter((group) => dirname(group) === folder && pidsIn(group).length === 0),
  );
  if (left.length === 0) return;
  const remove = (): void => left.forEach((group) => quietly(() => rmdirSync(group)));
  setTimeout(remove, GRACE_MS).unref();
}

function quietly<T>(attempt: () => T): T | undefined {
  try {
    return attempt();
  } catch {
    return undefined;
  }
}
