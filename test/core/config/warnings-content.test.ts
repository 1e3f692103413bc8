// Warnings about checks of content: lines that change nothing, lists that allow nothing, exceptions that reach nothing.
import { expect, test } from "vitest";
import { contentWarnings, ruleIdsOf } from "../../../src/core/config/warnings-content.ts";
import { presetNames } from "../../../src/core/config/schema.ts";
import { loaded, presetValues } from "../../support/presets.ts";
import { NOON } from "../../support/proposals.ts";
import { shippedRules } from "../../support/served.ts";

const known = ruleIdsOf(shippedRules());
const warned = (toml: string): readonly string[] =>
  contentWarnings(loaded("default", toml).config, { now: NOON, rules: known }).map(({ key }) => key);
const past = new Date(NOON).toISOString();
const later = new Date(NOON + 1).toISOString();
const suppress = (rule: string, expires: string): string =>
  `[rules]\nsuppress = [{ rule = "${rule}", path = "test/a.ts", reason = "made up for tests", expires = "${expires}" }]`;
const exclude = (...rules: readonly string[]): string =>
  `[rules]\nexclude = [{ rules = ${JSON.stringify(rules)}, paths = ["test/**"], reason = "made up for tests" }]`;

test.each<readonly [string, string, readonly string[]]>([
  [
    "rules for a scanner that is off",
    '[scanners]\nsemgrep = "off"\nsemgrep_rules = "r"',
    ["scanners.semgrep_rules"],
  ],
  ["scanners without a sandbox", '[sandbox]\ndriver = "none"', ["sandbox.driver"]],
  ["no import at all", "[static_analysis]\nallowed_imports = []", ["static_analysis.allowed_imports"]],
  [
    "every import denied",
    '[static_analysis]\ndenied_imports = ["fs", "*"]',
    ["static_analysis.denied_imports"],
  ],
  [
    "an exclusion of a rule that nobody has",
    exclude("credentials", "credentails"),
    ["rules.exclude.0.rules"],
  ],
  ["a suppression of a rule that nobody has", suppress("aws", later), ["rules.suppress.0.rule"]],
  ["a suppression that is over", suppress("aws-access-key", past), ["rules.suppress.0.expires"]],
  ["one that holds another moment", suppress("aws-access-key", later), []],
  [
    "rules of scanners and of checks without a pack",
    exclude("gitleaks-x", "semgrep-a.b", "bandit-b101", "secretlint-aws", "hidden-bidi", "unpublished"),
    [],
  ],
])("%s", (_what, toml, keys) => {
  expect(warned(toml)).toEqual(keys);
});

test("a preset as it is shipped has none", () => {
  for (const name of presetNames)
    expect(contentWarnings(presetValues(name), { now: NOON, rules: known })).toEqual([]);
});

test("the ids of every pack are known", () => {
  for (const id of ["credentials", "aws-access-key"]) expect(known).toContain(id);
});

test("a guard that is off, with words that would count were it on", () => {
  const { config } = loaded("quickstart");
  const guard = { ...config.guard, enabled: false, trusted: ["a"] };
  const found = contentWarnings({ ...config, guard }, { now: NOON, rules: known });
  expect(found.map(({ key }) => key)).toEqual(["guard.enabled"]);
});
