// Questions that a configuration can never have answered are refused when it is loaded.
import { describe, expect, test } from "vitest";
import { HTTP, JSON_ROOT, ask, declared, exists, isTrue, said, verdict } from "../../support/policies.ts";
import { publicKeyText } from "../../support/presets.ts";

const key = (checks: string): string =>
  `[[evidence.keys]]\nname = "ci"\nkey = "${publicKeyText()}"\nchecks = ${checks}\n`;

describe("refused", () => {
  test.each<[string, string, string]>([
    [
      "a provider that is not listed",
      ask("http", 'check = "status", url = "https://ci.example"', exists) + verdict('"c"'),
      "conditions.c.provider: asks http, which evidence.providers does not list",
    ],
    [
      "an instant that is none",
      ask("time", 'check = "after", instant = "tomorrow"', isTrue),
      "conditions.c.query.instant: is no instant of RFC 3339",
    ],
    [
      "a day that does not exist",
      ask("time", 'check = "before", instant = "2027-02-29T00:00:00Z"', isTrue),
      "conditions.c.query.instant: is no instant of RFC 3339",
    ],
    [
      "an instant of no zone",
      ask("time", 'check = "after", instant = "2027-01-01T00:00:00"', isTrue),
      "conditions.c.query.instant: is no instant of RFC 3339",
    ],
    [
      "a variable that nobody opened",
      ask("env", 'check = "get", key = "HOME"', exists),
      "conditions.c.query.key: names a variable that evidence.env.allow does not",
    ],
    [
      "a file where there is no folder",
      ask("json", 'check = "path", file = "a.json"', declared),
      "conditions.c.provider: asks json, but evidence.json.root is empty: no file may be read",
    ],
    ...["/etc/passwd", "../a.json", "a/../../b", "a//b", "./a", "a\\u0000"].map(
      (file): [string, string, string] => [
        `the file ${file}`,
        JSON_ROOT + ask("json", `check = "path", file = "${file}"`, declared),
        "conditions.c.query.file: is no plain path below evidence.json.root",
      ],
    ),
    [
      "YAML where it is off",
      `${JSON_ROOT}allow_yaml = false\n${ask("json", 'check = "path", file = "a.yml"', declared)}`,
      "conditions.c.query.file: is YAML, and evidence.json.allow_yaml is off",
    ],
    [
      "a JSONPath that is none",
      JSON_ROOT + ask("json", 'check = "path", file = "a.json", jsonpath = "a.b"', declared),
      "conditions.c.query.jsonpath: is no JSONPath (RFC 9535): $ is expected at character 1",
    ],
    [
      "what is no URL",
      HTTP + ask("http", 'check = "status", url = "ci.example"', exists),
      "conditions.c.query.url: is no URL",
    ],
    [
      "clear text",
      HTTP + ask("http", 'check = "status", url = "http://ci.example/"', exists),
      "conditions.c.query.url: is not https",
    ],
    [
      "a password",
      HTTP + ask("http", 'check = "status", url = "https://a:b@ci.example/"', exists),
      "conditions.c.query.url: holds credentials or a fragment",
    ],
    [
      "another host",
      HTTP + ask("http", 'check = "status", url = "https://ci.example.evil.example/"', exists),
      "conditions.c.query.url: asks the host ci.example.evil.example, which evidence.http.allowed_hosts does not name",
    ],
    [
      "a glob that is none",
      ask("git", 'check = "touches", globs = ["src/**", "{a"]', isTrue),
      "conditions.c.query.globs.1: is not a glob (use *, **, ?, {a,b})",
    ],
    [
      "a check that cannot exist",
      ask("checks", 'check = "findings", name = "Struct ure"', 'comparator = "equals"\nexpected = 0'),
      "conditions.c.query.name: is no name of a check",
    ],
    [
      "a claim that nobody can make",
      ask("caller", 'check = "claim", name = "Tests"', declared),
      "conditions.c.query.name: is no name of a claim",
    ],
    [
      "claims where none are accepted",
      `[evidence]\naccept_claims = false\n${ask("caller", 'check = "claim", name = "tests"', declared)}`,
      "conditions.c.query: asks for a claim, but evidence.accept_claims is off: there is none",
    ],
    [
      "a statement that no key may make",
      key('["lint"]') + ask("signed", 'check = "statement", name = "tests"', declared) + verdict('"c"'),
      "evidence.keys: holds no key that may speak about tests, so conditions.c could never hold",
    ],
    [
      "a statement of no name",
      ask("signed", 'check = "statement", name = "*"', declared),
      "conditions.c.query.name: is no name of a statement",
    ],
  ])("%s", (_, toml, fault) => {
    expect(said(toml)).toEqual([fault]);
  });
});

describe("not opened, and named by no gate", () => {
  test.each([
    ["a provider that is not listed", ask("http", 'check = "status", url = "https://ci.example"', exists)],
    ["a statement that no key may make", ask("signed", 'check = "statement", name = "tests"', declared)],
  ])("%s", (_, toml) => {
    expect(said(toml)).toEqual([]);
    expect(said(`${toml}[gates.landing]\nrequire = { not = "c" }\n`)).toHaveLength(1);
  });

  test("hardened without keys, when the file asks for other things at both gates", () => {
    const own = '[namespace]\nname = "team-a"\n[gates.verdict]\nrequire = "checks_passed"\n';
    const keys = (toml: string): readonly string[] =>
      said(toml, "hardened").filter((fault) => fault.startsWith("evidence.keys"));
    expect(keys(own)).toHaveLength(1);
    expect(keys(`${own}[gates.landing]\nrequire = "tree_checked"\n`)).toEqual([]);
  });
});

describe("taken", () => {
  test.each<[string, string]>([
    [
      "an instant with an offset",
      ask("time", 'check = "after", instant = "2027-01-01T00:00:00+01:00"', isTrue),
    ],
    [
      "a variable that is open",
      `[evidence.env]\nallow = ["CI"]\n${ask("env", 'check = "get", key = "CI"', exists)}`,
    ],
    [
      "a file below the folder",
      JSON_ROOT + ask("json", 'check = "path", file = "a/b.yaml", jsonpath = "$.a"', declared),
    ],
    [
      "a host that is open",
      HTTP + ask("http", 'check = "json", url = "https://ci.example:8443/a?b=c", jsonpath = "$"', declared),
    ],
    ["globs", ask("git", 'check = "touches", globs = ["src/**"]', isTrue)],
    ["a claim", ask("caller", 'check = "claim", name = "tests.unit_1"', declared)],
    [
      "who the caller is, without claims",
      `[evidence]\naccept_claims = false\n${ask("caller", 'check = "principal"', exists)}`,
    ],
    [
      "a statement of a key's",
      key('["lint", "tests"]') + ask("signed", 'check = "statement", name = "tests"', declared),
    ],
    [
      "a statement of a key for all",
      key('["*"]') + ask("signed", 'check = "statement", name = "tests"', declared),
    ],
  ])("%s", (_, toml) => {
    expect(said(toml)).toEqual([]);
  });
});
