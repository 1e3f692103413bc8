// What is assigned to a name, in the ways of many languages.
import { describe, expect, test } from "vitest";
import { linkAt } from "../../../src/core/secrets/links.ts";

/** What stands behind the link at the end of `word`. */
function valueOf(text: string, word: string): string | undefined {
  const link = linkAt(text, text.indexOf(word) + word.length);
  return link === undefined ? undefined : text.slice(link.value, link.value + 5);
}

describe("a value is found", () => {
  test.each([
    ["an assignment", 'password = "value"', "password"],
    ["JSON", '"password": "value"', "password"],
    ["Rust", 'const API_KEY: &str = "value";', "API_KEY"],
    ["Swift", 'let apiKey: String = "value"', "apiKey"],
    ["Go", 'key := []byte("value")', "key"],
    ["a call", 'setApiKey("value")', "ApiKey"],
    ["C", '#define API_KEY "value"', "API_KEY"],
    ["markup", '<add key="ApiKey" value="value"/>', "ApiKey"],
    ["two lines of YAML", '- name: DB_PASSWORD\n  value: "value"', "DB_PASSWORD"],
    ["Terraform", 'variable "db_password" { default = "value" }', "db_password"],
    ["a word of a command line", "tool --password value", "--password"],
  ])("%s", (_, text, word) => {
    expect(valueOf(text, word)).toBe("value");
  });
});

test.each([
  ["a sentence", "the password was lost", "password"],
  ["the end", "password", "password"],
])("%s assigns nothing", (_, text, word) => {
  expect(valueOf(text, word)).toBeUndefined();
});
