// The words that bubblewrap is started with: what a program in the sandbox sees, and nothing else.
import { lstatSync, readlinkSync } from "node:fs";
import { isAbsolute } from "node:path";
import { CountersignError } from "../../core/base/failure.ts";
import type { SandboxJob, SandboxLimits } from "./sandbox.ts";

const MIB = 1_048_576;
/** Soft and hard limit of open files. */
const OPEN_FILES = "256:512";
/** Nobody, as every Linux knows it. */
const NOBODY = 65_534;
const SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin";

/** Where the sandbox's own words are fed in; bubblewrap reads each to its end before the program starts. */
export const FEEDS = { words: 3, seccomp: 4, users: 5, groups: 6, gate: 7, status: 8 } as const;

export const USERS = `nobody:x:${NOBODY}:${NOBODY}:nobody:/tmp:/usr/sbin/nologin\n`;
export const GROUPS = `nogroup:x:${NOBODY}:\n`;

/** Folders that are links into /usr on most systems and real ones on others. */
const ROOTS = ["bin", "sbin", "lib", "lib32", "lib64", "libx32"];

/**
 * The root and /dev are memory of the host, too: without this they could be filled. /proc holds settings of the whole
 * kernel, and device files belong to the host: a validator that is run as root is their owner, and an owner needs no
 * capability to change them. A read-only device can still be written to; its mode and owner stay.
 */
const DEVICES = ["null", "zero", "full", "random", "urandom", "tty"];
const READ_ONLY = [...DEVICES.map((name) => `/dev/${name}`), "/dev", "/proc", "/"];

/**
 * Every word for --args. They are fed through a descriptor, so that the program cannot read the host's paths in
 * /proc/1/cmdline; the host name, which says whose run this is, everybody may read there. Order matters: what is mounted later lies over what was mounted before.
 */
export function sandboxWords(job: SandboxJob): readonly string[] {
  const env = { HOME: "/tmp", TMPDIR: "/tmp", LANG: "C.UTF-8", PATH: SYSTEM_PATH, ...job.env };
  return [
    // Namespaces of its own for everything: no network but an empty one, no process but its own.
    ["--unshare-all", "--unshare-user", "--die-with-parent", "--new-session", "--clearenv"],
    ["--uid", String(NOBODY), "--gid", String(NOBODY), "--cap-drop", "ALL"],
    ["--ro-bind", "/usr", "/usr", ...ROOTS.flatMap(rootWords)],
    ["--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache"],
    ["--ro-bind-try", "/etc/alternatives", "/etc/alternatives"],
    ["--ro-bind-data", String(FEEDS.users), "/etc/passwd"],
    ["--ro-bind-data", String(FEEDS.groups), "/etc/group"],
    ["--proc", "/proc", "--dev", "/dev"],
    ["--perms", "1777", "--size", String(job.limits.scratchMib * MIB), "--tmpfs", "/tmp"],
    job.read.flatMap((path) => ["--ro-bind", plain(path), plain(path)]),
    job.work === undefined ? [] : ["--ro-bind", plain(job.work), "/work"],
    READ_ONLY.flatMap((place) => ["--remount-ro", place]),
    ["--chdir", job.work === undefined ? "/tmp" : "/work"],
    Object.entries(env).flatMap(([name, value]) => ["--setenv", name, value]),
    ["--seccomp", String(FEEDS.seccomp), "--block-fd", String(FEEDS.gate)],
    ["--json-status-fd", String(FEEDS.status)],
  ].flat();
}

function rootWords(name: string): readonly string[] {
  const path = `/${name}`;
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found?.isSymbolicLink() === true) return ["--symlink", readlinkSync(path), path];
  return found?.isDirectory() === true ? ["--ro-bind", path, path] : [];
}

/** A path that is what it says: absolute, without `..`, and no end of a word. */
function plain(path: string): string {
  if (isAbsolute(path) && !path.includes("\0") && !path.split("/").includes("..")) return path;
  throw new CountersignError("exec_failed", "a path for the sandbox is not absolute and plain");
}

export interface Ceilings {
  /** No group counts the memory: at least no single process gets more than a few times as much. */
  readonly data: boolean;
  /** This kernel counts processes for each user namespace, and we are not root, whom it does not count. */
  readonly processes: boolean;
}

/** Limits of each single process, set by prlimit inside, after everything that bubblewrap itself needs is done. */
export function ceilingWords(limits: SandboxLimits, ceilings: Ceilings): readonly string[] {
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
