// Every boundary is a wall: a fault is built into a copy of the house, and the right net has to catch it.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compile, copyWith, type Cruise, cruise, lint } from "./arch.ts";
import { load, room } from "./fault.ts";
import { faults } from "./faults.ts";

let tree: ReturnType<typeof copyWith>;
let seen: Cruise;
let told: readonly string[];

beforeAll(() => {
  tree = copyWith(
    Object.assign({}, ...faults.map(({ file, text, beside }) => ({ ...beside, [file]: text }))) as Record<
      string,
      string
    >,
  );
  seen = cruise(tree.dir);
  told = lint(tree.dir);
});
afterAll(() => tree.remove());

describe("dependency-cruiser", () => {
  test.each(faults)("catches: $what ($rule)", ({ rule, file }) => {
    expect(seen.violations).toContainEqual({ rule, from: file });
  });

  test("has no rule without a fault that proves it", () => {
    const proven = new Set(faults.map(({ rule }) => rule));
    expect(seen.rules.filter((name) => !proven.has(name))).toEqual([]);
  });
});

describe("oxlint", () => {
  test.each(faults.filter(({ said }) => said !== undefined))("says why: $what", ({ file, said }) => {
    expect(
      told.filter((line) => line.startsWith(`${file}: eslint(no-restricted-imports)`)).join("\n"),
    ).toContain(said);
  });
});

describe("tsc", () => {
  test.each([
    { what: "core names io", project: "core", file: "src/core/f.ts", names: "../io/room.ts" },
    { what: "io names gateway", project: "io", file: "src/io/f.ts", names: "../gateway/room.ts" },
    {
      what: "gateway names validator",
      project: "gateway",
      file: "src/gateway/f.ts",
      names: "../validator/room.ts",
    },
    {
      what: "validator names integrator",
      project: "validator",
      file: "src/validator/f.ts",
      names: "../integrator/room.ts",
    },
    {
      what: "integrator names validator",
      project: "integrator",
      file: "src/integrator/f.ts",
      names: "../validator/room.ts",
    },
  ])("does not compile: $what", ({ project, file, names }) => {
    const copy = copyWith({ [file]: load(names), [`src/${names.slice(3)}`]: room("a") });
    try {
      expect(compile(copy.dir, [project])).toMatch(
        new RegExp(`^${file.replaceAll(".", "\\.")}\\(.*TS6307`, "m"),
      );
    } finally {
      copy.remove();
    }
  });
});
