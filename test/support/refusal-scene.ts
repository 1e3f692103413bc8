// The scene of the refusal walks: a repository, the limits of the documents, and what a refusal must leave as it was.
import type { Content } from "./agent.ts";
import { git } from "./scratch.ts";

/** The limits of the `default` preset, so that the numbers below are the documented ones. */
export const LIMITS =
  "[proposal]\nmax_files = 5\nmax_hunk_lines = 100\nmax_changed_lines = 500\nper_hour = 10000\n[calls]\nper_minute = 100000\n";
const LINES = Array.from({ length: 700 }, (_, i) => `line ${i + 1}\n`);
export const FILES = {
  "src/a.ts": "export const a = 1;\nexport const b = 1;\nexport const c = 1;\n",
  "src/twice.ts": "same\nother\nsame\n",
  "src/long.md": LINES.join(""),
  ...Object.fromEntries(Array.from({ length: 6 }, (_, i) => [`src/f${i}.ts`, `export const f = ${i};\n`])),
  ".env": "TOKEN=hidden-from-agents\n",
  ".github/workflows/ci.yml": "on: push\n",
};

/** Everything in the repository that a refusal could have changed. */
export function snapshot(repo: string): string {
  return [
    "status --porcelain",
    "rev-parse HEAD",
    "for-each-ref",
    "ls-files --stage",
    "count-objects -v",
    "stash list",
  ]
    .map((args) => git(repo, ...args.split(" ")))
    .join("--\n");
}

export const create = (path: string, text: string): Content => ({
  edits: [{ op: "create", path, new_text: text }],
});
export const replace = (path: string, old_text: string, new_text: string): Content => ({
  edits: [{ op: "replace", path, old_text, new_text }],
});
