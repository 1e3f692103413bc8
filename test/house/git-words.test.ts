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
const comment = /^\s*(?:\/\/|\/?\*)/;

test("no argument of git that merges, moves or contacts", () => {
  const found = sources.flatMap((path) =>
    read(path)
      .split("\n")
      .map((line, at) => ({ line, place: `${path}:${at + 1}` }))
      .filter(({ line }) => asArgument.test(line) && !comment.test(line))
      .map(({ place, line }) => `${place} ${line.trim()}`),
  );
  expect(found).toEqual([]);
});

test("`commit` is never the command itself", () => {
  expect(sources.filter((path) => /args:?\s*=?\s*\[\s*["']commit["']/.test(read(path)))).toEqual([]);
});
