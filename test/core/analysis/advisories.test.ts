// P18: bad versions of packages, in the manifests and lock files of the ecosystems, where a patch adds them.
import { describe, expect, test } from "vitest";
import { alarms } from "../../../src/core/analysis/advisories.ts";
import type { Advisory } from "../../../src/core/analysis/rules.ts";
import { packageRoot } from "../../../src/io/file/config.ts";
import { loadRules } from "../../../src/io/file/rules.ts";

const pack: readonly Advisory[] = [
  { ecosystem: "npm", name: "bad", versions: ["1.2.3", "<1.0.0"], id: "A-1" },
  { ecosystem: "npm", name: "@a/bad", versions: ["*"], id: "A-2" },
  { ecosystem: "pypi", name: "bad-one", versions: ["<2.0"], id: "A-3" },
  { ecosystem: "go", name: "a.example/bad", versions: ["<1.4.0"], id: "A-4" },
  { ecosystem: "cargo", name: "bad", versions: ["0.1.0"], id: "A-5" },
  { ecosystem: "maven", name: "org.bad:core", versions: ["<2.17.1"], id: "A-6" },
];

function found(path: string, text: string, added = all(text)): readonly string[] {
  return alarms(path, text, added, pack).map(({ advisory, line }) => `${advisory.id}:${line}`);
}

function all(text: string): ReadonlySet<number> {
  return new Set(text.split("\n").map((_, at) => at + 1));
}

describe("is found", () => {
  test.each([
    ["package.json", '{\n "dependencies": {\n  "bad": "^1.2.3"\n }\n}', ["A-1:3"]],
    ["package.json", '{ \n"x": "npm:bad@1.2.3" }', []],
    ["a/package.json", '"@a/bad": "~9.0.0"', ["A-2:1"]],
    ["package-lock.json", ' "node_modules/x/node_modules/bad": {\n  "version": "0.9.9"', ["A-1:2"]],
    ["yarn.lock", 'bad@^1.0.0:\n  version "1.2.3"', ["A-1:2"]],
    ["pnpm-lock.yaml", "  bad@1.2.3:\n", ["A-1:1"]],
    ["requirements.txt", "Bad_One==1.9", ["A-3:1"]],
    ["requirements-dev.txt", "bad-one[extra]>=1.0", ["A-3:1"]],
    ["pyproject.toml", 'dependencies = [\n  "bad.one>=1.0",\n]', ["A-3:2"]],
    ["poetry.lock", 'name = "bad-one"\nversion = "1.0"', ["A-3:2"]],
    ["go.mod", "require (\n\ta.example/bad v1.3.9\n)", ["A-4:2"]],
    ["Cargo.toml", 'bad = { version = "0.1.0", features = [] }', ["A-5:1"]],
    ["Cargo.lock", 'name = "bad"\nversion = "0.1.0"', ["A-5:2"]],
    [
      "pom.xml",
      "<groupId>org.bad</groupId>\n<artifactId>core</artifactId>\n<version>2.14.0</version>",
      ["A-6:3"],
    ],
    ["build.gradle", 'implementation "org.bad:core:2.14.0"', ["A-6:1"]],
  ])("in %s: %j is bad", (path, text, expected) => {
    expect(found(path, text)).toEqual(expected);
  });
});

describe("is left alone", () => {
  test.each([
    ["package.json", '"bad": "1.2.4"'],
    ["package.json", '"very-bad": "1.2.3"'],
    ["requirements.txt", "bad-one==2.0"],
    ["go.mod", "require a.example/bad v1.4.0"],
    ["pom.xml", "<groupId>org.bad</groupId><artifactId>core</artifactId><version>2.17.1</version>"],
    ["notes.txt", '"bad": "1.2.3"'],
    ["package.json", `"bad": "1.2.3"${" ".repeat(3000)}`],
  ])("in %s: %j", (path, text) => {
    expect(found(path, text)).toEqual([]);
  });

  test("where the patch adds neither the name nor the version", () => {
    const text = 'bad@^1.0.0:\n  version "1.2.3"\n';
    expect(found("yarn.lock", text, new Set([3]))).toEqual([]);
    expect(found("yarn.lock", text, new Set([1]))).toEqual(["A-1:1"]);
  });
});

describe("the pack that is shipped", () => {
  const shipped = loadRules(packageRoot())["static-analysis"].advisories;
  const said = (path: string, text: string): number => alarms(path, text, all(text), shipped).length;

  test.each([
    ["package.json", '"event-stream": "3.3.6"', 1],
    ["package.json", '"event-stream": "3.3.5"', 0],
    ["package.json", '"minimist": "^1.2.5"', 1],
    ["package.json", '"minimist": "0.2.4"', 0],
    ["package.json", '"debug": "4.4.3"', 0],
    ["build.gradle", "implementation 'org.apache.logging.log4j:log4j-core:2.14.1'", 1],
    ["build.gradle", "implementation 'org.apache.logging.log4j:log4j-core:2.12.4'", 0],
    ["build.gradle", "implementation 'org.apache.commons:commons-text:1.9'", 1],
    ["build.gradle", "implementation 'org.apache.commons:commons-text:1.4'", 0],
    ["requirements.txt", "PyYAML==5.4", 0],
  ])("%s with %s: %i", (path, text, count) => {
    expect(said(path, text)).toBe(count);
  });

  test("names no package twice, and says of each what is known", () => {
    const names = shipped.map(({ ecosystem, name }) => `${ecosystem} ${name}`);
    expect(new Set(names).size).toBe(names.length);
    for (const { id } of shipped) expect(id).toMatch(/20\d\d|mended|escaped|maintained|malicious/);
  });
});
