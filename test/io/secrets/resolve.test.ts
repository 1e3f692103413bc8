// References to secrets: found where they say, refused when missing, short or known, and never in a message.
import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { CountersignError } from "../../../src/core/base/failure.ts";
import { envNames, resolveSecret, resolveSecrets, suppliedName } from "../../../src/io/secrets/resolve.ts";
import { loaded } from "../../support/presets.ts";

const token = randomBytes(32).toString("base64url");
const other = randomBytes(32).toString("base64url");
const read = (path: string): string => {
  if (path === "/good") return other;
  throw new CountersignError("config_invalid", `the secret's file ${path} does not exist`);
};

test.each([
  ["env:A", { A: token }, token],
  ["file:/good", {}, other],
  [token, {}, token],
  ["cmd:/usr/bin/pass a", { [suppliedName("cmd:/usr/bin/pass a")]: token }, token],
  ["keyring:countersign/a", { [suppliedName("keyring:countersign/a")]: token }, token],
])("%s", (ref, env, secret) => {
  expect(resolveSecret(ref, { env, read })).toBe(secret);
});

const KNOWN = ["dg", "hardened", "demo", "token"].join("-");

describe("refused, with the key and the place, without the secret", () => {
  test.each<[string, string, Readonly<Record<string, string>>, RegExp]>([
    ["a variable that is not set", "env:A", {}, /principals\.0\.tokens\.0: the variable A is not set/],
    ["an empty variable", "env:A", { A: "" }, /env:A .*fewer than 32/],
    ["31 characters", "env:A", { A: token.slice(0, 31) }, /env:A .*fewer than 32/],
    ["a known token", "env:A", { A: `${KNOWN}-${KNOWN}` }, /placeholder/],
    ["a placeholder", "env:A", { A: `changeme-${token}` }, /placeholder/],
    ["a line break inside", "env:A", { A: `${token}\n${token}` }, /header/],
    ["a file that is not there", "file:/none", {}, /\/none does not exist/],
    ["a program that nobody ran", "cmd:/usr/bin/pass a", {}, /countersign up only/],
    ["a keyring that nobody asked", "keyring:a/b", {}, /countersign up only/],
    [
      "a program under another's variable",
      "cmd:/usr/bin/pass a",
      { [suppliedName("cmd:/usr/bin/pass b")]: token },
      /countersign up only/,
    ],
    ["a reference to nowhere", "vault:a", {}, /unknown source/],
    ["a short literal", token.slice(0, 31), {}, /the literal .*fewer than 32/],
  ])("%s", (_, ref, env, why) => {
    let failure: unknown;
    try {
      resolveSecret(ref, { env, read }, "principals.0.tokens.0");
    } catch (cause) {
      failure = cause;
    }
    expect(failure).toBeInstanceOf(CountersignError);
    const { message, code, fix } = failure as CountersignError;
    expect(code).toBe("config_invalid");
    expect(message).toMatch(/^principals\.0\.tokens\.0: /);
    expect(message).toMatch(why);
    expect(message + (fix ?? "")).not.toContain(token.slice(0, 12));
  });
});

describe("of a whole configuration", () => {
  const entry = (name: string, ...refs: readonly string[]): string =>
    `[[principals]]\nname = "${name}"\nroles = ["reader"]\ntokens = ${JSON.stringify(refs)}\n`;

  test("by key and principal", () => {
    const { config } = loaded("default", entry("a", "env:A") + entry("b", "file:/good"));
    expect(resolveSecrets(config, { env: { A: token }, read })).toEqual([
      { key: "principals.0.tokens.0", ref: "env:A", principal: "a", secret: token },
      { key: "principals.1.tokens.0", ref: "file:/good", principal: "b", secret: other },
    ]);
  });

  test("one secret stands for one caller, however it is reached", () => {
    const { config } = loaded("default", entry("a", "env:A") + entry("b", "env:B"));
    expect(() => resolveSecrets(config, { env: { A: token, B: token }, read })).toThrow(
      /principals\.1.*\(principal b\).*same secret/,
    );
  });

  test("the variables that a bare process must be given", () => {
    const { config } = loaded(
      "default",
      entry("a", "env:A", "cmd:/bin/x", "env:B") + entry("b", "file:/good", "keyring:s/a"),
    );
    expect(envNames(config)).toEqual(["A", suppliedName("cmd:/bin/x"), "B", suppliedName("keyring:s/a")]);
    expect(suppliedName("cmd:/bin/x")).toMatch(/^COUNTERSIGN_SECRET_[0-9A-F]{16}$/);
  });
});
