// Reasons of a condition that does not hold: what an agent is told to do must never be a way around the gate, nor a value.
import { expect, test } from "vitest";
import { gate } from "../../../src/core/base/reason-gate.ts";
import { reasons } from "../../../src/core/base/reason.ts";
import { read } from "../../house/files.ts";

const texts = Object.entries(gate).map(([code, { means, fix }]) => [code, `${means} ${fix}`] as const);

test.each(texts)("%s offers no way around", (_, text) => {
  // Trials and lower lanes are the operator's to choose; an agent that is held must not be pointed there.
  expect(text).not.toMatch(/bypass|disable|override|\bskip|--confirm|permissive|min_lane|lower the/i);
});

test("a claim is never the way up from a lane that is too low", () => {
  expect(gate.trust_lane.fix).toMatch(/pinned key/);
  expect(gate.trust_lane.fix).toMatch(/claim of the proposer proves nothing/);
});

const commands = texts.flatMap(([code, text]) =>
  [...text.matchAll(/countersign ((?:gate|evidence|config) [a-z]+)/g)].map(
    ([, words = ""]) => [code, words] as const,
  ),
);

test.each(commands)("%s: countersign %s is a command", (_, words) => {
  expect(read("docs/cli.md")).toMatch(new RegExp(`^#+ .countersign ${words}\\b`, "m"));
});

test("some name commands", () => {
  expect(commands.length).toBeGreaterThan(4);
});

test("each is a reason of the catalogue, as it stands here", () => {
  for (const [code, entry] of Object.entries(gate)) expect(reasons).toHaveProperty(code, entry);
});
