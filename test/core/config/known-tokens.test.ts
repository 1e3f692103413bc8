// Tokens that everybody knows: published ones, words, and every token-like text that our own pages print.
import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { sha256 } from "../../../src/core/base/digest.ts";
import { isKnownDigest, weakness } from "../../../src/core/config/known-tokens.ts";
import { secretFault } from "../../../src/core/config/rules-secret.ts";
import { files, read } from "../../house/files.ts";

const joined = (...words: readonly string[]): string => words.join("-");

test.each([joined("dg", "hardened", "demo", "token"), joined("dg", "container", "demo", "token")])(
  "%s",
  (token) => {
    expect(weakness(token)).toMatch(/published/);
    expect(isKnownDigest(sha256(token))).toBe(true);
  },
);

test.each(["", "changeme", "password", "secret", "token"])("the digest of %j", (word) => {
  expect(isKnownDigest(sha256(word))).toBe(true);
});

test.each([
  "CHANGE_ME_0123456789abcdefghijklmno",
  "your-token-goes-here-0123456789abcdef",
  "this-is-an-example-token-0123456789",
  "replace_with_a_long_random_string_12",
  "0123456789-insecure-0123456789-abcdef",
  "x".repeat(43),
  "12".repeat(20),
])("%s is weak", (token) => {
  expect(weakness(token)).toBeDefined();
});

test("random tokens are not", () => {
  for (let round = 0; round < 500; round++)
    expect(weakness(randomBytes(32).toString("base64url"))).toBeUndefined();
  expect(isKnownDigest(sha256(randomBytes(8)))).toBe(false);
});

describe("nothing that our pages, examples and presets print is accepted as a secret", () => {
  const printed = files
    .filter((path) => /^(?:README\.md|SECURITY\.md|docs\/|presets\/|config\/)/.test(path))
    .flatMap((path) => [
      ...read(path).matchAll(
        /(?:[Bb]earer |tokens? *= *\[? *"|secret *= *")([^\s"`'<$]{8,})|\b(cst_[0-9a-f]{16}_[\w-]{43})/g,
      ),
    ])
    .map(([, given, ours]) => given ?? ours ?? "")
    .filter((text) => !/^(?:env|file|cmd|keyring):/.test(text));

  test("as a literal", () => {
    expect(printed.filter((text) => secretFault(text) === undefined)).toEqual([]);
  });
});
