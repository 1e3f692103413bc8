// What the mutation run (npm run mutate) found unnoticed in questions: where a name ends, and which key made a fault.
import { describe, expect, test } from "vitest";
import { queryFaults } from "../../../src/core/gate/compile-query.ts";
import type { ConditionEntry } from "../../../src/core/config/schema-gates.ts";
import { presetValues } from "../../support/presets.ts";

const quick = presetValues("quickstart").evidence;
const open = {
  ...quick,
  providers: ["time", "env", "json", "http", "git", "checks", "caller", "signed"] as const,
  accept_claims: true,
  json: { ...quick.json, root: "facts", allow_yaml: false },
  http: { ...quick.http, allowed_hosts: ["ci.example"] },
} as unknown as typeof quick;
type Asked = Pick<ConditionEntry, "provider" | "query">;
const at = (leaf: string, message: string, fix: string): { key: string; message: string; fix: string } => ({
  key: `conditions.c.${leaf}`,
  message,
  fix,
});
const faults = ({ provider, query }: Asked, evidence = open): ReturnType<typeof queryFaults> =>
  queryFaults({ id: "c", comparator: "exists", provider, query }, evidence, at);
const messages = (asked: Asked): readonly string[] => faults(asked).map(({ message }) => message);
const url = (text: string): Asked => ({ provider: "http", query: { check: "status", url: text } });
const file = (name: string): Asked => ({ provider: "json", query: { check: "path", file: name } });

describe("a URL that holds credentials, of any kind", () => {
  test.each(["https://a@ci.example/", "https://:b@ci.example/", "https://a:b@ci.example/"])("%s", (text) => {
    expect(messages(url(text))).toEqual(["holds credentials or a fragment"]);
  });
});

test("one without is taken", () => {
  expect(messages(url("https://ci.example/a?b=c"))).toEqual([]);
});

describe("a file", () => {
  test.each(["/etc/passwd", "//a", "a/", "a//b", "./a", "a/../b"])("%j is no plain path", (name) => {
    expect(messages(file(name))).toEqual(["is no plain path below evidence.json.root"]);
  });

  test.each(["a.yaml.json", "a.yml/b.json", "yaml", "a.json"])("%s is no YAML", (name) => {
    expect(messages(file(name))).toEqual([]);
  });

  test.each(["a.yaml", "a.yml", "a.YML"])("%s is", (name) => {
    expect(messages(file(name))).toEqual(["is YAML, and evidence.json.allow_yaml is off"]);
  });
});

describe("a name ends where its letters end", () => {
  test.each<[string, Asked]>([
    ["check", { provider: "checks", query: { check: "result", name: "tree " } }],
    ["claim", { provider: "caller", query: { check: "claim", name: "tests/2" } }],
    ["statement", { provider: "signed", query: { check: "statement", name: "tests*" } }],
  ])("%s", (what, asked) => {
    expect(messages(asked)).toEqual([`is no name of a ${what}`]);
  });
});

test("a fault names the key that took the provider away, or that lacks a signer", () => {
  const none = { ...open, providers: [] };
  expect(faults({ provider: "time", query: { check: "now" } }, none)).toEqual([
    {
      key: "conditions.c.provider",
      because: "evidence.providers",
      message: "asks time, which evidence.providers does not list",
      fix: 'Write in [evidence]: providers = [… , "time"], or ask another.',
    },
  ]);
  expect(faults({ provider: "signed", query: { check: "statement", name: "lint" } })).toMatchObject([
    { key: "evidence.keys", because: "conditions.c.query" },
  ]);
});
