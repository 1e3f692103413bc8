// SARIF of a verdict: fits the published schema whatever agents wrote, and says no more than what was signed.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { Ajv } from "ajv";
import { describe, expect, test } from "vitest";
import type { Finding, Verdict } from "../../../src/core/attestation/statement.ts";
import { refusal } from "../../../src/core/base/refusal.ts";
import type { Reason } from "../../../src/core/base/reason.ts";
import { sarifOf } from "../../../src/integrator/proposals/sarif.ts";
import { statementSample } from "../../support/sarif.ts";

type Check = Verdict["predicate"]["checks"][number];

/** Draft 04 as published; the words of it that later drafts spell differently are these. */
function schema(): object {
  const path = createRequire(import.meta.url).resolve(
    "@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json",
  );
  const {
    id: _id,
    $schema: _draft,
    ...rest
  } = JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
  return rest;
}
const valid = new Ajv({
  strict: false,
  allErrors: true,
  validateFormats: false,
  unicodeRegExp: false,
}).compile(schema());

const finding = (code: Reason, message: string, where: string, rule = "some-rule"): Finding => {
  const line = /:(\d+)$/.exec(where)?.[1];
  return { rule, line: line === undefined ? null : Number(line), refusal: refusal(code, message, where) };
};
const check = (
  id: string,
  result: Check["result"],
  findings: readonly Finding[],
  tool = "countersign",
): Check => ({
  id,
  result,
  tool: { name: tool, version: "8.30.1 sha256:0123456789ab" },
  findings: [...findings],
});

interface Result {
  ruleId: string;
  ruleIndex: number;
  level: string;
  message: { text: string };
  locations: {
    physicalLocation?: { artifactLocation: object; region?: object };
    logicalLocations?: object[];
  }[];
  partialFingerprints: Record<string, string>;
  suppressions?: object[];
}
interface Run {
  tool: { driver: { rules: { id: string }[] }; extensions: { name: string }[] };
  invocations: { executionSuccessful: boolean; toolExecutionNotifications: { level: string }[] }[];
  results: Result[];
  versionControlProvenance: object[];
}

function runOf(checks: readonly Check[], files: readonly string[] = []): Run {
  const log = JSON.parse(
    JSON.stringify(sarifOf(statementSample(checks), (path) => files.includes(path))),
  ) as { runs: [Run] };
  expect(valid(log), JSON.stringify(valid.errors?.slice(0, 3))).toBe(true);
  return log.runs[0];
}

test("the schema refuses what is none", () => {
  expect(valid({ version: "2.1.0", runs: [{}] })).toBe(false);
  expect(
    valid({
      version: "2.1.0",
      runs: [{ tool: { driver: { name: "x" } }, results: [{ level: "bad", message: {} }] }],
    }),
  ).toBe(false);
});

describe("hostile findings", () => {
  test.each([
    "../../../etc/passwd:1",
    "/etc/passwd:1",
    "C:\\x:1",
    "a//b:1",
    "./a:1",
    "..:1",
    "",
    "file:///etc/passwd:1",
    "javascript:alert(1):1",
    "a b/ü#?%20:1",
    "\ud800:1",
    "title",
    "x:0",
  ])("%j is no address outside of the repository", (where) => {
    const [result] = runOf([check("paths", "FAILED", [finding("path_protected", "bad", where)])]).results;
    const { physicalLocation } = result!.locations[0]!;
    if (physicalLocation === undefined) return;
    const { uri } = physicalLocation.artifactLocation as { uri: string };
    const base = "https://root.example/one/two/";
    expect(new URL(uri, base).href.startsWith(base)).toBe(true);
    expect(uri).not.toMatch(/^[a-z]+:|^\//i);
  });

  test("a message is no link and no placeholder", () => {
    const [result] = runOf([
      check("paths", "FAILED", [
        finding("path_protected", "see [here](https://evil.example) {0} {12}", "a.ts:1"),
      ]),
    ]).results;
    expect(result?.message.text).not.toContain("](");
    expect(result?.message.text).toContain("{{0}} {{12}}");
  });
});

test("level by result of the check", () => {
  const one = finding("static_finding", "is dangerous", "src/a.ts:3");
  const run = runOf([
    check("a", "FAILED", [one]),
    check("b", "WARNED", [one]),
    check("c", "ERROR", [finding("check_error", "could not", "c")]),
    check("d", "SKIPPED", []),
    check("e", "PASSED", [one]),
  ]);
  expect(run.results.map(({ level }) => level)).toEqual(["error", "warning", "error", "note"]);
  expect(run.invocations[0]?.executionSuccessful).toBe(false);
  expect(run.invocations[0]?.toolExecutionNotifications.map(({ level }) => level)).toEqual([
    "error",
    "warning",
  ]);
});

test("what an exception let pass is a note with its justification, under the rule that fired", () => {
  const passed = finding(
    "finding_let_pass",
    "let pass until 2027-01-01T00:00:00Z (secret_suspected): test data, made up",
    "test/a.ts:2",
    "aws-key",
  );
  const run = runOf([
    check("secrets", "FAILED", [
      finding("secret_suspected", "looks like one", "src/b.ts:9", "aws-key"),
      passed,
    ]),
  ]);
  expect(run.results.map(({ level, ruleId, suppressions }) => [level, ruleId, suppressions])).toEqual([
    ["error", "secret_suspected/aws-key", undefined],
    [
      "note",
      "secret_suspected/aws-key",
      [{ kind: "external", status: "accepted", justification: "test data, made up" }],
    ],
  ]);
  expect(run.tool.driver.rules).toMatchObject([{ id: "secret_suspected/aws-key", name: "secret_suspected" }]);
});

test("an exception's words cannot name a reason that is none", () => {
  const odd = finding("finding_let_pass", "let pass (__proto__): x", "a.ts:1");
  expect(runOf([check("secrets", "PASSED", [odd])]).results[0]?.ruleId).toBe("finding_let_pass/some-rule");
});

test("places are relative to the root of the repository, at the base commit", () => {
  const run = runOf(
    [
      check("paths", "FAILED", [
        finding("path_protected", "x", "src/ä b.ts:7"),
        finding("path_dependency", "y", "package.json"),
      ]),
    ],
    ["package.json"],
  );
  expect(run.results.map(({ locations }) => locations[0]?.physicalLocation)).toEqual([
    { artifactLocation: { uri: "src/%C3%A4%20b.ts", uriBaseId: "SRCROOT" }, region: { startLine: 7 } },
    { artifactLocation: { uri: "package.json", uriBaseId: "SRCROOT" } },
  ]);
  expect(run.versionControlProvenance).toEqual([
    {
      repositoryUri: "urn:countersign:repository:desk",
      revisionId: "1".repeat(40),
      branch: "refs/heads/main",
      mappedTo: { uriBaseId: "SRCROOT" },
    },
  ]);
});

test("fingerprints stay when lines move, and tell two of a kind apart", () => {
  const at = (...lines: readonly number[]): readonly string[] =>
    runOf([
      check(
        "s",
        "WARNED",
        lines.map((line) => finding("static_finding", "eval", `a.ts:${line}`)),
      ),
    ]).results.map(({ partialFingerprints }) => partialFingerprints["countersign/v1"] ?? "");
  expect(at(3, 9)).toEqual(at(13, 90));
  expect(new Set(at(3, 9, 12)).size).toBe(3);
});

test("tools of others and rule packs are extensions", () => {
  const names = runOf([
    check("scanner-gitleaks", "PASSED", [], "gitleaks"),
    check("paths", "PASSED", []),
  ]).tool.extensions.map(({ name }) => name);
  expect(names).toEqual(["gitleaks", "countersign-rules-paths", "countersign-rules-secrets"]);
});

test("every rule of a result is described once", () => {
  const run = runOf([
    check("a", "FAILED", [
      finding("static_finding", "x", "a.ts:1", "r1"),
      finding("static_finding", "x", "a.ts:2", "r2"),
    ]),
    check("b", "FAILED", [finding("static_finding", "y", "b.ts:1", "r1")]),
  ]);
  for (const { ruleId, ruleIndex } of run.results) expect(run.tool.driver.rules[ruleIndex]?.id).toBe(ruleId);
  expect(run.tool.driver.rules).toHaveLength(2);
});
