// D25: what git says of base and result. D02: what is not known is an error, and no guess.
import { describe, expect, test } from "vitest";
import type { Json } from "../../../src/core/base/canonical.ts";
import { questions } from "../../../src/core/gate/providers.ts";
import { CountersignError } from "../../../src/core/base/failure.ts";
import { gitProvider } from "../../../src/io/evidence/git.ts";
import type { GitFacts } from "../../../src/io/evidence/provider.ts";
import { question, tell } from "../../support/questions.ts";

type Row = readonly [check: string, params: Readonly<Record<string, Json>>, expected: string];

const signal = new AbortController().signal;

const facts: GitFacts = {
  targetRef: "refs/heads/main",
  baseCommit: "a".repeat(40),
  baseTree: "b".repeat(40),
  resultTree: "c".repeat(40),
  baseIsTip: true,
  changes: [
    { path: "src/a.ts", kind: "modify", added: 3, removed: 1 },
    { path: "docs/b.md", kind: "create", added: 10, removed: 0 },
    { path: "old/c.ts", kind: "delete", added: 0, removed: 7 },
  ],
};

describe("git", () => {
  test.each<Row>([
    ["target_ref", {}, '"refs/heads/main"'],
    ["base_commit", {}, JSON.stringify(facts.baseCommit)],
    ["base_tree", {}, JSON.stringify(facts.baseTree)],
    ["result_tree", {}, JSON.stringify(facts.resultTree)],
    ["base_is_tip", {}, "true"],
    ["changed_paths", {}, '["src/a.ts","docs/b.md","old/c.ts"]'],
    ["created_paths", {}, '["docs/b.md"]'],
    ["deleted_paths", {}, '["old/c.ts"]'],
    ["changed_files", {}, "3"],
    ["added_lines", {}, "13"],
    ["removed_lines", {}, "8"],
    ["touches", { globs: ["src/**"] }, "true"],
    ["touches", { globs: ["old/*", "nothing"] }, "true"],
    ["touches", { globs: ["lib/**", "*.ts"] }, "false"],
    ["touches", { globs: ["SRC/**", "old/**"] }, "true"],
    ["touches", { globs: ["["] }, "git_globs"],
    ["touches", { globs: "src/**" }, "git_globs"],
    ["touches", {}, "git_globs"],
    ["toString", {}, "git_check"],
  ])("%s %j: %s", async (check, params, expected) => {
    expect(
      await tell(
        gitProvider(() => Promise.resolve(facts)),
        "git",
        check,
        params,
      ),
    ).toBe(expected);
  });

  test("what is not known is an error, also for a tree that was not built", async () => {
    const failing = gitProvider(() => Promise.reject(new Error("hunter2")));
    expect(await tell(failing, "git", "touches", { globs: ["*"] })).toBe("git_unavailable");
    const { resultTree: _none, ...rest } = facts;
    const unbuilt = gitProvider(() => Promise.resolve(rest));
    expect(await tell(unbuilt, "git", "result_tree")).toBe("git_unavailable");
    expect(await tell(unbuilt, "git", "base_is_tip")).toBe("true");
  });

  test("git is asked once for all conditions of an evaluation", async () => {
    let asked = 0;
    const provider = gitProvider(() => {
      asked += 1;
      return Promise.resolve(facts);
    });
    await Promise.all(
      ["base_tree", "base_commit", "changed_files"].map((check) => tell(provider, "git", check)),
    );
    expect(asked).toBe(1);
  });
});

test.each([
  ["exec_timeout", "git_timeout"],
  ["exec_overflow", "git_too_large"],
  ["exec_failed", "git_unavailable"],
  ["repository_unusable", "git_unavailable"],
] as const)("git that fails with %s: %s", async (code, expected) => {
  const failing = gitProvider(() => Promise.reject(new CountersignError(code, "m")));
  expect(await tell(failing, "git", "base_tree")).toBe(expected);
});

test("every check of the table has an answer", async () => {
  for (const check of Object.keys(questions.git))
    expect(
      await tell(
        gitProvider(() => Promise.resolve(facts)),
        "git",
        check,
        { globs: ["x"] },
      ),
    ).not.toBe("git_check");
});

test("the anchor", async () => {
  const found = await gitProvider(() => Promise.resolve(facts)).ask(
    question("git", "base_is_tip", {}),
    signal,
  );
  expect(found.anchor).toEqual({
    type: "git_tree",
    value: `{"commit":"${facts.baseCommit}","result_tree":"${facts.resultTree}","tree":"${facts.baseTree}"}`,
  });
});

describe("touches", () => {
  const touched = (path: string, ...globs: readonly string[]): Promise<string> => {
    const changes = [{ path, kind: "create", added: 1, removed: 0 }] as const;
    const provider = gitProvider(() => Promise.resolve({ ...facts, changes }));
    return tell(provider, "git", "touches", { globs });
  };

  test.each([
    ["src/API/x.ts", "**/api/**"],
    ["Infra/prod.yml", "infra/**"],
    ["Infra/prod.yml", "infra"],
    [".GitHub/workflows/a.yml", ".github/workflows/*"],
    ["makefile", "Makefile"],
    ["docs/file.md", "docs/\ufb01le.md"],
  ])("%s and %s: only where letters are folded, so nobody can tell", async (path, glob) => {
    expect(await touched(path, glob)).toBe("git_ambiguous");
    expect(await touched(path, "nothing", glob)).toBe("git_ambiguous");
    expect(await touched(path, glob, path)).toBe("true");
  });

  test.each([
    ["Infra/a/b.yml", "Infra", "true"],
    ["src/infra/a.yml", "src/*", "true"],
    ["src/a/b.ts", "**/a", "true"],
    ["Infrastructure/a.yml", "Infra", "false"],
    ["src/Infra/a.yml", "Infra", "false"],
    ["Infra", "Infra/**", "false"],
  ])("%s and %s: %s, with what lies under a folder that is named", async (path, glob, expected) => {
    expect(await touched(path, glob)).toBe(expected);
  });
});
