// P08: nothing here could merge or speak to a remote: the words of git that do are nowhere in src as an argument.
import { expect, test } from "vitest";
import { read, sources } from "./files.ts";

/** Commands that move branches, HEAD, index or work tree, or reach another repository; at run time an allow-list says more. */
const NEVER = [
  "add",
  "am",
  "bisect",
  "branch",
  "checkout",
  "checkout-index",
  "cherry-pick",
  "clean",
  "clone",
  "fast-import",
  "fetch",
  "fetch-pack",
  "filter-branch",
  "gc",
  "ls-remote",
  "merge",
  "merge-file",
  "merge-index",
  "merge-tree",
  "mv",
  "notes",
  "prune",
  "pull",
  "push",
  "receive-pack",
  "rebase",
  "remote",
  "remote-ext",
  "request-pull",
  "reset",
  "restore",
  "revert",
  "send-pack",
  "stash",
  "subtree",
  "switch",
  "tag",
  "update-index",
  "upload-pack",
  "worktree",
];
const asArgument = new RegExp(`["'\`](?:${NEVER.join("|")})["'\`]`);
/** Files that start no program and in which such a word is another thing: a class of characters, a state, a system call. */
const OTHER_WORDS: readonly string[] = [
  "src/core/content/invisible.ts",
  "src/gateway/tools/proposal-guard.ts",
  "src/io/guard/classifier.ts",
  "src/validator/checks/classified.ts",
  "src/validator/sandbox/seccomp.ts",
  "src/validator/sandbox/syscalls.ts",
];
const comment = /^\s*(?:\/\/|\/?\*)/;

test("no argument of git that merges, moves or contacts", () => {
  const looked = sources.filter((path) => !OTHER_WORDS.includes(path));
  const found = looked.flatMap((path) =>
    read(path)
      .split("\n")
      .map((line, at) => ({ line, place: `${path}:${at + 1}` }))
      .filter(({ line }) => asArgument.test(line) && !comment.test(line))
      .map(({ place, line }) => `${place} ${line.trim()}`),
  );
  expect(found).toEqual([]);
});

test("what is not looked through runs no program", () => {
  for (const path of OTHER_WORDS) expect(read(path)).not.toMatch(/from ".*\/exec\/|child_process/);
});

test("`commit` is never the command itself", () => {
  expect(sources.filter((path) => /args:?\s*=?\s*\[\s*["']commit["']/.test(read(path)))).toEqual([]);
});
