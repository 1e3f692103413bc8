// Bent diffs before the reader and the real git: what git changes, the reader must have announced.
import * as fc from "fast-check";
import { announcedChanges } from "../../src/core/proposal/diff-model.ts";
import { parseDiff } from "../../src/core/proposal/diff.ts";
import { type GitLab, gitLab, type Tree } from "../support/git-lab.ts";
import { diffs } from "./inputs.ts";

const base: Tree = new Map(
  ["f.ts", "d/e.js", "a b.md", "ü.md", "x b/y.txt"].map((path) => [
    path,
    { mode: "100644" as const, bytes: Buffer.from("a\nb\n") },
  ]),
);

export interface Agreement {
  readonly tried: number;
  readonly applied: number;
  readonly faults: readonly string[];
}

/** Asks git about `wanted` patches that the reader accepts: those that it refuses never come to git. */
export function agreement(wanted: number, seed: number): Agreement {
  const lab = gitLab();
  try {
    return compared(lab, wanted, seed);
  } finally {
    lab.remove();
  }
}

function compared(lab: GitLab, wanted: number, seed: number): Agreement {
  const tree = lab.write(base);
  const faults: string[] = [];
  const known = new Set<string>();
  let applied = 0;
  for (let round = 0; known.size < wanted && round < 50; round++) {
    for (const patch of fc.sample(diffs, { numRuns: 2000, seed: seed + round })) {
      const text = Buffer.from(patch).toString("latin1");
      const parsed = parseDiff(patch, 16);
      if (known.size >= wanted || known.has(text) || !parsed.ok) continue;
      known.add(text);
      const made = lab.apply(tree, patch);
      if ("refused" in made) continue;
      applied += 1;
      const announced = new Set(
        announcedChanges(parsed.value).map(({ status, path }) => `${status} ${path}`),
      );
      const surprise = lab.changes(tree, made.tree).filter((change) => !announced.has(change));
      if (surprise.length > 0) faults.push(`git changes ${surprise.join(", ")} by ${JSON.stringify(text)}`);
    }
  }
  return { tried: known.size, applied, faults };
}
