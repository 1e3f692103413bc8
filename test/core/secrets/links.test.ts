// What is assigned to a name, in the ways of many languages; and names that say that their value is no secret.
import { describe, expect, test } from "vitest";
import { linkAt, tellsNoSecret } from "../../../src/core/secrets/links.ts";

/** Put together, so that no scanner takes this file for a leak. */
const DRAWN = ["q7Vn", "2Xk9", "Lr4T"].join("");

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

test.each([
  ["SENTRY_CLI_SHA256", "a".repeat(64), true],
  ["secrets.ts", "a".repeat(40), true],
  ["discord_channel_id", "1122334455", true],
  ["api_key", "a".repeat(64), false],
  ["cli_sha256", "no digest", false],
  ["secretArn", "arn:aws:secretsmanager:eu-west-1:1122334455:secret:db", true],
  ["password_board", DRAWN, false],
  ["secret_channel", DRAWN, false],
  ["password_version", "a".repeat(40), false],
])("%s tells of no secret: %s", (name, value, expected) => {
  expect(tellsNoSecret({ operator: "=", quoted: true, value: 0, name, before: "" }, value)).toBe(expected);
});
