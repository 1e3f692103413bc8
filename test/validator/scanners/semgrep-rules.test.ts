// Rules for semgrep: ours, or the operator's; what is none stops the start.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { packageRoot } from "../../../src/io/file/config.ts";
import { loadSemgrepRules } from "../../../src/validator/scanners/semgrep-rules.ts";
import { removeScratch, scratch } from "../../support/scratch.ts";

const state = scratch("semgrep-rules");
afterAll(() => removeScratch(state));

const RULE =
  "rules:\n  - id: no-x\n    languages: [go]\n    severity: ERROR\n    message: No x.\n    pattern: x()\n";

function folder(files: Readonly<Record<string, string>>): string {
  const name = `rules-${Math.random()}`;
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(join(state, name, file, ".."), { recursive: true });
    writeFileSync(join(state, name, file), text);
  }
  return name;
}

describe("what stops the start", () => {
  test.each([
    ["a folder that is not there", () => "none", "cannot be read"],
    ["a folder without rules", () => folder({ "a.txt": "x" }), "holds no rule"],
    ["a file that is not YAML", () => folder({ "a.yml": "a: [" }), "is not plain YAML"],
    ["a file without rules", () => folder({ "a.yml": "a: 1\n" }), "holds no rules of semgrep"],
    [
      "a rule without a name",
      () => folder({ "a.yml": "rules: [{pattern: x}]\n" }),
      "holds no rules of semgrep",
    ],
  ])("%s", (_title, place, why) => {
    const load = (): unknown => loadSemgrepRules(place(), state, packageRoot());
    expect(load).toThrow(expect.objectContaining({ code: "config_invalid" }));
    expect(load).toThrow(why);
  });
});

test("the operator's: a folder below the state, a file, an absolute path; its digest goes by every byte", () => {
  const place = folder({ "deep/a.yml": RULE, "a.test.yml": "x", "read.md": "x" });
  const rules = loadSemgrepRules(place, state, packageRoot());
  expect([...rules.messages]).toEqual([["no-x", "No x."]]);
  expect([...rules.endings]).toEqual(["go"]);
  for (const other of [join(place, "deep/a.yml"), join(state, place)])
    expect(loadSemgrepRules(other, state, packageRoot()).digest).toBe(rules.digest);
  writeFileSync(join(state, place, "deep/a.yml"), `${RULE}# more\n`);
  expect(loadSemgrepRules(place, state, packageRoot()).digest).not.toBe(rules.digest);
});

test("a rule for certain paths promises nothing about files elsewhere", () => {
  const place = folder({ "a.yml": `${RULE}    paths:\n      include: [src/**]\n` });
  expect([...loadSemgrepRules(place, state, packageRoot()).endings]).toEqual([]);
});

test("ours: a dozen and more, for five languages, each with a message without text of the file", () => {
  const { messages, endings } = loadSemgrepRules("", state, packageRoot());
  expect(messages.size).toBeGreaterThanOrEqual(12);
  expect([...endings].toSorted()).toEqual(["cjs", "go", "java", "js", "jsx", "mjs", "py", "ts", "tsx"]);
  for (const message of messages.values()) expect(message).toMatch(/^[A-Z][^$]+\.$/);
});
