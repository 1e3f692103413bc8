// Targets: kinds, listed files, places for new ones, and every way in which two names become one.
import { describe, expect, test } from "vitest";
import type { RepoPath } from "../../../src/core/base/path.ts";
import type { FilePatch } from "../../../src/core/proposal/diff-model.ts";
import { protector } from "../../../src/core/proposal/protect.ts";
import { pathIndex, targetFindings, type TargetFindings } from "../../../src/core/proposal/targets.ts";
import { configOf, shippedRules } from "../../support/served.ts";

const protect = protector(shippedRules().paths);
const config = configOf('[proposal]\ncreate = ["**"]');
const EXISTING = [
  "README.md",
  "docs/guide.md",
  "docs/deep/a.md",
  "src/A.ts",
  "LICENSE",
  "twin/a.md",
  "twin/A.md",
  "unlisted.md",
  "image.png",
];

const at = (path: string): RepoPath => path as RepoPath;
const modify = (path: string): FilePatch => ({ kind: "modify", path: at(path), hunks: [] });
const create = (path: string, mode: "100644" | "100755" = "100644"): FilePatch => ({
  kind: "create",
  path: at(path),
  mode,
  hunks: [],
});
const remove = (path: string): FilePatch => ({ kind: "delete", path: at(path), mode: "100644", hunks: [] });
const rename = (from: string, path: string): FilePatch => ({
  kind: "rename",
  from: at(from),
  path: at(path),
  hunks: [],
});
const copy = (from: string, path: string): FilePatch => ({
  kind: "copy",
  from: at(from),
  path: at(path),
  hunks: [],
});

function find(files: readonly FilePatch[], own = config): TargetFindings {
  const listed = (path: string): boolean => EXISTING.includes(path) && path !== "unlisted.md";
  return targetFindings(files, { config: own, protect, listed, existing: pathIndex(EXISTING) });
}
const blocking = (...files: readonly FilePatch[]): readonly string[] =>
  find(files).blocking.map(({ refusal }) => refusal.code);

describe("blocking", () => {
  test.each<[string, readonly FilePatch[], readonly string[]]>([
    ["change of a file that is not listed", [modify("unlisted.md")], ["target_missing"]],
    ["change of a file that does not exist", [modify("new.md")], ["target_missing"]],
    ["change in another case", [modify("readme.md")], ["target_missing"]],
    ["deletion of a file that is not listed", [remove("unlisted.md")], ["target_missing"]],
    ["move of a file that is not listed", [rename("unlisted.md", "n.md")], ["target_missing"]],
    ["copy of a file that is not listed", [copy("unlisted.md", "n.md")], ["target_missing"]],
    ["kind", [create("run.exe")], ["target_kind"]],
    ["no extension", [create("run")], ["target_kind"]],
    ["kind of a moved file", [rename("README.md", "README.exe")], ["target_kind"]],
    ["kind that a move would shed", [rename("image.png", "image.md")], ["target_kind"]],
    ["creation of a listed file", [create("README.md")], ["target_exists"]],
    ["creation of a file that exists but is not listed", [create("unlisted.md")], ["target_exists"]],
    ["move onto a file", [rename("README.md", "docs/guide.md")], ["target_exists"]],
    ["copy onto a file", [copy("README.md", "docs/guide.md")], ["target_exists"]],
    ["creation in another case", [create("readme.md")], ["target_case"]],
    ["creation in another form", [create("ＲＥＡＤＭＥ.md")], ["target_case"]],
    ["creation under a folder in another case", [create("Docs/new.md")], ["target_case"]],
    ["creation under a file", [create("LICENSE/a.md")], ["target_exists"]],
    ["creation under a file in another case", [create("license/a.md")], ["target_case"]],
    [
      "creation in the place of a folder",
      [create("docs/deep.md"), create("docs/deep")],
      ["target_kind", "target_exists"],
    ],
    [
      "creation in the place of a folder in another case",
      [create("docs/DEEP")],
      ["target_kind", "target_case"],
    ],
    ["creation under a file that is deleted", [remove("LICENSE"), create("LICENSE/a.md")], ["target_exists"]],
    ["one of twins deleted, a third created", [remove("twin/a.md"), create("twin/A.MD")], ["target_case"]],
    ["two new files in two cases", [create("new.md"), create("NEW.md")], ["target_case"]],
    ["two new folders in two cases", [create("new/a.md"), create("New/b.md")], ["target_case"]],
    [
      "a new file and a moved one in two cases",
      [create("new.md"), rename("README.md", "New.md")],
      ["target_case"],
    ],
    ["a new file under a new file", [create("a.md"), create("a.md/b.md")], ["target_exists"]],
    [
      "a new file under a new file in another case",
      [create("a.md/b.md"), create("A.md")],
      ["target_exists", "target_case"],
    ],
    ["blocked path", [create(".github/workflows/x.yml")], ["path_blocked"]],
    [
      "blocked path of a move's source",
      [rename(".github/workflows/x.yml", "x.yml")],
      ["path_blocked", "target_missing"],
    ],
    ["blocked path of a copy's source", [copy("a/.env.md", "x.md")], ["path_blocked", "target_missing"]],
  ])("%s", (_, files, codes) => {
    expect([...blocking(...files)].toSorted()).toEqual([...codes].toSorted());
  });

  test("new files only where they may be", () => {
    const own = configOf('[proposal]\ncreate = ["docs/**"]');
    expect(find([create("docs/new.md"), modify("README.md")], own).blocking).toEqual([]);
    for (const file of [
      create("new.md"),
      rename("docs/guide.md", "guide.md"),
      copy("README.md", "b.md"),
      create("Docs/new.md"),
    ])
      expect(find([file], own).blocking.map(({ rule }) => rule)).toContain("create");
    expect(find([create("docs/new.md")], configOf("[proposal]\ncreate = []")).blocking).toMatchObject([
      { rule: "create", refusal: { code: "target_create" } },
    ]);
  });
});

describe("manual", () => {
  test.each<[string, FilePatch, string, string]>([
    ["protected path", create("AGENTS.md"), "agent-instructions", "path_protected"],
    ["protected source of a move", rename("src/auth/a.ts", "src/a.ts"), "security", "path_protected"],
    ["dependencies", create("package.json"), "javascript", "path_dependency"],
    ["new executable file", create("run.sh", "100755"), "executable", "diff_mode"],
  ])("%s", (_, file, rule, code) => {
    expect(find([file]).manual).toMatchObject([{ rule, refusal: { code } }]);
  });
});

describe("places that agents cannot see", () => {
  // What lies there is compared with nothing that the proposer could have read, and nobody but a person may know of it.
  const own = configOf(
    '[proposal]\ncreate = ["**"]\n[publish]\ninclude = ["docs/**", "*.md"]\nexclude = ["docs/deep/**"]',
  );
  test.each<[string, FilePatch]>([
    ["a new file in an excluded folder", create("docs/deep/new.md")],
    ["a new file outside of what is included", create("src/new.ts")],
    ["a file moved there", rename("README.md", "docs/deep/b.md")],
    ["a file copied there", copy("README.md", "docs/deep/b.md")],
  ])("%s asks for a person", (_, file) => {
    expect(find([file], own)).toMatchObject({
      blocking: [],
      manual: [{ rule: "unpublished", refusal: { code: "path_protected", where: file.path } }],
    });
  });

  test("other places and other changes do not", () => {
    const files = [create("docs/new.md"), modify("README.md"), remove("docs/guide.md")];
    expect(find(files, own)).toEqual({ blocking: [], manual: [] });
  });
});

describe("acceptance", () => {
  test.each<[string, readonly FilePatch[]]>([
    ["change", [modify("README.md")]],
    ["deletion", [remove("docs/guide.md")]],
    ["creation", [create("docs/new/deep.md"), create("docs/new/other.md")]],
    ["move", [rename("docs/guide.md", "docs/manual.md")]],
    ["move in case only", [rename("README.md", "readme.md")]],
    ["deletion and creation in another case", [remove("README.md"), create("ReadMe.md")]],
    ["two copies of one file", [copy("README.md", "a.md"), copy("README.md", "b.md")]],
    ["a name without extension that is listed", [create("sub/LICENSE")]],
    ["change of one of two twins", [modify("twin/a.md")]],
  ])("%s", (_, files) => {
    expect(find(files)).toEqual({ blocking: [], manual: [] });
  });
});

test("a large tree is indexed in time", () => {
  const paths = Array.from({ length: 300_000 }, (_, i) => `dir${i % 100}/Sub${i % 1000}/file${i}.ts`);
  const index = pathIndex(paths);
  expect(index.folded.get("dir7/sub7")).toEqual(["dir7/Sub7"]);
});
