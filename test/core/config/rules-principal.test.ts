// Principals: one name, one subject, one caller.
import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { faultsOf, keysOf } from "../../support/presets.ts";

const token = randomBytes(32).toString("base64url");
const entry = (name: string, rest: string): string =>
  `[[principals]]\nname = "${name}"\nroles = ["reader"]\n${rest}\n`;

test.each<[string, string, readonly string[]]>([
  [
    "a token beside its next one",
    entry("a", `subjects = ["token:${"a1".repeat(32)}", "token:${"b2".repeat(32)}"]`),
    [],
  ],
  [
    "the same subject twice in one entry",
    entry("a", 'subjects = ["local:unix", "local:unix"]'),
    ["principals.0.subjects.1"],
  ],
  [
    "one token of two callers",
    entry("a", `tokens = ["${token}"]`) + entry("b", `tokens = ["${token}"]`),
    ["principals.1.tokens.0"],
  ],
  [
    "one reference of two callers",
    entry("a", 'tokens = ["env:A"]') + entry("b", 'tokens = ["env:A"]'),
    ["principals.1.tokens.0"],
  ],
  ["names that differ in letter case", entry("Ann", "") + entry("ann", ""), ["principals.1.name"]],
  ["our own name", entry("Validator", ""), ["principals.0.name"]],
  ["a leap day", entry("a", 'expires = "2028-02-29T23:59:59Z"'), []],
  ["no leap day", entry("a", 'expires = "2027-02-29T00:00:00Z"'), ["principals.0.expires"]],
  ["the hour 24", entry("a", 'expires = "2027-01-01T24:00:00Z"'), ["principals.0.expires"]],
  ["the month 13", entry("a", 'expires = "2027-13-01T00:00:00.000Z"'), ["principals.0.expires"]],
])("%s", (_, toml, keys) => {
  expect(keysOf(faultsOf("default", toml))).toEqual(keys);
});
