// Bare git repositories in temporary folders, whose trees are described in memory and judged by the real git.
import { spawnSync } from "node:child_process";
import { hash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import { removeScratch, scratch } from "./scratch.ts";

export interface TreeFile {
  readonly mode: "100644" | "100755" | "120000" | "160000";
  readonly bytes: Uint8Array;
}
/** A whole tree: bytes and mode by path. */
export type Tree = ReadonlyMap<string, TreeFile>;

export interface GitAnswer {
  readonly ok: boolean;
  readonly out: Buffer;
  readonly said: string;
}

export interface GitLab {
  readonly dir: string;
  readonly git: (args: readonly string[], input?: Uint8Array) => GitAnswer;
  /** Object id of `tree`, whose objects are written. */
  readonly write: (tree: Tree) => string;
  /** Every file of a tree-ish with its bytes; links and submodules keep their mode. */
  readonly read: (treeish: string) => Tree;
  /** The tree that git makes of `base` and `patch`, or what git says against it. */
  readonly apply: (base: string, patch: Uint8Array) => { tree: string } | { refused: string };
  /** `A path`, `M path`, `D path` lines of the difference, sorted by path in byte order. */
  readonly changes: (from: string, to: string) => readonly string[];
  readonly remove: () => void;
}

/** The environment and the flags with which the product runs git, so that the judge is the product's git. */
export const ENV = {
  HOME: "/nonexistent",
  PATH: "/usr/bin:/bin",
  LC_ALL: "C",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_TERMINAL_PROMPT: "0",
};
export const FLAGS = [
  "core.hooksPath=/dev/null",
  "core.protectNTFS=true",
  "core.protectHFS=true",
  "core.fsmonitor=false",
  "protocol.allow=never",
].flatMap((flag) => ["-c", flag]);

/** An empty bare repository. */
export function gitLab(): GitLab {
  const dir = scratch("lab");
  const run = gitIn(dir);
  must(run(["init", "--quiet", "--bare", "."]));
  return labIn(dir, run);
}

/** A bare clone of a bundle. */
export function gitLabOf(bundle: string): GitLab {
  const dir = scratch("lab");
  const run = gitIn(dir);
  must(run(["-c", "protocol.allow=always", "clone", "--quiet", "--bare", bundle, "."]));
  return labIn(dir, run);
}

function labIn(dir: string, git: GitLab["git"]): GitLab {
  const index = { GIT_INDEX_FILE: join(dir, "lab-index") };
  const indexed = gitIn(dir, index);
  const known = new Set<string>();
  return {
    dir,
    git,
    write: (tree) => writeTree(dir, known, tree),
    read: (treeish) => readTree(git, treeish),
    apply: (base, patch) => {
      must(indexed(["read-tree", base]));
      const applied = indexed(["apply", "--cached", "--whitespace=nowarn", "-p1", "-"], patch);
      if (!applied.ok) return { refused: applied.said };
      return {
        tree: must(indexed(["write-tree"]))
          .out.toString()
          .trim(),
      };
    },
    changes: (from, to) => {
      const { out } = must(git(["diff-tree", "-r", "-z", "--no-renames", "--name-status", from, to]));
      const fields = out.toString().split("\0").slice(0, -1);
      return fields.flatMap((field, at) => (at % 2 === 0 ? [`${field} ${fields[at + 1] ?? ""}`] : []));
    },
    remove: () => removeScratch(dir),
  };
}

function readTree(git: GitLab["git"], treeish: string): Tree {
  const listed = must(git(["ls-tree", "-r", "-z", "--full-tree", treeish])).out.toString();
  return new Map(
    listed
      .split("\0")
      .slice(0, -1)
      .map((row): [string, TreeFile] => {
        const [mode, , id = ""] = row.slice(0, row.indexOf("\t")).split(" ");
        const bytes = mode === "160000" ? new Uint8Array() : must(git(["cat-file", "blob", id])).out;
        return [row.slice(row.indexOf("\t") + 1), { mode: mode as TreeFile["mode"], bytes }];
      }),
  );
}

function gitIn(dir: string, more: Readonly<Record<string, string>> = {}): GitLab["git"] {
  return (args, input) => {
    const child = spawnSync("git", [...FLAGS, ...args], {
      cwd: dir,
      env: { ...ENV, GIT_DIR: dir, ...more },
      maxBuffer: 1 << 28,
      ...(input === undefined ? {} : { input }),
    });
    if (child.error !== undefined) throw child.error;
    return { ok: child.status === 0, out: child.stdout, said: child.stderr.toString() };
  };
}

function must(answer: GitAnswer): GitAnswer {
  if (!answer.ok) throw new Error(`git: ${answer.said}`);
  return answer;
}

/** Loose objects written by hand: a thousand of them cost less than one `git hash-object` each. */
function writeTree(dir: string, known: Set<string>, tree: Tree): string {
  const put = (kind: string, body: Uint8Array): string => {
    const whole = Buffer.concat([Buffer.from(`${kind} ${body.length}\0`), body]);
    const id = hash("sha1", whole, "hex");
    if (!known.has(id)) {
      mkdirSync(join(dir, "objects", id.slice(0, 2)), { recursive: true });
      writeFileSync(join(dir, "objects", id.slice(0, 2), id.slice(2)), deflateSync(whole, { level: 1 }));
      known.add(id);
    }
    return id;
  };
  const level = (prefix: string): string => {
    const names = new Map<string, { mode: string; id: string; key: string }>();
    for (const [path, file] of tree) {
      if (!path.startsWith(prefix)) continue;
      const [name = "", ...below] = path.slice(prefix.length).split("/");
      if (names.has(name)) continue;
      // git sorts a folder as if its name ended with a slash.
      if (below.length > 0)
        names.set(name, { mode: "40000", id: level(`${prefix}${name}/`), key: `${name}/` });
      else names.set(name, { mode: file.mode, id: put("blob", file.bytes), key: name });
    }
    const sorted = [...names].toSorted(([, a], [, b]) =>
      Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)),
    );
    const rows = sorted.map(([name, { mode, id }]) =>
      Buffer.concat([Buffer.from(`${mode} ${name}\0`), Buffer.from(id, "hex")]),
    );
    return put("tree", Buffer.concat(rows));
  };
  return level("");
}
