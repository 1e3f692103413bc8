// Which parts of which file are masked for whom: the rule pack, the operator's rules, their paths, principals and exceptions.
import { describe, expect, test } from "vitest";
import { scannerOf, type SecretScanner } from "../../../src/core/secrets/find.ts";
import { callerMaskers, publicMasker } from "../../../src/core/secrets/masker.ts";
import { configOf, shippedRules } from "../../support/served.ts";
import { pieced } from "../../support/pieced.ts";

const SECRET = "K".repeat(4) + "7Q2M9X4D";

/** Finds what is assigned to `key`. */
const scanner: SecretScanner = {
  find: (text, { counts = () => true }) =>
    [...text.matchAll(/key = ([A-Z0-9]+)/dg)].flatMap(({ indices }) => {
      const [start, end] = indices?.[1] ?? [0, 0];
      return counts("key-rule") ? [{ rule: "key-rule", start, end, line: 1 }] : [];
    }),
};

const rule = (words: string): string => `[[secrets.redact]]\n${words}\n`;
const PIN = rule('id = "pin"\npaths = ["**/*.json"]\njson_path = "$..pin"');
const BOT = '[[principals]]\nname = "Bot"\nroles = ["proposer"]\n';

const shown = (toml: string, path: string, text: string): string | undefined =>
  publicMasker(configOf(toml), scanner).mask(path, text)?.text;

describe("for everybody", () => {
  test.each<[string, string, string, string, string | undefined]>([
    ["a secret", "", "a.ts", `key = ${SECRET}\n`, "key = [REDACTED:key-rule]\n"],
    [
      "the same secret where nothing names it",
      "",
      "a.ts",
      `key = ${SECRET}\nlog(${SECRET})`,
      "key = [REDACTED:key-rule]\nlog([REDACTED:key-rule])",
    ],
    ["a short value elsewhere", "", "a.ts", "key = ABC\nABC", "key = [REDACTED:key-rule]\nABC"],
    [
      "nothing of the pack when mask is off",
      "[secrets]\nmask = false\n",
      "a.ts",
      `key = ${SECRET}`,
      `key = ${SECRET}`,
    ],
    [
      "the operator's rules even then",
      `[secrets]\nmask = false\n${PIN}`,
      "a.json",
      '{"pin": "12"}',
      '{"pin": "[REDACTED:pin]"}',
    ],
    [
      "nothing where the rule is excluded",
      '[[rules.exclude]]\nrules = ["key-rule"]\npaths = ["test/**"]\nreason = "made-up keys"\n',
      "test/a.ts",
      `key = ${SECRET}`,
      `key = ${SECRET}`,
    ],
    [
      "a secret whose finding is let pass for a while",
      '[[rules.suppress]]\nrule = "key-rule"\npath = "a.ts"\nreason = "being replaced"\nexpires = "2030-01-01T00:00:00Z"\n',
      "a.ts",
      `key = ${SECRET}`,
      "key = [REDACTED:key-rule]",
    ],
    [
      "a value of JSON, in its place",
      PIN,
      "x/a.json",
      '{ "b":1,\n"pin" : 1234 }',
      '{ "b":1,\n"pin" : "[REDACTED:pin]" }',
    ],
    ["a file of another path", PIN, "a.ts", '{"pin": 1}', '{"pin": 1}'],
    ["a path in other letters", PIN, "X/A.JSON", '{"pin": 1}', '{"pin": "[REDACTED:pin]"}'],
    [
      "an object, line by line",
      PIN,
      "a.json",
      '{"pin": {\n "a": 1 }}',
      '{"pin": [REDACTED:pin]\n[REDACTED:pin]}',
    ],
    ["nothing of a file that is no JSON", PIN, "a.json", '{"pin": 1', undefined],
    ["nothing of one with two equal keys", PIN, "a.json", '{"pin": 1, "pin": 2}', undefined],
    [
      "the group of a pattern",
      rule('id = "host"\npaths = ["**"]\npattern = \'host: (\\S+)\''),
      "a.yml",
      "😀 host: db1.example\nhost: db2.example",
      "😀 host: [REDACTED:host]\nhost: [REDACTED:host]",
    ],
    [
      "all of a match when the group took no part",
      rule('id = "either"\npaths = ["**"]\npattern = \'a(b)|cd\''),
      "a",
      "ab cd",
      "a[REDACTED:either] [REDACTED:either]",
    ],
    [
      "all of it when there is no group",
      rule('id = "word"\npaths = ["**"]\npattern = \'(?i)hush\''),
      "a",
      "Hush!",
      "[REDACTED:word]!",
    ],
  ])("%s", (_, toml, path, text, expected) => {
    expect(shown(toml, path, text)).toBe(expected);
  });
});

test("what overlaps with what was found is found as well", () => {
  // Of "aab" and "bcc", which share a character, only the first is told at a time.
  const overlapping: SecretScanner = {
    find: (text) =>
      [...text.matchAll(/aab|bcc|cc/dg)].map(({ index, 0: hit }) => ({
        rule: "shape",
        start: index,
        end: index + hit.length,
        line: 1,
        secret: "",
      })),
  };
  expect(publicMasker(configOf(), overlapping).mask("a.ts", "x aabcc y\n")?.text).toBe(
    "x [REDACTED:shape][REDACTED:shape] y\n",
  );
});

describe("for a caller", () => {
  const toml = `${rule('id = "salary"\npaths = ["**/*.json"]\nprincipals = ["Bot", "local:stdio"]\njson_path = "$.salary"')}${BOT}`;
  const of = callerMaskers(configOf(toml));
  const text = '{"salary": 10}';

  test("only those that the rule names, in any letter case", () => {
    expect(of("bot").mask("a.json", text)?.text).toBe('{"salary": "[REDACTED:salary]"}');
    expect(of("local:stdio").rulesFor("a.json")).toBe("salary");
    expect(of("local:unix").mask("a.json", text)).toEqual({ text, redactions: [] });
    expect([of("local:unix").rulesFor("a.json"), of("bot").rulesFor("a.ts")]).toEqual(["", ""]);
  });

  test("nothing of what cannot be read, and such a file is published to nobody", () => {
    expect(of("bot").mask("a.json", "{")).toBeUndefined();
    expect(shown(toml, "a.json", "{")).toBeUndefined();
    expect(shown(toml, "a.json", text)).toBe(text);
  });
});

describe("rules for a caller meet text that is masked already", () => {
  const forBot = (words: string): string => rule(`principals = ["Bot"]\n${words}`);
  const publicly = rule('id = "user"\npaths = ["*.yml"]\npattern = "user: (\\\\w+)"');
  const level = rule('id = "level"\npaths = ["*.json"]\njson_path = "$..level"');
  test.each<[string, string, string, string, boolean]>([
    [
      "a pattern over what is masked for everybody",
      publicly + forBot('id = "pin"\npaths = ["*.yml"]\npattern = "user: \\\\w+ pin: (\\\\d+)"'),
      "a.yml",
      "user: al pin: 4711\n",
      false,
    ],
    [
      "a pattern over what the rule pack masks",
      forBot('id = "door"\npaths = ["*.yml"]\npattern = "key = \\\\w+ door: (\\\\d+)"'),
      "a.yml",
      `key = ${SECRET} door: 4711\n`,
      false,
    ],
    [
      "a query that asks for a masked value",
      level + forBot('id = "high"\npaths = ["*.json"]\njson_path = "$[?(@.level > 3)].pin"'),
      "a.json",
      '[{"level": 5, "pin": "4711"}]',
      false,
    ],
    [
      "what is masked for everybody itself",
      publicly + forBot('id = "again"\npaths = ["*.yml"]\npattern = "user: (\\\\w+)"'),
      "a.yml",
      "user: al pin: 4711\n",
      true,
    ],
    [
      "a pattern that finds the same in both",
      publicly + forBot('id = "pin"\npaths = ["*.yml"]\npattern = "pin: (\\\\d+)"'),
      "a.yml",
      "user: al pin: 4711\n",
      true,
    ],
  ])("%s", (_, toml, path, text, served) => {
    // What would be shown to the caller, wholly or in part, is published to nobody.
    expect(shown(toml + BOT, path, text) !== undefined).toBe(served);
  });
});

test("of hits in one place, one whose rule is excluded hides no other", () => {
  const token = pieced(["gh", "p_", "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3hJ6"]);
  const toml =
    '[[rules.exclude]]\nrules = ["assigned-secret"]\npaths = ["**"]\nreason = "too many in test data"\n';
  const masked = publicMasker(configOf(toml), scannerOf(shippedRules().secrets));
  expect(masked.mask("a.ts", `password = "${token}"\n`)?.text).toBe('password = "[REDACTED:github-token]"\n');
});

test("so many parts that no call could take them as arguments", () => {
  const text = `[${'{"pin":1},'.repeat(140_000)}1]`;
  expect(publicMasker(configOf(PIN), scanner).mask("a.json", text)?.redactions).toEqual([
    { rule: "pin", count: 140_000 },
  ]);
}, 30_000);

test("an expression that looks to the end of the text for each of its hits is given up on", () => {
  let calls = 0;
  const watch = () => () => (calls += 1) > 3;
  const toml = rule('id = "opt"\npaths = ["**"]\npattern = "(?s)key=(\\\\w+)(?:.*END)?"');
  const masked = publicMasker(configOf(toml), scanner, watch);
  expect(masked.mask("a.txt", "key=a\n".repeat(3))).toBeDefined();
  calls = 0;
  expect(masked.mask("a.txt", "key=a\n".repeat(4))).toBeUndefined();
});
