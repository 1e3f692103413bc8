// docker and podman: what they are started with, and every reason for which they are refused.
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { containerWords } from "../../../src/validator/sandbox/container-words.ts";
import { openContainers } from "../../../src/validator/sandbox/container.ts";
import type { SandboxJob } from "../../../src/validator/sandbox/sandbox.ts";
import { needs } from "../../support/needs.ts";
import { LIMITS } from "../../support/sandboxes.ts";
import { removeScratch, scratch } from "../../support/scratch.ts";

const folder = scratch("container");
afterAll(() => removeScratch(folder));

const on = { image: "img@sha256:00", runtime: "runsc", profile: "/p/seccomp.json", name: "cs-x-1", pid: 7 };
const job: SandboxJob = {
  label: "x",
  argv: ["/usr/bin/make", "test"],
  read: ["/opt/deps"],
  work: "/state/work",
  env: { CI: "1" },
  limits: LIMITS,
};

test("I09: no network, read-only root, no capabilities, and every limit", () => {
  const words = containerWords(job, on);
  for (const word of [
    "--network=none",
    "--read-only",
    "--cap-drop=ALL",
    "--security-opt=no-new-privileges",
    "--security-opt=seccomp=/p/seccomp.json",
    "--memory=64m",
    "--memory-swap=64m",
    "--cpus=0.50",
    "--pids-limit=65",
    "--ulimit=nofile=256:512",
    "--tmpfs=/tmp:rw,nosuid,nodev,size=16m,mode=1777",
    "--pull=never",
    "--runtime=runsc",
    "--user=65534:65534",
    "--ipc=none",
    "--label=dev.countersign.patch=x",
    "--mount=type=bind,src=/state/work,dst=/tree,readonly",
    "--mount=type=bind,src=/opt/deps,dst=/opt/deps,readonly",
  ])
    expect(words).toContain(word);
  expect(words.slice(-3)).toEqual(["--entrypoint=/usr/bin/make", "img@sha256:00", "test"]);
  expect(words.some((word) => /privileged=|docker\.sock|--volume|--device/.test(word))).toBe(false);
});

test.each(["relative", "/a,readonly=false", "/a/../b", "/a\nb"])("the path %j is refused", (path) => {
  expect(() => containerWords({ ...job, work: path }, on)).toThrow("not absolute and plain");
});

const place = { path: process.env["PATH"] ?? "", image: "img", runtime: "", profile: "/p", clock: Date.now };

test("a program that is not there is refused", async () => {
  await expect(openContainers("podman", { ...place, path: folder })).rejects.toThrow("podman was not found");
});

test.runIf(needs("docker"))(
  "a real docker without an image, and without daemon or image, is refused",
  async () => {
    await expect(openContainers("docker", { ...place, image: "" })).rejects.toThrow("names no image");
    await expect(openContainers("docker", { ...place, image: "countersign-no-such-image" })).rejects.toThrow(
      /does not answer|is not here/,
    );
  },
);

/** Stands in for podman where only its words are looked at: it writes down what it was asked. */
function stub(name: string, script: string): string {
  const dir = join(folder, name);
  mkdirSync(dir);
  writeFileSync(join(dir, "podman"), `#!/bin/sh\necho "$@" >>${dir}/asked\n${script}`);
  chmodSync(join(dir, "podman"), 0o755);
  return dir;
}

const answers = (inspect: string, run: string): string =>
  `case "$1" in version) echo 5.4.0;; image) echo sha256:1;; ps) echo "cs-old-1 999999999";; inspect) ${inspect};; run) ${run};; esac\n`;

test("its answers are read, and the container is removed in any case", async () => {
  const dir = stub("fine", answers('echo "false 3 "', "/bin/echo out"));
  const sandbox = await openContainers("podman", { ...place, path: dir });
  expect([sandbox.driver, sandbox.version]).toEqual(["podman", "5.4.0"]);
  const result = await sandbox.run(job);
  expect(result).toMatchObject({ end: "exit", code: 3 });
  expect(Buffer.from(result.stdout).toString()).toBe("out\n");
  const asked = readFileSync(join(dir, "asked"), "utf8");
  expect(asked).toContain("rm --force --volumes cs-old-1\n");
  expect(asked).toMatch(/rm --force --volumes cs-x-[0-9a-f]{16}\n$/);
});

test.each([
  ["killed for memory", 'echo "true 137 "', { end: "memory", code: null }],
  ["ended by a signal", 'echo "false 137 "', { end: "signal", code: null }],
  ["without the program", 'echo "false 127 exec: not found"', { end: "exit", code: 127 }],
])("a run that was %s", async (what, inspect, expected) => {
  const dir = stub(what.replaceAll(" ", "-"), answers(inspect, "true"));
  expect(await (await openContainers("podman", { ...place, path: dir })).run(job)).toMatchObject(expected);
});

test("a container that was not made is a failure, and a run that takes too long ends", async () => {
  const none = stub("none", answers("exit 1", "exit 125"));
  await expect((await openContainers("podman", { ...place, path: none })).run(job)).rejects.toThrow(
    "cannot be used",
  );
  const slow = stub("slow", answers('echo "false 0 "', "exec sleep 30"));
  const late = { ...job, limits: { ...LIMITS, timeoutMs: 300 } };
  expect(await (await openContainers("podman", { ...place, path: slow })).run(late)).toMatchObject({
    end: "timeout",
  });
});
