// Rules of [sandbox] and [[validator.commands]]: what a configuration may not say.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { environmentOverrides } from "../../../src/core/config/overrides.ts";
import { loadSetup, packageRoot } from "../../../src/io/file/config.ts";
import { layout } from "../../../src/io/file/layout.ts";
import { NOON } from "../../support/proposals.ts";
import { removeScratch, scratch } from "../../support/scratch.ts";

const folder = scratch("rules-sandbox");
afterAll(() => removeScratch(folder));

function load(toml: string, env: Readonly<Record<string, string>> = {}): ReturnType<typeof loadSetup> {
  writeFileSync(join(folder, "countersign.toml"), `preset = "quickstart"\n${toml}`);
  return loadSetup(layout(folder), packageRoot(), undefined, environmentOverrides(env), NOON);
}

const command = (more: string): string =>
  `[[validator.commands]]\nname = "tests"\nresult = "reject"\n${more}\n`;

test.each([
  ["a runtime that is unknown", '[sandbox]\nruntime = "foo"', "sandbox.runtime"],
  ["a driver that is unknown", '[sandbox]\ndriver = "chroot"', "sandbox.driver"],
  [
    "a runtime for bubblewrap",
    '[sandbox]\ndriver = "bubblewrap"\nruntime = "runsc"',
    "is for docker and podman",
  ],
  ["docker without an image", '[sandbox]\ndriver = "docker"', "needs one to run in"],
  ["memory that is no number", '[sandbox]\nmemory_mib = "abc"', "sandbox.memory_mib"],
  ["memory beyond bounds", "[sandbox]\nmemory_mib = 1000000", "sandbox.memory_mib"],
  [
    "a command without a sandbox",
    `[sandbox]\ndriver = "none"\n${command('argv = ["/bin/true"]')}`,
    "no sandbox for them to run in",
  ],
  ["a program by its bare name", command('argv = ["make"]'), "does not begin with an absolute path"],
  ["two commands of one name", command('argv = ["/bin/true"]').repeat(2), "which another command has"],
  [
    "coverage that is no expression",
    command("argv = ['/bin/true']\ncoverage = '(('"),
    "is no RE2 expression",
  ],
  ["coverage without a group", command("argv = ['/bin/true']\ncoverage = 'TOTAL'"), "has no group"],
  ["min_coverage alone", command("argv = ['/bin/true']\nmin_coverage = 80"), "needs coverage"],
  ["the whole machine to read", command("argv = ['/bin/true']\nread = ['/']"), "names the whole machine"],
  ...["/tmp", "/dev/shm", "/proc/1/cwd", "/sys/fs", "/etc/", "//tree/src", "/./proc/self"].map(
    (path): [string, string, string] => [
      `${path} to read`,
      command(`argv = ['/bin/true']\nread = ['${path}']`),
      "shows the program more than it needs",
    ],
  ),
  ["a limit beyond bounds", command("argv = ['/bin/true']\nprocesses = 0"), "processes"],
])("%s is refused", (_what, toml, why) => {
  expect(() => load(toml)).toThrow(why);
});

test.each([
  ["COUNTERSIGN__SANDBOX__MEMORY_MIB", "abc"],
  ["COUNTERSIGN__SANDBOX__CPU_PERCENT", "0"],
  ["COUNTERSIGN__SANDBOX__PROCESSES", "-1"],
  ["COUNTERSIGN_SANDBOX_MEMORY_MIB", "128"],
])("I10: %s=%s is refused", (name, value) => {
  expect(() => load("", { [name]: value })).toThrow(name);
});

test("I10: limits can be said by the environment, within bounds", () => {
  const { config } = load("", {
    COUNTERSIGN__SANDBOX__MEMORY_MIB: "128",
    COUNTERSIGN__SANDBOX__PROCESSES: "32",
  });
  expect([config.sandbox.memory_mib, config.sandbox.processes]).toEqual([128, 32]);
});
