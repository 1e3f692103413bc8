// A policy in words: without a state folder, with the lane that each condition takes and what cannot become true.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { presetNames } from "../../../src/core/config/schema.ts";
import type { CommandRow } from "../../../src/integrator/commands/command.ts";
import { gateExplain, gateList } from "../../../src/integrator/commands/gate.ts";
import type { GateExplained } from "../../../src/integrator/decision/explanation.ts";
import { configIn, runIn, type Said } from "../../support/gate-words.ts";
import { CI_KEY, CLAIMED, condition, gate, SIGNED } from "../../support/gates.ts";
import { removeScratch, scratch } from "../../support/scratch.ts";

let dir: string;
beforeEach(() => {
  dir = scratch("gate-words");
});
afterEach(() => removeScratch(dir));

const run = (row: CommandRow, args: readonly string[], options: object): Promise<Said> =>
  runIn(dir, row, args, options);
const config = (toml: string): string => configIn(dir, toml);

async function explained(gateName: string, options: object): Promise<GateExplained> {
  const { world } = await run(gateExplain, [gateName], { ...options, json: true });
  const { gates } = JSON.parse(world.said.out) as { gates: GateExplained[] };
  return gates[0]!;
}

describe("gate list and explain", () => {
  test.each(presetNames)("%s is explained without any state folder", async (preset) => {
    const listed = await run(gateList, [], { preset });
    expect(listed.code).toBe(0);
    expect(listed.world.said.out).toMatch(/^verdict +verdict opens only when .+\.$/m);
    expect(listed.world.said.out).toMatch(/^landing +landing opens only when .+\.$/m);
    const { code, world } = await run(gateExplain, [], { preset });
    expect(code).toBe(0);
    for (const word of ["asks", "true when", "needs lane", "comes in lane", "dev.permissive  off"])
      expect(world.said.out).toContain(word);
  });

  test("hardened names what only the operator can fill in", async () => {
    const { conditions } = await explained("verdict", { preset: "hardened" });
    expect(conditions.find(({ id }) => id === "ci_tests_passed")).toMatchObject({
      asks: 'signed.statement(name: "tests_passed")',
      needs: "verified",
      keys: [],
      hopeless: expect.stringContaining("[[evidence.keys]]") as string,
    });
    expect(conditions.find(({ id }) => id === "checks_passed")).toMatchObject({ hopeless: null, keys: null });
  });

  test("a claim that is not worth enough is called hopeless, a signed fact of a pinned key is not", async () => {
    const path = config(
      CLAIMED + SIGNED + CI_KEY + gate("verdict", `{ any = ["tests_passed", "ci_tests"] }`),
    );
    const { sentence, conditions } = await explained("verdict", { config: path });
    expect(sentence).toBe("verdict opens only when at least one of tests_passed and ci_tests is true.");
    expect(conditions).toMatchObject([
      {
        id: "tests_passed",
        needs: "verified",
        comes_in: "asserted",
        hopeless: expect.stringContaining("trust_lane") as string,
      },
      { id: "ci_tests", needs: "verified", comes_in: "verified", hopeless: null, keys: ["ci"] },
    ]);
    const { world } = await run(gateExplain, ["verdict"], { config: path });
    expect(world.said.out).toContain(
      "cannot become true: an answer of caller is asserted, and verified is needed",
    );
  });

  test("a key that has expired speaks for nobody", async () => {
    const old = `${CI_KEY}expires = "2026-01-01T00:00:00Z"\n`;
    const path = config(SIGNED + old + gate("verdict", `"ci_tests"`));
    const { conditions } = await explained("verdict", { config: path });
    expect(conditions).toMatchObject([{ keys: [], hopeless: expect.stringContaining("no key") as string }]);
  });

  test("dev.permissive lowers what trust asks for, and neither exempt providers nor gates nor conditions", async () => {
    const dev = `[dev]\npermissive = true\nexempt_providers = ["json"]\n[evidence.json]\nroot = "evidence"\n`;
    const file_ = condition("scan", "json", { check: "path", file: "a.json" }, true, 'type = "boolean"');
    const strict = condition(
      "strict",
      "caller",
      { check: "claim", name: "x" },
      true,
      'type = "boolean"\nmin_lane = "verified"',
    );
    mkdirSync(join(dir, "evidence"));
    const all = `{ all = ["tests_passed", "scan", "strict"] }`;
    const path = config(
      dev +
        CLAIMED +
        file_ +
        strict +
        gate("verdict", all) +
        gate("propose-patch", `"tests_passed"`, "verified"),
    );
    const needs = (said: GateExplained): unknown =>
      said.conditions.map(({ id, needs: lane, needs_strictly: strictly }) => [id, lane, strictly]);
    const now = await explained("verdict", { config: path });
    expect(needs(now)).toEqual([
      ["tests_passed", "asserted", "verified"],
      ["scan", "verified", "verified"],
      ["strict", "verified", "verified"],
    ]);
    expect(now.permissive).toMatch(/^on until \d{4}-/);
    expect(needs(await explained("propose-patch", { config: path }))).toEqual([
      ["tests_passed", "verified", "verified"],
    ]);
  });

  test.each<[string, string | undefined, object, string]>([
    ["a gate that there is not", "merge", { preset: "default" }, 'there is no gate "merge"'],
    ["a gate that the policy leaves out", "read-file", { preset: "default" }, "asks nothing beside"],
    ["a preset that there is not", "verdict", { preset: "lax" }, 'there is no preset "lax"'],
    ["two policies", "verdict", { preset: "default", config: "x.toml" }, "--preset and --config"],
    ["a state folder beside a preset", "verdict", { preset: "default", state: "x" }, "--preset and --state"],
    ["no file", "verdict", { config: "nowhere.toml" }, "cannot read"],
  ])("%s is told", async (_, name, options, words) => {
    await expect(run(gateExplain, name === undefined ? [] : [name], options)).rejects.toThrow(words);
    await expect(run(gateExplain, name === undefined ? [] : [name], options)).rejects.toMatchObject({
      exitCode: 2,
    });
  });

  test("a policy that would not start is not explained", async () => {
    const path = config(gate("verdict", `{ all = [] }`));
    await expect(run(gateExplain, ["verdict"], { config: path })).rejects.toMatchObject({
      code: "config_invalid",
    });
  });
});
