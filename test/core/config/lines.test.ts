// Lines of keys: a fault that points to the wrong line sends a person to the wrong place.
import { describe, expect, test } from "vitest";
import { exactLineOf, lineOf } from "../../../src/core/config/lines.ts";

const TEXT = `log.level = "x"

[paths]
max_depth = 1
# max_depth = 2
[ publish ]
include = [
  "a = b",
]
[server."tools"]
name_style = 1 # [not.a.table]
note = """
[fake]
max = 1
"""
[server.http.tls]
key_file = "k"

[[principals]] # the first
name = "a"
tokens = ["env:A"]
[[principals]]
name = "b"
[principals.extra]
a = 1
`;

test.each([
  ["log.level", 1],
  ["paths", 3],
  ["paths.max_depth", 4],
  ["paths.other", 3],
  ["publish.include.0", 7],
  ["server.tools.name_style", 11],
  ["fake.max", 0],
  ["server.http", 16],
  ["server.http.tls.key_file", 17],
  ["server.http.port", 0],
  ["principals.0.name", 20],
  ["principals.0.tokens.0", 21],
  ["principals.1", 22],
  ["principals.1.name", 23],
  ["principals.1.roles", 22],
  ["principals.1.extra.a", 25],
  ["nowhere", 0],
])("%s stands on line %i", (key, line) => {
  expect(lineOf(TEXT, key)).toBe(line);
});

describe("exactly", () => {
  test.each([
    ["paths.max_depth", 4],
    ["paths.other", 0],
    ["server.http", 16],
    ["log", 1],
  ])("%s: %i", (key, line) => {
    expect(exactLineOf(TEXT, key)).toBe(line);
  });
});

test.each([
  ["an inline list of tables", 'a = 1\nprincipals = [{ name = "x" }]\n', "principals.0.name", 2],
  ["an inline table", "\nserver = { http = { port = 1 } }", "server.http.port", 2],
  ["spaces around dots", "a . b = 1", "a.b", 1],
  ["carriage returns", "[a]\r\nb = 1\r\n", "a.b", 2],
])("%s", (_, text, key, line) => {
  expect(lineOf(text, key)).toBe(line);
});
