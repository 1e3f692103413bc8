// Reasons of the checks of content: nothing in them tells an agent how to get past a check instead of mending the patch.
import { expect, test } from "vitest";
import { content } from "../../../src/core/base/reason-content.ts";
import { configKeys } from "../../../src/core/config/keys.ts";

const texts = Object.entries(content).map(([code, { means, fix }]) => [code, `${means} ${fix}`] as const);

test.each(texts)("%s offers no way around", (_, text) => {
  expect(text).not.toMatch(/bypass|disable|override|\bskip|--confirm|suppress|nosec|ignore comment/i);
});

const named = texts.flatMap(([code, text]) =>
  [...text.matchAll(/\b([a-z_]+\.[a-z_]+)\b/g)].map(([, key = ""]) => [code, key] as const),
);

test.each(named)("%s: %s is a key of the configuration", (_, key) => {
  expect(configKeys).toContain(key);
});

test("some name keys, and exceptions and faults send people to an operator", () => {
  expect(named.length).toBeGreaterThan(2);
  for (const code of ["scanner_missing", "scanner_failed", "sandbox_missing", "guard_failed"] as const)
    expect(content[code].fix).toMatch(/operator/);
});
