// The validator's unit leaves bubblewrap what it needs: every system call that a run makes, found by watching one.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { needs } from "../support/needs.ts";
import { removeScratch, scratch } from "../support/scratch.ts";
import { root } from "./files.ts";

const unit = readFileSync(join(root, "config/systemd/countersign-validator@.service"), "utf8");
const values = (name: string): readonly string[] =>
  [...unit.matchAll(new RegExp(`^${name}=(.*)$`, "gm"))].flatMap(([, value = ""]) => value.split(" "));

describe("the validator's unit", () => {
  test.each([
    ["RestrictNamespaces", "a sandbox is made of them"],
    ["ProtectHostname", "each run is named"],
    [
      "ProtectKernelTunables",
      "covers parts of /proc, and then the kernel mounts no new one in a user namespace",
    ],
    ["ProtectKernelLogs", "covers /proc/kmsg, the same"],
    ["ProcSubset", "the same"],
    ["ProtectControlGroups", "control groups of runs are made below this one"],
    ["PrivateUsers", "a user namespace of its own has one user to map"],
  ])("has no %s: %s", (name) => {
    expect(values(name)).toEqual([]);
  });

  test("hands its control group down, and lets bubblewrap set up an empty network", () => {
    expect(values("Delegate").toSorted()).toEqual(["cpu", "memory", "pids"]);
    expect(values("RestrictAddressFamilies")).toEqual(["AF_UNIX", "AF_NETLINK"]);
    expect(values("PrivateNetwork")).toEqual(["yes"]);
  });
});

/** Every call that the filter allows, sets written out. */
function allowed(): ReadonlySet<string> {
  const sets = new Map<string, string[]>();
  let own: string[] = [];
  for (const line of execFileSync("systemd-analyze", ["syscall-filter"], { encoding: "utf8" }).split("\n")) {
    const [word = ""] = line.trim().split(/\s/);
    if (line.startsWith("@")) sets.set(word, (own = []));
    else if (/^[a-z@][a-z0-9_-]*$/.test(word)) own.push(word);
  }
  const all = (name: string): readonly string[] =>
    name.startsWith("@") ? (sets.get(name) ?? []).flatMap(all) : [name];
  return new Set(values("SystemCallFilter").flatMap(all));
}

const tools = existsSync("/usr/bin/systemd-analyze") && needs("bwrap") && needs("strace");

test.skipIf(!tools)("bubblewrap makes no system call that the unit's filter would kill it for", () => {
  const folder = scratch("watched");
  try {
    const log = join(folder, "calls");
    const usr = ["--ro-bind", "/usr", "/usr", "--symlink", "usr/bin", "/bin", "--symlink", "usr/lib", "/lib"];
    const rest = ["--symlink", "usr/lib64", "/lib64", "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"];
    const walls = ["--unshare-all", "--unshare-user", "--die-with-parent", "--new-session", "--clearenv"];
    const words = [...walls, "--hostname", "run", "--cap-drop", "ALL", ...usr, ...rest, "--remount-ro", "/"];
    execFileSync("strace", ["-f", "-qq", "-o", log, "bwrap", ...words, "/bin/true"], { stdio: "pipe" });
    const calls = new Set(
      [...readFileSync(log, "utf8").matchAll(/^\d+ +([a-z_0-9]+)\(/gm)].map(([, name = ""]) => name),
    );
    expect(calls).toContain("pivot_root");
    const filter = allowed();
    expect([...calls].filter((name) => !filter.has(name))).toEqual([]);
  } finally {
    removeScratch(folder);
  }
});
