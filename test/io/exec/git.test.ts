// Finding git: only in absolute folders, only one that is new enough, and always under the hermetic command line.
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import {
  findGit,
  gitBytes,
  gitProgram,
  openRepository,
  resolveRef,
  runGit,
} from "../../../src/io/exec/git.ts";
import { git, removeScratch, scratch, scratchRepository } from "../../support/scratch.ts";

const folder = scratch("git");
const repo = scratchRepository("git", { a: "x" });
afterAll(() => [folder, repo].forEach(removeScratch));

function fake(name: string, says: string): string {
  const bin = join(folder, name);
  mkdirSync(bin);
  writeFileSync(join(bin, "git"), `#!/bin/sh\n${says}\n`);
  chmodSync(join(bin, "git"), 0o755);
  return bin;
}

describe("a git is refused", () => {
  test.each([
    ["that is nowhere", () => ":.:bin", "repository_unusable"],
    ["that is too old", () => fake("old", "echo git version 2.30.9"), "repository_unusable"],
    ["that says something else", () => fake("odd", "echo hello"), "repository_unusable"],
    ["that never answers", () => fake("slow", "exec /bin/sleep 60"), "exec_timeout"],
  ])("%s", async (_, make, code) => {
    await expect(findGit(make(), 1000)).rejects.toMatchObject({ code });
  });
});

test.each([
  ["git version 2.31.0", "2.31.0"],
  ["git version 2.39.5 (Apple Git-154)", "2.39.5"],
  ["git version 3.0.0-rc1", "3.0.0-rc1"],
])("%s is understood", async (line, version) => {
  expect((await findGit(fake(version, `echo "${line}"`), 10_000)).version).toBe(version);
});

describe("the hermetic command line", () => {
  const gitDir = join(repo, ".git");
  const git = findGit(process.env["PATH"] ?? "", 30_000);

  test("carries the settings and the whole environment", async () => {
    const { file, args, env } = gitProgram(await git, { gitDir, args: ["version"] });
    expect(file).toMatch(/^\//);
    for (const setting of [
      "core.hooksPath=/dev/null",
      "core.protectNTFS=true",
      "core.protectHFS=true",
      "core.fsmonitor=false",
      "protocol.allow=never",
      "apply.whitespace=nowarn",
    ]) {
      expect(args[args.indexOf(setting) - 1]).toBe("-c");
    }
    expect(env).toMatchObject({
      HOME: "/nonexistent",
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_TERMINAL_PROMPT: "0",
      GIT_ALLOW_PROTOCOL: "none",
    });
    expect(env).not.toHaveProperty("PATH");
  });

  test("forbids every protocol, whatever the repository allows", async () => {
    writeFileSync(
      join(gitDir, "config"),
      '[core]\n\trepositoryformatversion = 0\n[protocol "ext"]\n\tallow = always\n[protocol "file"]\n\tallow = always\n',
    );
    for (const url of [`ext::sh -c "echo > ${join(folder, "ran")}"`, repo]) {
      const { code, stderr } = await runGit(await git, { gitDir, args: ["ls-remote", url] });
      expect({ code, stderr }).toMatchObject({
        code: 128,
        stderr: expect.stringContaining("not allowed") as string,
      });
    }
  });

  test("turns any other exit code than 0 into a failure where success is expected", async () => {
    await expect(
      gitBytes(await git, { gitDir, args: ["cat-file", "-e", "1".repeat(40)] }),
    ).rejects.toMatchObject({ code: "exec_failed" });
  });
});

describe("a ref is found by its whole name", () => {
  const named = scratchRepository("git-refs", { a: "x" });
  afterAll(() => removeScratch(named));
  const open = findGit(process.env["PATH"] ?? "", 30_000).then(async (found) => ({
    found,
    repository: await openRepository(found, named),
  }));
  const resolve = async (ref: string): Promise<string | undefined> => {
    const { found, repository } = await open;
    return resolveRef(found, repository, ref);
  };
  const head = git(named, "rev-parse", "HEAD").trim();

  test("and by nothing that git would try in its place", async () => {
    for (const ref of [
      "refs/tags/refs/heads/zz",
      "refs/heads/refs/heads/yy",
      "refs/heads/deep/one",
      "refs/xx",
    ])
      git(named, "update-ref", ref, "main");
    for (const ref of ["refs/heads/zz", "refs/heads/yy", "main", "xx", "HEAD", head, "refs/heads/deep"])
      expect(await resolve(ref), ref).toBeUndefined();
    for (const ref of [
      "refs/heads/*",
      "refs/heads/mai?",
      "refs/heads/main~0",
      "refs/heads/main^{tree}",
      "--all",
      "",
    ])
      expect(await resolve(ref), ref).toBeUndefined();
  });

  test("also a symbolic one", async () => {
    git(named, "symbolic-ref", "refs/remotes/origin/HEAD", "refs/heads/main");
    expect(await resolve("refs/remotes/origin/HEAD")).toBe(head);
    expect(await resolve("refs/heads/main")).toBe(head);
  });
});
