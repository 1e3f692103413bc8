// Control groups of version 2 over a tree of plain files: which paths and words, not whether a kernel takes them.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { type GroupTree, openGroups } from "../../../src/validator/sandbox/cgroup.ts";
import { LIMITS } from "../../support/sandboxes.ts";
import { removeScratch, scratch } from "../../support/scratch.ts";

const folder = scratch("cgroup");
afterAll(() => removeScratch(folder));

const ALL = "cpuset cpu io memory pids";
const UNIT = "system.slice/countersign.service";

/** A tree with these files, in which we are where `self` says. */
function tree(name: string, self: string, files: Readonly<Record<string, string>>): GroupTree {
  const root = join(folder, name, "fs");
  mkdirSync(root, { recursive: true });
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  writeFileSync(join(folder, name, "self"), self);
  return { root, self: join(folder, name, "self") };
}

const group = (
  path: string,
  procs: string,
  subtree = "",
  controllers = ALL,
): Readonly<Record<string, string>> => ({
  [`${path}/cgroup.controllers`]: `${controllers}\n`,
  [`${path}/cgroup.subtree_control`]: `${subtree}\n`,
  [`${path}/cgroup.procs`]: procs === "" ? "" : `${procs}\n`,
});
const own = String(process.pid);
const runsIn = ({ root }: GroupTree, path: string): readonly string[] =>
  readdirSync(join(root, path)).filter((name) => name.startsWith("cs-run"));

describe("version 2, by a tree of files", () => {
  test.each<[string, string, Readonly<Record<string, string>>]>([
    ["other processes in our group", `0::/${UNIT}\n`, group(UNIT, `${own}\n1`)],
    ["a controller is missing", `0::/${UNIT}\n`, group(UNIT, own, "", "cpu memory")],
    [
      "a controller with a name that begins alike",
      `0::/${UNIT}\n`,
      group(UNIT, own, "", "cpuset memory pids"),
    ],
    ["a path that leads out", "0::/../other\n", group("../other", own)],
    ["no line for version 2", "4:memory:/a\n", group("a", own)],
    ["no such folder", "0::/gone\n", group(UNIT, own)],
  ])("%s: none is made, and nobody is moved", (name, self, files) => {
    const made = tree(name, self, files);
    expect(openGroups(made)).toBeUndefined();
    expect(
      readdirSync(made.root, { recursive: true, encoding: "utf8" }).filter((path) =>
        path.endsWith("countersign"),
      ),
    ).toEqual([]);
  });

  test("alone in a delegated group: we move below it, and every limit is written", () => {
    const made = tree("alone", `0::/${UNIT}\n`, group(UNIT, own));
    const groups = openGroups(made);
    expect(groups?.kind).toBe("cgroup2");
    const read = (path: string): string => readFileSync(join(made.root, UNIT, path), "utf8");
    expect(read("countersign/cgroup.procs")).toBe(own);
    expect(read("cgroup.subtree_control")).toBe("+memory +pids +cpu");
    groups?.open("cs-run-1", LIMITS).admit(4711);
    const files = [
      "memory.max",
      "memory.swap.max",
      "memory.oom.group",
      "pids.max",
      "cpu.max",
      "cgroup.procs",
    ];
    expect(files.map((file) => read(`cs-run-1/${file}`))).toEqual([
      "67108864",
      "0",
      "1",
      "65",
      "50000 100000",
      "4711",
    ]);
  });

  test("who has moved, or whose parent has, makes runs beside its own group, not below it", () => {
    const made = tree("moved", `0::/${UNIT}/countersign\n`, {
      ...group(UNIT, "", "cpu memory pids"),
      ...group(`${UNIT}/countersign`, `${own}\n4711`),
    });
    const groups = openGroups(made);
    expect(groups?.kind).toBe("cgroup2");
    groups?.open("cs-run-2", LIMITS);
    expect([runsIn(made, UNIT), runsIn(made, `${UNIT}/countersign`)]).toEqual([["cs-run-2"], []]);
  });

  test("the kernel's count of who was killed for memory", () => {
    const made = tree("events", `0::/${UNIT}\n`, group(UNIT, "", "cpu memory pids"));
    const run = openGroups(made)?.open("cs-run-3", LIMITS);
    const says = (text: string): boolean | undefined => {
      writeFileSync(join(made.root, UNIT, "cs-run-3", "memory.events"), text);
      return run?.outOfMemory();
    };
    expect(says("low 0\nhigh 0\nmax 9\noom 3\noom_kill 0\noom_group_kill 0\n")).toBe(false);
    expect(says("low 0\nhigh 0\nmax 9\noom 3\noom_kill 2\noom_group_kill 1\n")).toBe(true);
  });
});
