// Which modules added code may import: denied before allowed, names with what lies under them.
import { expect, test } from "vitest";
import { importJudge } from "../../../src/core/analysis/imports.ts";

const lists = {
  allowed_imports: ["lodash", "os", "@own/*"],
  denied_imports: ["os.popen", "child_process", "*.evil"],
};

test.each([
  ["child_process", "denied"],
  ["node:child_process", "denied"],
  ["os.popen", "denied"],
  ["a.evil", "denied"],
  ["./x.evil", "denied"],
  ["lodashes", "unlisted"],
  ["other", "unlisted"],
  ["?", "unnamed"],
  ["lodash/../left-pad", "unnamed"],
  ["lodash/./../left-pad", "unnamed"],
  ["lodash/%2e%2e/left-pad", "unnamed"],
  ["../node_modules/child_process", "denied"],
  ["..\\node_modules\\other", "unlisted"],
  ["./a/../../NODE_MODULES/other/x", "unlisted"],
  ["../node_modules/lodash/fp", "allowed"],
  ["../a/b.js", "allowed"],
  ["", "unlisted"],
  ["@owner/x", "unlisted"],
  ["lodash", "allowed"],
  ["lodash/fp", "allowed"],
  ["os.path", "allowed"],
  ["@own/x", "allowed"],
  ["./child.js", "allowed"],
])("%s is %s", (module, expected) => {
  expect(importJudge(lists)(module)).toBe(expected);
});

test("with * everything is allowed that is not denied", () => {
  const judge = importJudge({ allowed_imports: ["*"], denied_imports: ["vm2"] });
  expect(["?", "x", "vm2", "x/../vm2"].map(judge)).toEqual(["unnamed", "allowed", "denied", "unnamed"]);
});

test("where nothing is limited, nobody needs to know what a module is called", () => {
  const judge = importJudge({ allowed_imports: ["*"], denied_imports: [] });
  expect(["?", "x", "x/../y"].map(judge)).toEqual(["allowed", "allowed", "allowed"]);
});
