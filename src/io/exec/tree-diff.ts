// What really differs between two trees, by git's own list; git may be started before the second tree is there.
import { fromUtf8 } from "../../core/base/bytes.ts";
import { CountersignError } from "../../core/base/failure.ts";
import type { GitOid } from "../../core/base/ids.ts";
import { printable } from "../../core/base/refusal.ts";
import { begin, type Output } from "./exec.ts";
import { gitProgram } from "./git.ts";
import { MAX_LISTING, oidOf, type PrivateGit, records, strange } from "./private-git.ts";

export interface TreeChange {
  /** A, M, D, or T for a change of type. */
  readonly status: string;
  readonly oldMode: string;
  readonly newMode: string;
  readonly oldOid: GitOid;
  readonly newOid: GitOid;
  readonly path: string | undefined;
  readonly raw: string;
}

/** A `diff-tree` that runs already and waits to be told two trees, once. */
export interface TreeDiff {
  between(base: GitOid, result: GitOid): Promise<readonly TreeChange[]>;
  /** Nothing is asked any more; returns when it is gone, which it is within its time limit. */
  close(): Promise<void>;
}

export function beginDiff(own: PrivateGit): TreeDiff {
  const args = ["diff-tree", "--stdin", "-r", "-z", "--no-renames", "--full-index"];
  const program = gitProgram(own.git, { gitDir: own.gitDir, args });
  const ask = begin({ ...program, maxOutputBytes: MAX_LISTING });
  let asked: Promise<Output> | undefined;
  return {
    async between(base, result) {
      // What is no id to it git repeats, which would look like two trees without a difference.
      if ([base, result].some((id) => id.length !== DIGITS[own.objectFormat])) throw strange("diff-tree");
      const heading = Buffer.from(`${base} ${result}\n`);
      asked ??= ask(heading);
      const { code, stdout, stderr } = await asked;
      // Of a tree that is not there git only complains, says nothing of the two, and ends as if all were well.
      if (code !== 0 || !stdout.subarray(0, heading.length).equals(heading))
        throw new CountersignError(
          "exec_failed",
          `git diff-tree ended with code ${code}: ${printable(stderr.trim())}`,
        );
      return changesIn(stdout.subarray(heading.length));
    },
    async close() {
      await (asked ?? ask("")).catch(() => undefined);
    },
  };
}

const DIGITS = { sha1: 40, sha256: 64 } as const;

/** Without guessing at renames, sorted by path in byte order. */
export function diffTree(own: PrivateGit, base: GitOid, result: GitOid): Promise<readonly TreeChange[]> {
  return beginDiff(own).between(base, result);
}

function changesIn(listing: Buffer): readonly TreeChange[] {
  const parts = records(listing);
  const changes: TreeChange[] = [];
  for (let i = 0; i < parts.length; i += 2) {
    const [head, name] = [parts[i], parts[i + 1]];
    const fields = /^:(\d{6}) (\d{6}) ([0-9a-f]+) ([0-9a-f]+) ([A-Z])$/.exec(head?.toString("latin1") ?? "");
    if (fields === null || name === undefined) throw strange("diff-tree");
    const [, oldMode = "", newMode = "", oldOid = "", newOid = "", status = ""] = fields;
    changes.push({
      status,
      oldMode,
      newMode,
      oldOid: oidOf(oldOid),
      newOid: oidOf(newOid),
      path: fromUtf8(name),
      raw: name.toString("latin1"),
    });
  }
  return changes;
}
