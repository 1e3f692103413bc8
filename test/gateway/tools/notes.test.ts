// Threat: an agent writes a secret in place of a name, and refusals carry it into the log, the answer and its transcript.
import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { refusal } from "../../../src/core/base/refusal.ts";
import { refused, shown, told } from "../../../src/gateway/tools/notes.ts";
import { type GatewayLab, gatewayLab, proposalArgs } from "../../support/gateway.ts";

const secret = ["ghp", randomBytes(18).toString("hex")].join("_");
const RULE = "[REDACTED:github-token]";
let lab: GatewayLab;
let base: string;
beforeAll(async () => {
  lab = await gatewayLab();
  base = await lab.publish({ "src/a.ts": "one\n" });
  await lab.shelf.refresh();
});
afterAll(() => lab.stop());

type Args = Record<string, unknown>;
const edit = (path: string): Args => ({ op: "replace", path, old_text: "one", new_text: "two" });
const proposal = (more: Args): Args => proposalArgs(base, { edits: [edit("src/a.ts")], ...more });
test.each<[string, string, () => Args]>([
  ["the name of a tool", secret, () => ({})],
  ["the name of a tool, with much before it", `${"x".repeat(230)} ${secret}`, () => ({})],
  ["the name of an argument", "read-file", () => ({ path: "src/a.ts", [secret]: 1 })],
  ["a path to read", "read-file", () => ({ path: `src/${secret}` })],
  ["a path to edit", "propose-patch", () => proposal({ edits: [edit(`src/${secret}.ts`)] })],
  [
    "a name within an edit",
    "propose-patch",
    () => proposal({ edits: [{ ...edit("src/a.ts"), [secret]: 1 }] }),
  ],
  ["a path of a diff", "propose-patch", () => proposal({ edits: undefined, diff: diffOf(secret) })],
  ["a kind of change", "propose-patch", () => proposal({ change_type: secret })],
])("%s is neither in the answer nor in the log", async (_, name, args) => {
  const given = Object.fromEntries(Object.entries(args()).filter(([, value]) => value !== undefined));
  const outcome = await lab.call(name, given);
  expect(outcome.kind).not.toBe("answer");
  const entry = lab.entries().at(-1)!;
  for (const text of [JSON.stringify(outcome), JSON.stringify(lab.entries())])
    expect(text).not.toContain(secret.slice(0, 20));
  if (outcome.kind !== "answer") expect(entry.data["ref"]).toBe(outcome.refusal.ref);
});

function diffOf(name: string): string {
  const path = `src/${name}.ts`;
  return `diff --git a/${path} b/${path}\n--- a/${path}\n+++ b/${path}\n@@ -1 +1 @@\n-one\n+two\n`;
}

test("what stands there instead is the rule", () => {
  expect(shown(`read ${secret}`)).toBe(RULE);
  const said = refusal("not_listed", `no ${secret}`, `src/${secret}`);
  expect(told(said)).toMatchObject({ code: "not_listed", message: RULE, where: RULE });
  expect(refused(said)).toEqual({ reason: "not_listed", where: RULE, ref: told(said).ref });
});

test("a refusal without one is told as it is, with its time", () => {
  const said = { ...refusal("rate_calls", "more than 3 calls in a minute", "a"), retry_after: 7 };
  expect(told(said)).toEqual(said);
});
