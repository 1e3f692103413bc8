// Threat: a report in any work tree of the served repository is what a patch wrote, as soon as that is checked out there.
import { appendFileSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { codeOf } from "../../../src/io/file/code.ts";
import { git, removeScratch, scratch, scratchRepository } from "../../support/scratch.ts";

const base = scratch("code");
const repo = scratchRepository("code-repo", { "a.txt": "a\n" });
const at = (...names: readonly string[]): string => join(base, ...names);
const served = { path: repo, gitDir: join(repo, ".git") };
beforeAll(() => {
  for (const name of ["linked", "moved", "gone"]) git(repo, "worktree", "add", "-q", at(name), "-b", name);
  renameSync(at("moved"), at("moved-by-hand"));
  mkdirSync(at("reports"));
  mkdirSync(at("holder"));
  git(repo, "worktree", "add", "-q", at("holder", "tree"), "-b", "held");
  symlinkSync(at("linked"), at("way"));
});
afterAll(() => [base, repo].forEach(removeScratch));

describe("is code", () => {
  test.each([
    ["the served tree", () => repo],
    ["a file of it that is not there yet", () => join(repo, "reports", "x.json")],
    ["git's own folder", () => join(repo, ".git", "info")],
    ["a linked work tree", () => at("linked")],
    ["a folder in it", () => at("linked", "reports")],
    ["a link to it", () => at("way", "reports")],
    ["one that was moved by hand, which git does not know", () => at("moved-by-hand", "reports")],
    ["a folder that holds one", () => at("holder")],
    ["and all of them", () => base],
  ])("%s", (_what, place) => {
    expect(codeOf(served)(place())).toBe(true);
  });

  test("the main tree, where a linked one is served", () => {
    expect(codeOf({ path: at("linked"), gitDir: join(repo, ".git") })(join(repo, "reports"))).toBe(true);
  });

  test("of a git folder that lies elsewhere: the main tree, and the one that it names", () => {
    const [main, gitDir, beside] = [at("main"), at("elsewhere.git"), at("beside")];
    git(base, "init", "-q", `--separate-git-dir=${gitDir}`, main);
    git(main, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "--allow-empty", "-m", "first");
    git(main, "worktree", "add", "-q", beside, "-b", "beside");
    const isCode = codeOf({ path: beside, gitDir });
    for (const place of [main, join(main, "reports"), beside, gitDir]) expect(isCode(place)).toBe(true);
    for (const [tree, line] of [
      ["named", `[core]\n\tworktree = ${at("named")}`],
      ["near", "[core] worktree = ../near"],
      ["quoted", `[core]\nworkTree="${at("quoted")}"`],
    ] as const) {
      expect(isCode(at(tree, "reports"))).toBe(false);
      appendFileSync(join(gitDir, "config"), `${line}\n`);
      expect(isCode(at(tree, "reports")), tree).toBe(true);
    }
  });

  test("a tree whose place git keeps as a relative one", () => {
    const folder = join(repo, ".git", "worktrees", "relative");
    mkdirSync(folder);
    writeFileSync(join(folder, "gitdir"), "../../../../relative-tree/.git\n");
    expect(codeOf(served)(join(repo, "..", "relative-tree", "x"))).toBe(true);
  });

  test("a tree that was added later", () => {
    const isCode = codeOf(served);
    expect(isCode(at("later", "x"))).toBe(false);
    git(repo, "worktree", "add", "-q", at("later"), "-b", "later");
    expect(isCode(at("later", "x"))).toBe(true);
  });
});

test("is none: another folder, another repository, and its linked tree", () => {
  const isCode = codeOf(served);
  const other = scratchRepository("code-other", { "a.txt": "a\n" });
  git(other, "worktree", "add", "-q", at("others"), "-b", "others");
  const odd = at("odd");
  mkdirSync(odd);
  for (const pointer of ["", "gitdir: \n", "gitdir: /nowhere\n", "\0", "gitdir: a\0b\n"]) {
    writeFileSync(join(odd, ".git"), pointer);
    expect(isCode(join(odd, "x")), JSON.stringify(pointer)).toBe(false);
  }
  for (const place of [at("reports"), at("absent", "x"), `${repo}2`, other, at("others"), at("linked2")])
    expect(isCode(place), place).toBe(false);
  removeScratch(other);
});

test("a list of work trees that cannot be read is no empty list", () => {
  const gitDir = at("broken.git");
  mkdirSync(gitDir);
  writeFileSync(join(gitDir, "worktrees"), "");
  expect(() => codeOf({ path: gitDir, gitDir })(at("reports"))).toThrow("cannot list the work trees");
});
