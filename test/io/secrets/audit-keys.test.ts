// I23: the keys of an encrypted log: refused when they are none, and never in a message.
import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { auditKey } from "../../../src/core/audit/sealed-line.ts";
import { auditKeysOf } from "../../../src/io/secrets/audit-keys.ts";
import { loaded } from "../../support/presets.ts";

const hex = randomBytes(32).toString("hex");
const other = randomBytes(32).toString("hex");
const config = (audit: string) => loaded("default", `[audit]\n${audit}`).config;
const keysOf = (audit: string, env: Readonly<Record<string, string>>) =>
  auditKeysOf(config(audit), { env, read: () => other });

describe("refused, naming the place", () => {
  test.each<[string, string, Readonly<Record<string, string>>, RegExp]>([
    ["a variable that is not set", 'encryption_key = "env:A"', {}, /audit\.encryption_key: the variable A/],
    ["63 characters", 'encryption_key = "env:A"', { A: hex.slice(1) }, /audit\.encryption_key: .*64 hex/],
    ["65 characters", 'encryption_key = "env:A"', { A: `${hex}0` }, /audit\.encryption_key: .*64 hex/],
    [
      "base64",
      'encryption_key = "env:A"',
      { A: randomBytes(32).toString("base64") },
      /audit\.encryption_key/,
    ],
    ["zeros", 'encryption_key = "env:A"', { A: "0".repeat(64) }, /audit\.encryption_key/],
    [
      "an earlier one that is none",
      'encryption_key = "file:/k"\nprevious_keys = ["env:A", "env:B"]',
      { A: hex, B: hex.slice(2) },
      /audit\.previous_keys\.1: .*64 hex/,
    ],
  ])("%s", (_, audit, env, why) => {
    expect(() => keysOf(audit, env)).toThrow(
      expect.objectContaining({
        code: "config_invalid",
        exitCode: 2,
        message: expect.stringMatching(why) as string,
      }) as Error,
    );
    try {
      keysOf(audit, env);
    } catch (error) {
      for (const secret of Object.values(env)) expect(String(error)).not.toContain(secret.slice(0, 12));
    }
  });
});

test("none, the current one, and those of before", () => {
  expect(keysOf("", {})).toEqual({ current: undefined, others: [] });
  const keys = keysOf('encryption_key = "env:A"\nprevious_keys = ["file:/k"]', { A: hex.toUpperCase() });
  expect(keys.current?.kid).toBe(auditKey(hex)?.kid);
  expect(keys.others.map(({ kid }) => kid)).toEqual([auditKey(other)?.kid]);
  expect(keysOf('previous_keys = ["env:A"]', { A: hex })).toMatchObject({ current: undefined, others: [{}] });
});
