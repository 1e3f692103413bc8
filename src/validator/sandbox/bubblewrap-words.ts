// The words that bubblewrap is started with: what a program in the sandbox sees, and nothing else.
import { lstatSync, readlinkSync } from "node:fs";
import { dirname, isAbsolute } from "node:path";
import { CountersignError } from "../../core/base/failure.ts";
import type { Hidden } from "./hidden.ts";
import { type SandboxJob, type SandboxLimits, TREE } from "./sandbox.ts";

const MIB = 1_048_576;
/** Soft and hard limit of open files. */
const OPEN_FILES = "256:512";
/** Nobody, as every Linux knows it. */
const NOBODY = 65_534;
const SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin";

/** Where the sandbox's own words are fed in; bubblewrap reads each to its end before the program starts. */
export const FEEDS = { words: 3, seccomp: 4, users: 5, groups: 6, gate: 7, starter: 8, status: 9 } as const;

/** Where the sandbox's first process lies inside. */
const STARTER = "/countersign-starter";

export const USERS = `nobody:x:${NOBODY}:${NOBODY}:nobody:/tmp:/usr/sbin/nologin\n`;
export const GROUPS = `nogroup:x:${NOBODY}:\n`;

/** Folders that are links into /usr on most systems and real ones on others. */
const ROOTS = ["bin", "sbin", "lib", "lib32", "lib64", "libx32"];

/** The root and /dev are memory of the host, which could be filled; /proc holds settings of the whole kernel. */
const READ_ONLY = ["/dev", "/proc", "/"];

/** Of the host, what every program sees. */
export const SHOWN: readonly string[] = ["/usr", "/etc/alternatives", ...ROOTS.map((name) => `/${name}`)];

/**
 * bubblewrap gives each run terminals of its own, which the kernel counts for the whole machine: a few processes would use
 * up all, and nobody could log in.
 */
const TERMINALS = "/dev/pts";

/** All of bubblewrap's but the one for users. */
const NAMESPACES = ["ipc", "pid", "net", "uts", "cgroup-try"].map((name) => `--unshare-${name}`);

/**
 * How a program becomes nobody. In a user namespace nobody is, outside, whoever runs the validator: right for a user of
 * its own. For root it would be wrong: root owns the device files, the kernel's settings and most files, and an owner
 * needs no capability to change them. Root therefore becomes nobody for real, by setpriv.
 */
export type Descent = "namespace" | "setpriv";

/** What setpriv needs to leave everything behind, these included. */
const TO_LEAVE = ["CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP"];

const DESCENTS: Readonly<Record<Descent, readonly string[]>> = {
  namespace: [
    ...NAMESPACES,
    "--unshare-user",
    "--uid",
    String(NOBODY),
    "--gid",
    String(NOBODY),
    "--cap-drop",
    "ALL",
  ],
  setpriv: [...NAMESPACES, "--cap-drop", "ALL", ...TO_LEAVE.flatMap((name) => ["--cap-add", name])],
};

/**
 * Every word for --args. They are fed through a descriptor, so that the program cannot read the host's paths in
 * /proc/1/cmdline; the host name, which says whose run this is, everybody may read there. Order matters: what is mounted later lies over what was mounted before.
 */
export function sandboxWords(job: SandboxJob, descent: Descent, hidden: Hidden): readonly string[] {
  const env = { HOME: "/tmp", TMPDIR: "/tmp", LANG: "C.UTF-8", PATH: SYSTEM_PATH };
  // Each behind the folder that it lies in.
  const read = job.read.toSorted((one, other) => one.length - other.length);
  const system = new Set(SHOWN.flatMap(hidden.below));
  const empty = new Set([TERMINALS, ...system, ...read.flatMap(hidden.below)]);
  return [
    // Namespaces of its own for everything: no network but an empty one, no process but its own.
    [...DESCENTS[descent], "--die-with-parent", "--as-pid-1", "--new-session", "--clearenv"],
    ["--ro-bind", "/usr", "/usr", ...ROOTS.flatMap(rootWords)],
    [...system].flatMap(emptyWords),
    above("/etc/passwd"),
    ["--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache"],
    ["--ro-bind-try", "/etc/alternatives", "/etc/alternatives"],
    ["--perms", "0644", "--ro-bind-data", String(FEEDS.users), "/etc/passwd"],
    ["--perms", "0644", "--ro-bind-data", String(FEEDS.groups), "/etc/group"],
    ["--perms", "0555", "--ro-bind-data", String(FEEDS.starter), STARTER],
    ["--proc", "/proc", "--dev", "/dev", ...emptyWords(TERMINALS)],
    ["--perms", "1777", "--size", String(job.limits.scratchMib * MIB), "--tmpfs", "/tmp"],
    read.flatMap((path) => [
      ...above(plain(path)),
      "--ro-bind",
      path,
      path,
      ...hidden.below(path).flatMap(emptyWords),
    ]),
    job.work === undefined ? [] : ["--ro-bind", plain(job.work), TREE],
    [...empty, ...READ_ONLY].flatMap((place) => ["--remount-ro", place]),
    ["--chdir", job.work === undefined ? "/tmp" : TREE],
    Object.entries(env).flatMap(([name, value]) => ["--setenv", name, value]),
    ["--seccomp", String(FEEDS.seccomp), "--json-status-fd", String(FEEDS.status)],
  ].flat();
}

function rootWords(name: string): readonly string[] {
  const path = `/${name}`;
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found?.isSymbolicLink() === true) return ["--symlink", readlinkSync(path), path];
  return found?.isDirectory() === true ? ["--ro-bind", path, path] : [];
}

/** An empty folder over what is there; read-only at last. */
function emptyWords(path: string): readonly string[] {
  return ["--perms", "0755", "--size", "4096", "--tmpfs", path];
}

/** Folders above a path, which bubblewrap would make for its own user alone. */
function above(path: string): readonly string[] {
  const up = dirname(path);
  return up === path ? [] : [...above(up), "--perms", "0755", "--dir", up];
}

/** A path that is what it says: absolute, without `..`, and no end of a word. */
function plain(path: string): string {
  if (isAbsolute(path) && !path.includes("\0") && !path.split("/").includes("..")) return path;
  throw new CountersignError("exec_failed", "a path for the sandbox is not absolute and plain");
}

export interface Steps {
  readonly setpriv: string;
  readonly env: string;
  readonly prlimit: string;
}

/**
 * From bubblewrap to the job's own program, each step by the next; `name` is the run's, which everybody may read in the
 * words of processes. The job's variables come after the descent: what they tell a dynamic linker (LD_PRELOAD) must not
 * be done by a setpriv that is still root.
 */
export function programWords(
  name: string,
  job: SandboxJob,
  steps: Steps,
  descent: Descent,
  ceilings: Ceilings,
): readonly string[] {
  const variables = Object.entries(job.env).map(([key, value]) => `${key}=${value}`);
  return [
    STARTER,
    name,
    ...(descent === "setpriv" ? [steps.setpriv, ...LEAVE, "--"] : []),
    ...(variables.length === 0 ? [] : [steps.env, "--", ...variables]),
    steps.prlimit,
    ...ceilingWords(job.limits, ceilings),
    "--",
    ...job.argv,
  ];
}

const LEAVE = [
  `--reuid=${NOBODY}`,
  `--regid=${NOBODY}`,
  "--clear-groups",
  "--inh-caps=-all",
  "--ambient-caps=-all",
  "--bounding-set=-all",
  "--no-new-privs",
];

export interface Ceilings {
  /** No group counts the memory: at least no single process gets more than a few times as much. */
  readonly data: boolean;
  /** This kernel counts processes for each user namespace, and we are not root, whom it does not count. */
  readonly processes: boolean;
}

/** Limits of each single process, set by prlimit inside, after everything that bubblewrap itself needs is done. */
function ceilingWords(limits: SandboxLimits, ceilings: Ceilings): readonly string[] {
  const seconds = Math.ceil((limits.timeoutMs / 1000) * Math.max(1, limits.cpuPercent / 100)) + 1;
  return [
    "--core=0",
    `--nofile=${OPEN_FILES}`,
    `--fsize=${limits.scratchMib * MIB}`,
    `--cpu=${seconds}`,
    "--memlock=65536",
    "--msgqueue=0",
    ...(ceilings.data ? [`--data=${Math.max(4 * limits.memoryMib, limits.memoryMib + 512) * MIB}`] : []),
    ...(ceilings.processes ? [`--nproc=${limits.processes}`] : []),
  ];
}
