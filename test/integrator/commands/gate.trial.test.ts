// A gate on trial: exact, on evidence that is only supposed, and never kinder than the gate would be.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { sha256 } from "../../../src/core/base/digest.ts";
import type { CommandRow } from "../../../src/integrator/commands/command.ts";
import { gateEval } from "../../../src/integrator/commands/gate.ts";
import type { Trial } from "../../../src/integrator/decision/trial.ts";
import { configIn, fileIn, runIn, type Said } from "../../support/gate-words.ts";
import { CI_KEY, ciSays, CLAIMED, condition, gate, SIGNED } from "../../support/gates.ts";
import { removeScratch, scratch } from "../../support/scratch.ts";

let dir: string;
beforeEach(() => {
  dir = scratch("gate-words");
});
afterEach(() => removeScratch(dir));

const run = (row: CommandRow, args: readonly string[], options: object): Promise<Said> =>
  runIn(dir, row, args, options);
const config = (toml: string): string => configIn(dir, toml);
const file = (name: string, content: unknown): string => fileIn(dir, name, content);

const BUILD = condition("build", "json", { check: "path", file: "a.json" }, 9, 'type = "number"').replace(
  "expected = 9",
  'expected_json = "9007199254740993"',
);

function policy(): string {
  mkdirSync(join(dir, "evidence"), { recursive: true });
  const root = `[evidence.json]\nroot = "evidence"\n`;
  return config(
    root +
      BUILD +
      CLAIMED +
      SIGNED +
      CI_KEY +
      gate("verdict", `"build"`) +
      gate("landing", `"ci_tests"`) +
      gate("propose-patch", `"tests_passed"`),
  );
}

async function tried(evidence: unknown, options: object = {}): Promise<Trial & { code: number }> {
  const path = file("supposed.json", evidence);
  const said = await run(gateEval, [], { config: policy(), evidence: path, json: true, ...options });
  return { ...(JSON.parse(said.world.said.out) as Trial), code: said.code };
}

describe("gate eval --evidence", () => {
  test.each<[string, string, number, object]>([
    [
      "the exact number",
      '{"build":{"lane":"verified","value":9007199254740993}}',
      0,
      { opens: true, refusal: null },
    ],
    [
      "the same spelled otherwise",
      '{"build":{"lane":"verified","value":9007199254740993.0}}',
      0,
      { opens: true },
    ],
    [
      "the number that a float makes of it",
      '{"build":{"lane":"verified","value":9007199254740992}}',
      1,
      { state: "false", refusal: { code: "condition_false" } },
    ],
    ["no evidence", "{}", 1, { state: "unknown", refusal: { code: "evidence_missing" } }],
    ["nothing there", '{"build":{"lane":"verified"}}', 1, { refusal: { code: "evidence_missing" } }],
    [
      "an error",
      '{"build":{"lane":"verified","error":"json_file_not_found"}}',
      1,
      { refusal: { code: "provider_error" }, conditions: [{ detail: "json_file_not_found" }] },
    ],
    ["another type", '{"build":{"lane":"verified","value":"9"}}', 1, { refusal: { code: "evidence_type" } }],
    ["bytes", '{"build":{"lane":"verified","bytes":"OQ=="}}', 1, { refusal: { code: "evidence_type" } }],
    [
      "a lane that is too low",
      '{"build":{"lane":"asserted","value":9007199254740993}}',
      1,
      { refusal: { code: "trust_lane" }, conditions: [{ supposed_lane: "asserted", needs: "verified" }] },
    ],
    [
      "more than is asked",
      '{"build":{"lane":"verified","value":9007199254740993},"tests_passed":{"lane":"asserted","value":true}}',
      0,
      { unasked: ["tests_passed"] },
    ],
  ])("%s", async (_, evidence, code, answer) => {
    expect(await tried(evidence)).toMatchObject({ code, ...answer });
  });

  test("says that it is supposed, and prints no value", async () => {
    const canary = `canary-${sha256("canary").slice(0, 12)}`;
    const path = file("supposed.json", { build: { lane: "verified", value: canary } });
    const { code, world } = await run(gateEval, [], { config: policy(), evidence: path });
    expect(code).toBe(1);
    expect(world.said.out).toContain("supposed verified");
    expect(world.said.out).toContain("Supposed: lanes and values are what the file says");
    expect(world.said.out).toMatch(/^holds evidence_type: gate verdict: condition build is unknown/m);
    expect(world.said.out).not.toContain(canary);
  });

  test("a signed statement is checked for real: for its patch, at its time, by its key", async () => {
    const patch = sha256("a patch");
    const text = ciSays(patch);
    const supposed = { ci_tests: { lane: "verified", value: true, proof: { form: "dsse", text } } };
    const of = (options: object): Promise<Trial & { code: number }> =>
      tried(supposed, { gate: "landing", patch, ...options });
    expect(await of({})).toMatchObject({ code: 0, opens: true });
    const held = { code: 1, refusal: { code: "provider_error" } };
    expect(await of({ patch: sha256("another patch") })).toMatchObject(held);
    expect(await of({ now: "2037-01-01T00:00:00Z" })).toMatchObject({
      ...held,
      at: "2037-01-01T00:00:00.000Z",
    });
    expect(await of({ patch: undefined, tree: patch.slice(0, 40) })).toMatchObject(held);
    const bare = { ci_tests: { lane: "verified", value: true } };
    expect(await tried(bare, { gate: "landing", patch })).toMatchObject(held);
  });

  test.each<[string, unknown, string]>([
    ["no JSON", "x", "is not one JSON object"],
    ["a list", "[]", "is not one JSON object"],
    ["a key twice", '{"build":{"lane":"verified"},"build":{"lane":"verified"}}', "is not one JSON object"],
    ["an unknown condition", { built: { lane: "verified" } }, 'names the condition "built"'],
    ["a key of every object", '{"__proto__":{"lane":"verified"}}', 'names the condition "__proto__"'],
    ["no lane", { build: { value: 1 } }, "build.lane"],
    ["a lane that is none", { build: { lane: "trusted" } }, "build.lane"],
    ["an unknown field", { build: { lane: "verified", state: "true" } }, "build"],
    ["value and error", { build: { lane: "verified", value: 1, error: "x" } }, "more than one of"],
    [
      "a value of null beside an error",
      { build: { lane: "verified", value: null, error: "x" } },
      "more than one of",
    ],
    ["a plain value", { build: true }, "build"],
    ["bytes that are none", { build: { lane: "verified", bytes: "*" } }, "build.bytes: is not base64"],
    [
      "a proof of no form",
      { build: { lane: "verified", proof: { form: "pgp", text: "" } } },
      "build.proof.form",
    ],
  ])("a file with %s is refused, and told", async (_, evidence, words) => {
    await expect(tried(evidence)).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining(words) as string,
    });
  });

  test.each<[string, object, string]>([
    ["no file named", { evidence: undefined }, "--evidence or --vectors is missing"],
    ["a file that is not there", { evidence: "nowhere.json" }, "is not there"],
    ["a time that is none", { now: "tomorrow" }, "--now"],
    ["a day that is none", { now: "2026-02-30T00:00:00Z" }, "--now"],
    ["a patch that is no digest", { patch: "abc" }, "--patch"],
    ["a tree that is no id", { tree: "abc" }, "--tree"],
    ["a gate that there is not", { gate: "merge" }, 'there is no gate "merge"'],
  ])("%s: cannot tell", async (_, options, words) => {
    await expect(tried("{}", options)).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining(words) as string,
    });
  });
});
