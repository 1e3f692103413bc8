// What docs/gates.md says is what the code does: every example loads, and every table is the code's own.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { ANCHOR_TYPE } from "../../src/core/attestation/evidence.ts";
import { faultLine } from "../../src/core/config/fault.ts";
import { gateNames } from "../../src/core/config/schema-gates.ts";
import { admitted } from "../../src/core/gate/admitted.ts";
import { comparators, typeClasses } from "../../src/core/gate/condition.ts";
import { askable, laneOf, providerNames, questions } from "../../src/core/gate/providers.ts";
import { gate as gateReasons } from "../../src/core/base/reason-gate.ts";
import { gateEval } from "../../src/integrator/commands/gate.ts";
import { checkSetup, packageRoot } from "../../src/io/file/config.ts";
import { layout } from "../../src/io/file/layout.ts";
import { removeScratch, scratch } from "../support/scratch.ts";
import { testWorld } from "../support/world.ts";
import { read, sources } from "./files.ts";

const page = read("docs/gates.md");
const blocks = (language: string): readonly string[] =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, "gm"))].map(([, text = ""]) => text);

let dir: string;
beforeAll(() => {
  dir = scratch("docs-gates");
});
afterAll(() => removeScratch(dir));

/** Cells of the table under a head, without the code marks. */
function table(...head: readonly string[]): readonly (readonly string[])[] {
  const lines = page.split("\n");
  const at = lines.indexOf(`| ${head.join(" | ")} |`);
  if (at < 0) throw new Error(`no table ${head.join(", ")}`);
  const end = lines.findIndex((line, index) => index > at && !line.startsWith("|"));
  return lines.slice(at + 2, end).map((line) =>
    line
      .slice(1, -1)
      .split("|")
      .map((cell) => cell.trim()),
  );
}
const words = (cell = ""): readonly string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, word = ""]) => word);
const plain = (cell = ""): readonly string[] =>
  cell === "–" ? [] : cell.split(",").map((word) => word.trim());
const sorted = (list: readonly string[]): readonly string[] => list.toSorted();

describe("an example", () => {
  const examples = blocks("toml");

  test("there are some", () => {
    expect(examples.length).toBeGreaterThan(10);
  });

  test.each(examples.map((text, index) => [index + 1, text] as const))("%i loads", (_, text) => {
    const whole = text.startsWith("preset") ? text : `preset = "quickstart"\n${text}`;
    const now = Date.now();
    const checked = checkSetup(layout(dir), packageRoot(), whole, [], { now, written: now });
    expect(checked.ok ? [] : checked.faults.map((fault) => faultLine(fault, "example"))).toEqual([]);
  });

  test("of supposed evidence opens the first policy's gate, as it says", async () => {
    writeFileSync(join(dir, "policy.toml"), examples[0] ?? "");
    writeFileSync(join(dir, "supposed.json"), blocks("json")[0] ?? "");
    const world = testWorld({ cwd: dir });
    const options = { config: "policy.toml", evidence: "supposed.json", json: true };
    expect(await gateEval.run(world, [], options)).toBe(0);
    expect(JSON.parse(world.said.out)).toMatchObject({
      conditions: [
        { state: "true" },
        { reason: "provider_error", detail: "signed_missing" },
        { state: "true" },
      ],
    });
  });
});

test("the questions are those of the providers, with their parameters and types", () => {
  const said = table("question", "parameters", "type of the answer", "answer").map(([name, params, type]) => [
    words(name)[0],
    params === "–" ? [] : sorted((params ?? "").split(",").map((word) => word.replaceAll("`", "").trim())),
    type,
  ]);
  const real = Object.entries(questions).flatMap(([provider, checks]) =>
    Object.entries(checks).map(([check, { params, types }]) => {
      const { properties = {}, required = [] } = z.toJSONSchema(params);
      const names = Object.keys(properties).map((name) =>
        required.includes(name) ? name : `${name} (optional)`,
      );
      return [`${provider}.${check}`, sorted(names), types === "declared" ? "declared" : types.join(" or ")];
    }),
  );
  expect(said).toEqual(real);
});

test("every comparator is explained, and each type admits what is said", () => {
  expect(sorted(table("comparator", "true when", "else").flatMap(([name]) => words(name)))).toEqual(
    sorted(comparators),
  );
  const rows = table("type", "admits", "opt-in");
  expect(sorted(rows.flatMap(([type]) => words(type)))).toEqual(sorted(typeClasses));
  const closed = { lexicographic: false, deep_equals: false, dynamic: false };
  const open = { lexicographic: true, deep_equals: true, dynamic: true };
  for (const [types, admits, more] of rows) {
    for (const type of words(types) as (typeof typeClasses)[number][]) {
      const always = admitted([type], closed);
      expect(sorted(plain(admits)), type).toEqual(sorted(always));
      const opened = admitted([type], open).filter((comparator) => !always.includes(comparator));
      if (type === "dynamic") expect(opened).toEqual(comparators);
      else expect(sorted(plain(more)), type).toEqual(sorted(opened));
    }
  }
});

test("each gate may ask whom it is said to ask", () => {
  const rows = table("gate", "asked", "may ask", "when it holds");
  expect(sorted(rows.flatMap(([names]) => words(names)))).toEqual(sorted(gateNames));
  for (const [names, , may] of rows) {
    for (const name of words(names)) expect(sorted(plain(may)), name).toEqual(sorted(askable(name)));
  }
});

test("the lanes are those of the origins", () => {
  const rows = new Map(table("lane", "what comes in it").map(([lane, what]) => [words(lane)[0], what ?? ""]));
  for (const provider of providerNames) {
    const [check = ""] = Object.keys(questions[provider]);
    expect(rows.get(laneOf(provider, check, "validator")), provider).toMatch(new RegExp(`\\b${provider}\\b`));
  }
  expect(laneOf("caller", "principal", "gateway")).toBe("verified");
});

test("the reasons of the order are in the catalogue", () => {
  const named = table("step", "reason", "state").flatMap(([, reason]) => words(reason));
  const codes = named.filter((word) => !word.includes("…") && word !== "http_timeout");
  expect(codes.length).toBeGreaterThan(7);
  expect(codes.filter((code) => !Object.hasOwn(gateReasons, code))).toEqual([]);
});

test("the anchors are those that the providers give", () => {
  const rows = table("provider", "type", "fields");
  expect(rows.map(([provider]) => provider)).toEqual([...providerNames]);
  for (const [provider = "", type] of rows) {
    const file = `src/io/evidence/${provider}.ts`;
    const given = [...read(file).matchAll(/anchorOf\(\s*"([a-z_]+)"/g)].map(([, word]) => word);
    expect(words(type), provider).toEqual(provider === "signed" ? [ANCHOR_TYPE] : [...new Set(given)]);
    expect(sources).toContain(file);
  }
});
