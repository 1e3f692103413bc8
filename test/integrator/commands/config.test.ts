// config show and explain: the value in force, where it is from, what it means; and no secret on any screen.
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { configKeys } from "../../../src/core/config/keys.ts";
import { presetNames } from "../../../src/core/config/schema.ts";
import { configCheck, configExplain, configShow } from "../../../src/integrator/commands/config.ts";
import type { CommandRow } from "../../../src/integrator/commands/command.ts";
import { initState } from "../../support/agent.ts";
import { removeScratch, scratchRepository } from "../../support/scratch.ts";
import { testWorld } from "../../support/world.ts";

const token = randomBytes(32).toString("base64url");
let repo: string;
let state: string;
beforeAll(() => {
  repo = scratchRepository("config-commands", { "a.ts": "x\n" });
  state = initState(repo);
  writeFileSync(
    join(state, "countersign.toml"),
    `preset = "default"\n[calls]\nper_minute = 30\n[[principals]]\nname = "a"\nroles = ["reader"]\ntokens = ["${token}"]\n[[conditions]]\nid = "early"\nprovider = "time"\nquery = { check = "hour" }\ncomparator = "less_than"\nexpected = 18\n[gates.landing]\nrequire = { all = ["tree_checked", "early"] }\n`,
  );
});
afterAll(() => {
  for (const folder of [repo, state]) removeScratch(folder);
});

interface Said {
  readonly code: number;
  readonly out: string;
}

async function run(row: CommandRow, args: readonly string[], options: object, env = {}): Promise<Said> {
  const world = testWorld({ cwd: state, env });
  const code = await row.run(world, args, { state, ...options });
  expect(world.said.out + world.said.err).not.toContain(token);
  return { code, out: world.said.out };
}

describe("config show", () => {
  test("--origin names all four, and every key is there", async () => {
    const env = { COUNTERSIGN__SERVER__HTTP__PORT: "9000" };
    const { out } = await run(configShow, [], { origin: true, json: true, set: ["log.level=debug"] }, env);
    const rows = JSON.parse(out) as readonly { key: string; value: unknown; origin: string }[];
    const entries = [
      "conditions.checks_passed",
      "conditions.early",
      "conditions.tree_checked",
      "gates.landing",
      "gates.verdict",
    ];
    const keys = configKeys.filter((key) => key !== "conditions" && key !== "gates");
    expect(rows.map(({ key }) => key).toSorted()).toEqual([...keys, ...entries].toSorted());
    const found = new Map(rows.map(({ key, value, origin }) => [key, [value, origin]]));
    expect(found.get("calls.per_minute")).toEqual([30, "file"]);
    expect(found.get("server.http.port")).toEqual([9000, "environment"]);
    expect(found.get("log.level")).toEqual(["debug", "flag"]);
    expect(found.get("paths.max_depth")).toEqual([16, "preset"]);
    // Conditions and gates one by one, each with where it comes from.
    expect(found.get("conditions.early")).toEqual(["time hour less_than 18", "file"]);
    expect(found.get("conditions.tree_checked")?.[1]).toBe("preset");
    expect(found.get("gates.landing")).toEqual(['{ all = ["tree_checked", "early"] }', "file"]);
    expect(found.get("gates.verdict")).toEqual([
      '{ all = ["checks_passed", "tree_checked"] }, min_lane verified',
      "preset",
    ]);
  });

  test("as text", async () => {
    const { out } = await run(configShow, [], { origin: true });
    expect(out).toMatch(/^calls\.per_minute +file +30$/m);
    expect(out).toContain("(literal, not shown)");
  });
});

describe("config check", () => {
  test("tells what deserves a second look, and still says ok", async () => {
    const { code, out } = await run(configCheck, [], { json: true });
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      ok: true,
      preset: "default",
      warnings: [
        {
          key: "calls.per_minute",
          message: expect.stringMatching(/30 is weaker than the default preset's 20/) as string,
        },
        { key: "gates.landing", message: "the file's own is another than the default preset's" },
        { key: "principals" },
      ],
    });
    expect((await run(configCheck, [], {})).out).toMatch(/warning: calls\.per_minute 30 is weaker/);
  });

  test("flags are checked too", async () => {
    expect((await run(configCheck, [], { set: ["server.http.bind=0.0.0.0"] })).code).toBe(2);
    expect((await run(configCheck, [], { set: ["server.http.port=1"] })).code).toBe(0);
  });
});

describe("config explain", () => {
  test("a key: meaning, bounds, value here and in each preset, policy, stricter", async () => {
    const { out } = await run(configExplain, ["calls.per_minute"], { json: true });
    expect(JSON.parse(out)).toEqual({
      key: "calls.per_minute",
      meaning: "Most tool calls of one principal in any minute.",
      type: "integer, 1 … 100000",
      value: 30,
      origin: "file",
      presets: { quickstart: 300, default: 20, hardened: 15, "container-prod": 15 },
      policy: false,
      stricter: "a smaller number",
    });
  });

  test.each(configKeys)("%s", async (key) => {
    const { code, out } = await run(configExplain, [key], {});
    expect(code).toBe(0);
    for (const word of ["means", "takes", "here", "stricter", "policy", ...presetNames])
      expect(out).toMatch(new RegExp(`^${word} +\\S`, "m"));
  });

  test("a condition and a gate by its name, in each preset", async () => {
    const facts = async (key: string): Promise<unknown> =>
      JSON.parse((await run(configExplain, [key], { json: true })).out);
    expect(await facts("gates.landing")).toMatchObject({
      key: "gates.landing",
      value: '{ all = ["tree_checked", "early"] }',
      origin: "file",
      presets: {
        quickstart: '"structure"',
        hardened: '{ all = ["tree_checked", "ci_tests_passed"] }, min_lane verified',
      },
      policy: true,
    });
    expect(await facts("gates.read-file")).not.toHaveProperty("value");
    expect(await facts("conditions.early")).toMatchObject({
      value: "time hour less_than 18",
      origin: "file",
      policy: true,
    });
    const { code, out } = await run(configExplain, ["conditions.early"], {});
    expect(code).toBe(0);
    expect(out).toMatch(/^quickstart +\(none\)$/m);
    await expect(run(configExplain, ["conditions.late"], {})).rejects.toMatchObject({ code: "usage" });
  });

  test.each([
    ["per_minute", /calls\.per_minute/],
    ["calls", /calls\.per_minute/],
    ["__proto__", /docs\/config\.md/],
  ])("%s is no key, but helps to one", async (key, fix) => {
    const failure: unknown = await run(configExplain, [key], {}).catch((cause: unknown) => cause);
    expect(failure).toMatchObject({ code: "usage", fix: expect.stringMatching(fix) as string });
  });
});
