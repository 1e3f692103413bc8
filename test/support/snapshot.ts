// Everything of a repository that a landing must leave alone, as one value to compare.
import { hash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { git } from "./scratch.ts";

/** Status, HEAD and its log, the checked-out branch, stash, index bytes and configuration. */
export function snapshotOf(repo: string): Readonly<Record<string, string>> {
  const read = (...path: readonly string[]): string => readFileSync(join(repo, ".git", ...path), "utf8");
  const index = join(repo, ".git", "index");
  return {
    status: git(repo, "status", "--porcelain", "--ignored"),
    head: read("HEAD"),
    main: git(repo, "rev-parse", "main"),
    stash: git(repo, "stash", "list"),
    index: existsSync(index) ? hash("sha256", readFileSync(index), "hex") : "",
    headLog: read("logs", "HEAD"),
    config: read("config"),
  };
}
