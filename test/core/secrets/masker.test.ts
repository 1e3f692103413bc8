// Which parts of which file are masked for whom: the rule pack, the operator's rules, their paths, principals and exceptions.
import { describe, expect, test } from "vitest";
import type { SecretScanner } from "../../../src/core/secrets/find.ts";
import { callerMaskers, publicMasker } from "../../../src/core/secrets/masker.ts";
import { configOf } from "../../support/served.ts";

const SECRET = "K".repeat(4) + "7Q2M9X4D";

/** Finds what is assigned to `key`. */
const scanner: SecretScanner = {
  find: (text) =>
    [...text.matchAll(/key = ([A-Z0-9]+)/dg)].flatMap(({ indices }) => {
      const [start, end] = indices?.[1] ?? [0, 0];
      return [{ rule: "key-rule", start, end, line: 1, secret: "" }];
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
