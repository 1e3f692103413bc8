// preset list, show, explain and diff: read out of the files, so they cannot say something else.
import { expect, test } from "vitest";
import { gateText } from "../../../src/core/config/inline.ts";
import { changes } from "../../../src/core/config/changes.ts";
import { presetNames } from "../../../src/core/config/schema.ts";
import {
  presetDiff,
  presetExplain,
  presetList,
  presetShow,
} from "../../../src/integrator/commands/preset.ts";
import type { CommandRow } from "../../../src/integrator/commands/command.ts";
import { presetValues, shippedPreset } from "../../support/presets.ts";
import { testWorld } from "../../support/world.ts";

async function run(row: CommandRow, args: readonly string[], options: object = {}): Promise<string> {
  const world = testWorld({ cwd: "/" });
  expect(await row.run(world, args, options)).toBe(0);
  return world.said.out;
}

test("list", async () => {
  const rows = JSON.parse(await run(presetList, [], { json: true })) as readonly {
    name: string;
    about: string;
  }[];
  expect(rows.map(({ name }) => name)).toEqual([...presetNames]);
  for (const { about } of rows) expect(about).toMatch(/^[a-z].{20,}/);
});

test.each(presetNames)("show and explain %s", async (name) => {
  expect(await run(presetShow, [name])).toBe(shippedPreset(name));
  expect(JSON.parse(await run(presetShow, [name], { json: true }))).toEqual(presetValues(name));
  const said = JSON.parse(await run(presetExplain, [name], { json: true })) as {
    posture: readonly string[];
    changed: unknown;
  };
  expect(said.posture.join("\n")).toContain(`${presetValues(name).calls.per_minute} calls a minute`);
  expect(said.posture.join("\n")).toContain(
    `An approval needs ${gateText(presetValues(name).gates.verdict)}.`,
  );
  expect(said.changed).toEqual(changes(presetValues("default"), presetValues(name)));
  const text = await run(presetExplain, [name]);
  expect(text).toMatch(new RegExp(`^${name}: `));
  expect(text.includes("You fill in:")).toBe(name === "hardened" || name === "container-prod");
  expect(text.includes("Beside default:")).toBe(name !== "default");
});

test("diff says which way each key goes", async () => {
  const text = await run(presetDiff, ["default", "hardened"]);
  expect(text).toMatch(/^ {2}server\.stdio +true → false +stricter$/m);
  expect(text).not.toContain("weaker");
  expect(text).toContain(
    [
      "  conditions.ci_tests_passed",
      "    before  (none)",
      '    after   signed statement(name = "tests_passed") equals true, min_lane verified',
      "  gates.verdict  stricter",
    ].join("\n"),
  );
  expect(text).toContain(
    [
      "  gates.landing  stricter",
      '    before  "tree_checked", min_lane verified',
      '    after   { all = ["tree_checked", "ci_tests_passed"] }, min_lane verified',
    ].join("\n"),
  );
  expect(await run(presetDiff, ["hardened", "default"])).toMatch(
    /^ {2}server\.stdio +false → true +weaker$/m,
  );
  expect(await run(presetDiff, ["default", "default"])).toBe("nothing differs\n");
  expect(JSON.parse(await run(presetDiff, ["default", "hardened"], { json: true }))).toEqual(
    changes(presetValues("default"), presetValues("hardened")),
  );
});

test.each(["", "prod", "../default", "__proto__"])("%j is no preset", async (name) => {
  for (const row of [presetShow, presetExplain])
    await expect(row.run(testWorld({ cwd: "/" }), [name], {})).rejects.toMatchObject({ code: "usage" });
});
