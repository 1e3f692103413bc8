// Rules about sandbox, scanners and commands together: what cannot be had is refused before anything starts.
import { describe, expect, test } from "vitest";
import { faultsOf, keysOf } from "../../support/presets.ts";

const tests = '[[validator.commands]]\nname = "tests"\nargv = ["/usr/bin/true"]\nresult = "reject"\n';
const off = '[scanners]\ngitleaks = "off"\nsemgrep = "off"\nbandit = "off"\n';

describe("refused", () => {
  test.each<readonly [string, string, readonly string[]]>([
    ["commands without a sandbox", `[sandbox]\ndriver = "none"\n${off}${tests}`, ["validator.commands"]],
    [
      "required scanners without a sandbox",
      '[sandbox]\ndriver = "none"\n[scanners]\ngitleaks = "required"\nbandit = "required"',
      ["scanners.bandit", "scanners.gitleaks"],
    ],
    ["a runtime for bubblewrap", '[sandbox]\ndriver = "bubblewrap"\nruntime = "runsc"', ["sandbox.runtime"]],
    ["a runtime for no sandbox", '[sandbox]\ndriver = "none"\nruntime = "runsc"', ["sandbox.runtime"]],
    ["docker without an image", '[sandbox]\ndriver = "docker"', ["sandbox.image"]],
    ["podman without an image", '[sandbox]\ndriver = "podman"\nruntime = "crun"', ["sandbox.image"]],
    ["an image for bubblewrap", '[sandbox]\ndriver = "bubblewrap"\nimage = "node:24"', ["sandbox.image"]],
    ["an image for none", `[sandbox]\ndriver = "none"\nimage = "node:24"\n${off}`, ["sandbox.image"]],
    ["two commands of one name", `${tests}${tests}`, ["validator.commands.1.name"]],
    ["coverage that nothing reads", `${tests}min_coverage = 80`, ["validator.commands.0.min_coverage"]],
    [
      "an expression that RE2 does not know",
      `${tests}coverage = "(?=x)(1)"`,
      ["validator.commands.0.coverage"],
    ],
    ["no group", `${tests}coverage = "[0-9]+"`, ["validator.commands.0.coverage"]],
    ["the whole file system", `${tests}read = ["/"]`, ["validator.commands.0.read"]],
    ["every home", `${tests}read = ["/opt/ok", "//home/."]`, ["validator.commands.0.read"]],
    ["a way up", `${tests}read = ["/opt/../root"]`, ["validator.commands.0.read"]],
    ["rules beside the state", '[scanners]\nsemgrep_rules = "../rules"', ["scanners.semgrep_rules"]],
    ["rules in somebody's home", '[scanners]\nsemgrep_rules = "~/rules"', ["scanners.semgrep_rules"]],
    ["rules among the keys", '[scanners]\nsemgrep_rules = "./keys/rules"', ["scanners.semgrep_rules"]],
    ["memory beyond the bounds", `${tests}memory_mib = 20000`, ["validator.commands.0.memory_mib"]],
    ["a relative folder", `${tests}read = ["deps"]`, ["validator.commands.0.read.0"]],
    [
      "a command without a program",
      '[[validator.commands]]\nname = "xx"\nargv = []\nresult = "reject"',
      ["validator.commands.0.argv"],
    ],
  ])("%s", (_what, toml, keys) => {
    expect(keysOf(faultsOf("default", toml))).toEqual(keys);
  });
});

describe("right", () => {
  test.each([
    ["no sandbox and nothing that needs one", `[sandbox]\ndriver = "none"\n${off}`],
    ["scanners that are used where they are there", '[sandbox]\ndriver = "none"'],
    ["docker with its words", '[sandbox]\ndriver = "docker"\nimage = "node:24"\nruntime = "runsc"'],
    ["an image in case docker is what is there", '[sandbox]\nimage = "node:24"'],
    [
      "a command with coverage",
      `${tests}coverage = "All files +([0-9.]+)"\nmin_coverage = 80\nread = ["/opt/deps"]\nmemory_mib = 2048`,
    ],
    ["coverage that is only evidence", `${tests}coverage = "(?:total|all) ([0-9]+)%"`],
    ["rules of the operator", '[scanners]\nsemgrep_rules = "rules/semgrep"'],
  ])("%s", (_what, toml) => {
    expect(faultsOf("default", toml)).toEqual([]);
  });
});
