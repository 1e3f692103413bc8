// Reasons at the door tell a stranger nothing of what is behind it, and an operator which key to turn.
import { expect, test } from "vitest";
import { access } from "../../../src/core/base/reason-access.ts";
import { isConfigKey, isConfigTable } from "../../../src/core/config/keys.ts";
import { read } from "../../house/files.ts";

const texts = Object.entries(access).map(([code, { means, fix }]) => [code, `${means} ${fix}`] as const);

const TABLES = "server|auth|network|budget|calls|proposal";
const keys = texts.flatMap(([code, text]) =>
  [...text.matchAll(new RegExp(`\\b(?:${TABLES})\\.[a-z_.]*[a-z]|\\[+([a-z_]+)\\]+`, "g"))].map(
    ([all, table]) => [code, table ?? all] as const,
  ),
);

test.each(keys)("%s: %s is a key", (_, key) => {
  expect(isConfigKey(key) || isConfigTable(key)).toBe(true);
});

const commands = texts.flatMap(([code, text]) =>
  [...text.matchAll(/countersign ([a-z]+ [a-z]+)/g)].map(([, words = ""]) => [code, words] as const),
);

test.each(commands)("%s: countersign %s is a command", (_, words) => {
  expect(read("docs/cli.md")).toMatch(new RegExp(`^## .countersign ${words}\\b`, "m"));
});

test("some name keys, and some commands", () => {
  expect(keys.length).toBeGreaterThan(5);
  expect(commands.length).toBeGreaterThan(4);
});

test.each(texts)("%s names nobody and no way around", (_, text) => {
  expect(text).not.toMatch(/bypass|disable|switch off|allow_local_only/i);
});

test("who guesses a token learns nothing but that it was wrong", () => {
  expect(access.auth_invalid.means).not.toMatch(/unknown|no such|exist/i);
});
