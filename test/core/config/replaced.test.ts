// A file may write a condition of the preset anew: every gate that names it then asks the file's own question.
import { describe, expect, test } from "vitest";
import { replaced } from "../../../src/core/config/replaced.ts";
import type { PresetName } from "../../../src/core/config/schema.ts";
import { warningsOf } from "../../../src/core/config/warnings.ts";
import { condition, verdict } from "../../support/policies.ts";
import { loaded, presetValues, YOURS } from "../../support/presets.ts";

const TLS = '[server.http.tls]\ncert_file = "c"\nkey_file = "k"\n';
const configOf = (toml: string, preset: PresetName = "hardened") =>
  loaded(preset, `${TLS}${toml}${YOURS[preset]}`).config;
const found = (toml: string): readonly string[] => replaced(presetValues("hardened"), configOf(toml));

const TRIVIAL = 'provider = "time"\nquery = { check = "after", instant = "2020-01-01T00:00:00Z" }\n';
const TRUE = 'comparator = "equals"\nexpected = true\n';
const CI = 'provider = "signed"\nquery = { check = "statement", name = "tests_passed" }\ntype = "boolean"\n';
const TREE = 'provider = "checks"\nquery = { name = "tree", check = "result" }\ncomparator = "in_set"\n';
const VERIFIED = 'min_lane = "verified"\n';

describe("is replaced", () => {
  test.each<[string, string, string]>([
    ["by another provider", "ci_tests_passed", TRIVIAL + TRUE + VERIFIED],
    [
      "by another question",
      "tree_checked",
      `${TREE.replace("tree", "paths")}expected = ["PASSED", "WARNED"]\n${VERIFIED}`,
    ],
    ["by another comparator", "ci_tests_passed", `${CI}comparator = "exists"\n${VERIFIED}`],
    ["by another expectation", "ci_tests_passed", CI + TRUE.replace("true", "false") + VERIFIED],
    ["by another lane", "ci_tests_passed", CI + TRUE],
    ["by another set", "tree_checked", `${TREE}expected = ["FAILED", "PASSED", "WARNED"]\n${VERIFIED}`],
  ])("%s", (_, id, lines) => {
    expect(found(condition(lines, id))).toEqual([id]);
  });
});

describe("is not replaced", () => {
  test.each<[string, string]>([
    ["as the preset has it", ""],
    ["by other words about it", condition(`about = "mine"\n${CI}${TRUE}${VERIFIED}`, "ci_tests_passed")],
    ["by another order", condition(`${TREE}expected = ["PASSED", "WARNED"]\n${VERIFIED}`, "tree_checked")],
    ["by one of another name", condition(TRIVIAL + TRUE, "mine")],
    [
      "where no gate names it",
      condition(TRIVIAL + TRUE + VERIFIED, "checks_passed") +
        verdict('{ all = ["tree_checked", "ci_tests_passed"] }'),
    ],
  ])("%s", (_, toml) => {
    expect(found(toml)).toEqual([]);
  });
});

test("config check warns of each", () => {
  const later = TRIVIAL.replace("2020", "2021");
  const toml = condition(TRIVIAL + TRUE, "checks_passed") + condition(later + TRUE, "ci_tests_passed");
  const message = "the file's own asks another question than the hardened preset's";
  expect(warningsOf(configOf(toml), presetValues("hardened"), "hardened")).toEqual([
    { key: "conditions.checks_passed", message },
    { key: "conditions.ci_tests_passed", message },
  ]);
});
