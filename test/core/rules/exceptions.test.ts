// Exceptions from the rule packs: what they reach, what they never reach, and when they end.
import { describe, expect, test } from "vitest";
import { parse } from "smol-toml";
import type { Reason } from "../../../src/core/base/reason.ts";
import { refusal } from "../../../src/core/base/refusal.ts";
import type { TargetFinding } from "../../../src/core/proposal/targets.ts";
import { rules as rulesSchema } from "../../../src/core/config/schema-checks.ts";
import { exceptionFix, exceptionsOf } from "../../../src/core/rules/exceptions.ts";
import { NOON } from "../../support/proposals.ts";

const found = (
  rule: string,
  where: string,
  code: Reason = "secret_suspected",
  fingerprint?: string,
): TargetFinding => ({ rule, refusal: refusal(code, "found", where), fingerprint });

const FILES = new Set(["test/keys.ts", "src/a.ts", "test/[x].ts", "rationale"]);
const PRINT = "0123456789abcdef";
const exceptions = exceptionsOf({
  exclude: [{ rules: ["aws-key", "auth"], paths: ["test/**"], reason: "made-up keys of tests" }],
  suppress: [
    {
      rule: "token",
      path: "src/a.ts",
      fingerprint: PRINT,
      reason: "known and revoked",
      expires: "2026-11-23T00:00:00Z",
    },
    { rule: "eval", path: "src/a.ts", reason: "being removed", expires: "2026-11-22T10:00:00Z" },
    { rule: "exec", path: "src/a.ts", reason: "being removed", expires: "2026-11-22T10:00:01Z" },
  ],
});
const isPassed = (one: TargetFinding, now = NOON): boolean =>
  exceptions.sift([one], FILES, now).passed.length === 1;

describe("counts still", () => {
  test.each<[string, TargetFinding]>([
    ["another rule", found("other-key", "test/keys.ts:3")],
    ["another place", found("aws-key", "src/a.ts:3")],
    ["a file that the patch does not name", found("aws-key", "test/other.ts:3")],
    ["a title", found("aws-key", "title")],
    ["the words of a patch that also names a file so", { ...found("exec", "src/a.ts"), about: "words" }],
    ["a path that was cut for print", found("aws-key", `test/${"x".repeat(600)}`)],
    [
      "another secret of the same rule",
      found("token", "src/a.ts:1", "secret_suspected", `1${PRINT.slice(1)}`),
    ],
    ["a secret without a fingerprint where one is meant", found("token", "src/a.ts:1")],
    ["a suppression at the instant when it ends", found("eval", "src/a.ts:1", "static_finding")],
    ["a path in another case", found("exec", "src/A.ts:1", "static_finding")],
  ])("%s", (_, one) => {
    expect(exceptions.sift([one], FILES, NOON)).toEqual({ left: [one], passed: [] });
  });

  test.each<Reason>([
    "path_blocked",
    "diff_mode",
    "diff_link",
    "tree_differs",
    "check_error",
    "scanner_failed",
    "scanner_missing",
    "command_failed",
    "target_missing",
    "guard_failed",
    "finding_let_pass",
  ])("%s, whatever the configuration says", (code) => {
    expect(isPassed(found("auth", "test/keys.ts", code))).toBe(false);
  });
});

describe("is let pass", () => {
  test.each<[string, TargetFinding, string]>([
    [
      "an excluded rule",
      found("aws-key", "test/keys.ts:3"),
      "let pass (secret_suspected): made-up keys of tests",
    ],
    [
      "a name",
      found("auth", "test/keys.ts", "path_protected"),
      "let pass (path_protected): made-up keys of tests",
    ],
    [
      "the secret that is meant",
      found("token", "src/a.ts:7", "secret_suspected", PRINT),
      "let pass until 2026-11-23T00:00:00Z (secret_suspected): known and revoked",
    ],
    [
      "a suppression before its end",
      found("exec", "src/a.ts:7", "static_finding"),
      "let pass until 2026-11-22T10:00:01Z (static_finding): being removed",
    ],
  ])("%s, and stays listed with rule, place and reason", (_, one, message) => {
    const { left, passed } = exceptions.sift([one], FILES, NOON);
    expect(left).toEqual([]);
    expect(passed).toMatchObject([
      { rule: one.rule, refusal: { code: "finding_let_pass", where: one.refusal.where, message } },
    ]);
  });
});

test("a suppression that is over, or that nothing needs, is idle; one that lets something pass is not", () => {
  const needed = found("exec", "src/a.ts:7", "static_finding");
  const over = found("eval", "src/a.ts:7", "static_finding");
  const idle = exceptions.idle([needed, over], FILES, NOON).map(({ rule }) => rule);
  expect(idle).toEqual(["token", "eval"]);
  expect(exceptions.idle([], new Set(["src/other.ts"]), NOON)).toEqual([]);
});

describe("the fix of a refusal", () => {
  test.each(["src/a.ts", "test/[x],{y}.ts", "docs/ü b.md", "a'b.ts"])(
    "for %s can be pasted, and works",
    (path) => {
      const fix = exceptionFix("aws-key", path);
      const toml = `[rules]\n${fix.slice(fix.indexOf("exclude ="))}\nsuppress = []\n`;
      const parsed = rulesSchema.parse((parse(toml) as { rules: unknown }).rules);
      const one = found("aws-key", `${path}:1`);
      expect(exceptionsOf(parsed).sift([one], new Set([path]), NOON).passed).toHaveLength(1);
    },
  );

  test.each(["src/flow.js", "src/[slug].ts", 'a "b".js'])(
    "for code that nobody can read reaches one file for a time, says what it opens, and does what it says: %s",
    (path) => {
      const fix = exceptionFix("unreadable", path);
      expect(fix).not.toContain("exclude");
      expect(fix).toContain("nobody is told then what it runs");
      expect(fix.length).toBeLessThan(340);
      const line = fix.slice(fix.indexOf("suppress =")).replace("YYYY-MM-DD", "2026-11-30");
      const parsed = rulesSchema.parse(
        (parse(`[rules]\nexclude = []\n${line}\n`) as { rules: unknown }).rules,
      );
      const at = (file: string): number =>
        exceptionsOf(parsed).sift([found("unreadable", `${file}:1`, "static_finding")], new Set([file]), NOON)
          .passed.length;
      expect([at(path), at("src/other.js")]).toEqual([1, 0]);
    },
  );

  test("of a path too long for it names the key only", () => {
    const said = exceptionFix("aws-key", `${"x".repeat(300)}.ts`);
    expect(said).toContain("rules.exclude");
    expect(said.length).toBeLessThan(200);
    expect(exceptionFix("misread", "src/a.py")).not.toContain("exclude");
    expect(exceptionFix("unreadable", `${"x".repeat(300)}.ts`)).toMatch(
      /rules\.suppress.*nobody is told then what it runs/,
    );
  });
});
