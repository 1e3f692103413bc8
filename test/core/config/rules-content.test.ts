// Rules of masking that could not be applied, or would mask nothing, are faults of the configuration.
import { describe, expect, test } from "vitest";
import { parseConfig } from "../../../src/core/config/parse.ts";
import { presetText } from "../../support/served.ts";

const faults = (toml: string): readonly string[] => {
  const result = parseConfig(`preset = "quickstart"\n${toml}`, presetText);
  return result.ok ? [] : result.faults.map(({ key, message }) => `${key} ${message}`);
};
const rule = (words: string): string => `[[secrets.redact]]\nid = "one"\npaths = ["**"]\n${words}\n`;
const pattern = (text: string): string => rule(`pattern = '${text}'`);

describe("refused", () => {
  test.each<[string, string, string]>([
    ["neither form", rule(""), "secrets.redact.0 has neither pattern nor json_path"],
    [
      "both forms",
      rule("pattern = 'a'\njson_path = '$.a'"),
      "secrets.redact.0 has both pattern and json_path",
    ],
    ["two of one id", pattern("a") + pattern("b"), "secrets.redact.1.id is one, which another rule has"],
    ["look-around", pattern("(?=a)b"), "secrets.redact.0.pattern is no RE2 expression"],
    ["a back-reference", pattern("(a)\\1"), "secrets.redact.0.pattern is no RE2 expression"],
    ["what matches nothing", pattern("a*"), "secrets.redact.0.pattern matches the empty text"],
    ["what takes too long", pattern("(a{30}){30}"), "secrets.redact.0.pattern takes"],
    ["no JSONPath", rule("json_path = 'password'"), "secrets.redact.0.json_path is no JSONPath"],
    [
      "a principal that is not there",
      rule("pattern = 'a'\nprincipals = ['bot']"),
      "secrets.redact.0.principals names bot, and there is no such principal",
    ],
  ])("%s", (_, toml, said) => {
    expect(faults(toml).join("\n")).toContain(said);
  });
});

test("accepted: each form, and principals of the configuration and of this machine", () => {
  const bot = '[[principals]]\nname = "Bot"\nroles = ["reader"]\n';
  expect(faults(`${rule("pattern = 'a'\nprincipals = ['bot', 'local:stdio']")}${bot}`)).toEqual([]);
  expect(faults(rule("json_path = '$..a[?@.b > 1]'"))).toEqual([]);
});
