// Words of the checks of content: closed lists, bounded numbers, and exceptions that say why and until when.
import { describe, expect, test } from "vitest";
import { faultsOf } from "../../support/presets.ts";

const keys = (toml: string): readonly string[] => faultsOf("quickstart", toml).map(({ key }) => key);
const exclude = (lines: string): string => `[[rules.exclude]]\n${lines}`;
const suppress = (lines: string): string => `[[rules.suppress]]\n${lines}`;
const command = (lines: string): string => `[[validator.commands]]\n${lines}`;
const WHY = 'reason = "made-up keys of the tests"';

describe("refused", () => {
  test.each<[string, string, string]>([
    ["links can only be rejected", '[patch]\nsymlinks = "accept"', "patch.symlinks"],
    ["a treatment that there is not", '[patch]\nrenames = "warn"', "patch.renames"],
    ["an exclusion without a reason", exclude('rules = ["x1"]\npaths = ["a/**"]'), "rules.exclude.0.reason"],
    [
      "one with a reason of a word",
      exclude('rules = ["x1"]\npaths = ["a/**"]\nreason = "because"'),
      "rules.exclude.0.reason",
    ],
    ["one for no path", exclude(`rules = ["x1"]\npaths = []\n${WHY}`), "rules.exclude.0.paths"],
    ["one for no rule", exclude(`rules = []\npaths = ["a/**"]\n${WHY}`), "rules.exclude.0.rules"],
    [
      "a suppression that never ends",
      suppress(`rule = "x1"\npath = "a.ts"\n${WHY}`),
      "rules.suppress.0.expires",
    ],
    [
      "one that ends on a day",
      suppress(`rule = "x1"\npath = "a.ts"\n${WHY}\nexpires = "2027-01-01"`),
      "rules.suppress.0.expires",
    ],
    [
      "one with half a fingerprint",
      suppress(`rule = "x1"\npath = "a.ts"\n${WHY}\nexpires = "2027-01-01T00:00:00Z"\nfingerprint = "00ff"`),
      "rules.suppress.0.fingerprint",
    ],
    ["secrets cannot be accepted", '[secrets]\nresult = "accept"', "secrets.result"],
    ["a scanner's use that there is not", '[scanners]\ngitleaks = "maybe"', "scanners.gitleaks"],
    ["P04: a driver that there is not", '[sandbox]\ndriver = "chroot"', "sandbox.driver"],
    ["P04: a runtime that there is not", '[sandbox]\nruntime = "foo"', "sandbox.runtime"],
    ["I10: memory that is no number", '[sandbox]\nmemory_mib = "abc"', "sandbox.memory_mib"],
    ["I10: memory beyond the bounds", "[sandbox]\nmemory_mib = 1000000", "sandbox.memory_mib"],
    ["no process at all", "[sandbox]\nprocesses = 0", "sandbox.processes"],
    ["an image that is an option", '[sandbox]\nimage = "--privileged"', "sandbox.image"],
    [
      "a command as one line",
      command('name = "tests"\nargv = "npm test"\nresult = "reject"'),
      "validator.commands.0.argv",
    ],
    [
      "a command without a program",
      command('name = "tests"\nargv = []\nresult = "reject"'),
      "validator.commands.0.argv",
    ],
    [
      "a command that lets everything pass",
      command('name = "tests"\nargv = ["/bin/true"]\nresult = "accept"'),
      "validator.commands.0.result",
    ],
    ["a guard that accepts", '[guard]\nresult = "accept"', "guard.result"],
  ])("%s", (_, toml, key) => {
    expect(keys(toml)).toEqual([key]);
  });
});

test("an exception that says all it has to is none", () => {
  expect(keys(exclude(`rules = ["aws-access-key"]\npaths = ["test/**"]\n${WHY}`))).toEqual([]);
});
