// Diffs before the reader and the real git: what git changes, the reader must have announced, and both make the same tree.
import * as fc from "fast-check";
import { execFile } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { announcedChanges, type FilePatch } from "../../src/core/proposal/diff-model.ts";
import { parseDiff } from "../../src/core/proposal/diff.ts";
import { applied } from "../support/diff-samples.ts";
import { ENV, FLAGS, type GitLab, gitLab, type Tree } from "../support/git-lab.ts";
import { diffs } from "./inputs.ts";
import { type Batch, batches } from "./patches.ts";

export interface Agreement {
  /** Patches that the reader accepts. */
  readonly tried: number;
  /** Those that git applies: only they can be compared. */
  readonly applied: number;
  readonly faults: readonly string[];
}

interface Question {
  readonly before: Tree;
  readonly base: string;
  readonly patch: Uint8Array;
  readonly files: readonly FilePatch[];
}

/** Asks git until `wanted` patches that the reader accepts were also applied by git. */
export async function agreement(wanted: number, seed: number): Promise<Agreement> {
  const lab = gitLab();
  try {
    return await compared(lab, wanted, seed);
  } finally {
    lab.remove();
  }
}

async function compared(lab: GitLab, wanted: number, seed: number): Promise<Agreement> {
  const sum = { tried: 0, applied: 0, faults: [] as string[] };
  const asked = batches(lab, seed);
  for (let round = 0; sum.applied < wanted; round += 1) {
    const batch = round % 20 === 0 ? madeUp(seed + round) : asked.next().value;
    const questions = readable(lab, batch);
    sum.tried += questions.length;
    const answers = await trees(lab, questions);
    sum.applied += answers.length;
    sum.faults.push(...surprises(lab, answers));
  }
  return sum;
}

const base: Tree = new Map(
  ["f.ts", "d/e.js", "a b.md", "ü.md", "x b/y.txt"].map((path) => [
    path,
    { mode: "100644" as const, bytes: Buffer.from("a\nb\n") },
  ]),
);

/** Diffs out of pieces, as hostile agents write them; few of them are read. */
function madeUp(seed: number): Batch {
  return { before: base, patches: fc.sample(diffs, { numRuns: 1000, seed }) };
}

function readable(lab: GitLab, { before, patches }: Batch): readonly Question[] {
  const known = new Map(patches.map((patch) => [Buffer.from(patch).toString("latin1"), patch]));
  const tree = lab.write(before);
  return [...known.values()].flatMap((patch) => {
    const parsed = parseDiff(patch, 16);
    return parsed.ok ? [{ before, base: tree, patch, files: parsed.value }] : [];
  });
}

interface Answer extends Question {
  readonly tree: string;
}

/** The flags of every git in the shell; nothing of this has to outlive the machine. */
const SETTINGS = Object.fromEntries(
  ["core.fsync=none", ...FLAGS.filter((flag) => flag !== "-c")].flatMap((flag, at, { length }) => {
    const [key = "", value = ""] = flag.split("=");
    return [
      ["GIT_CONFIG_COUNT", String(length)],
      [`GIT_CONFIG_KEY_${at}`, key],
      [`GIT_CONFIG_VALUE_${at}`, value],
    ];
  }),
) as Readonly<Record<string, string>>;

/** For each patch of a folder: the tree that git makes of the base and the patch, or an empty line. */
const APPLY = `
for patch in "$1"/*; do
  cp "$1.index" "$GIT_INDEX_FILE"
  if git apply --cached --whitespace=nowarn -p1 "$patch" 2>/dev/null
  then git write-tree || echo "none: the index is no tree"
  else echo
  fi
done`;

/**
 * The trees that git makes of all that it applies. Two shells share the patches: they start git many times faster than a
 * process of our size.
 */
async function trees(lab: GitLab, questions: readonly Question[]): Promise<readonly Answer[]> {
  const halves = [0, 1].map((half) => questions.filter((_, at) => at % 2 === half));
  return (
    await Promise.all(halves.map((half, at) => treesOf(lab, half, join(lab.dir, `half-${at}`))))
  ).flat();
}

async function treesOf(
  lab: GitLab,
  questions: readonly Question[],
  folder: string,
): Promise<readonly Answer[]> {
  const [first] = questions;
  if (first === undefined) return [];
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  for (const [at, { patch }] of questions.entries())
    writeFileSync(join(folder, String(at).padStart(5, "0")), patch);
  const env = { ...ENV, ...SETTINGS, GIT_DIR: lab.dir };
  const run = promisify(execFile);
  await run("git", ["read-tree", first.base], { env: { ...env, GIT_INDEX_FILE: `${folder}.index` } });
  const { stdout } = await run("sh", ["-c", APPLY, "sh", folder], {
    cwd: lab.dir,
    env: { ...env, GIT_INDEX_FILE: `${folder}.used` },
  });
  const said = stdout.split("\n");
  return questions.flatMap((question, at) =>
    said[at] === "" ? [] : [{ ...question, tree: said[at] ?? "" }],
  );
}

function surprises(lab: GitLab, answers: readonly Answer[]): readonly string[] {
  const changes = changesOf(lab, answers);
  return answers.flatMap(({ base: from, before, tree, files, patch }) => {
    const announced = new Set(announcedChanges(files).map(({ status, path }) => `${status} ${path}`));
    const surprise = (changes.get(`${from} ${tree}`) ?? [tree]).filter((change) => !announced.has(change));
    const text = JSON.stringify(Buffer.from(patch).toString("latin1"));
    if (surprise.length > 0) return [`git changes ${surprise.join(", ")} by ${text}`];
    const own = applied(files, before);
    // What does not fit is refused here; git looks around for a place.
    const isSame = own === undefined || lab.write(own) === tree;
    return isSame ? [] : [`git makes another tree by ${text}`];
  });
}

/** `A path`, `M path`, `D path` of every pair of trees, from one process. */
function changesOf(lab: GitLab, answers: readonly Answer[]): ReadonlyMap<string, readonly string[]> {
  const pairs = new Set(answers.map(({ base: from, tree }) => `${from} ${tree}`));
  const { out } = lab.git(
    ["diff-tree", "--stdin", "-r", "-z", "--no-renames", "--name-status"],
    Buffer.from([...pairs].map((pair) => `${pair}\n`).join("")),
  );
  const fields = out.toString().split("\0").values();
  const found = new Map<string, string[]>();
  let current: string[] = [];
  // The names of a pair end with a line feed, whatever ends the fields.
  for (const field of fields) {
    const [, pairsHere = "", status = ""] = /^((?:[0-9a-f]{40} [0-9a-f]{40}\n)*)(.*)$/s.exec(field) ?? [];
    for (const pair of pairsHere.split("\n").slice(0, -1)) found.set(pair, (current = []));
    if (status !== "") current.push(`${status} ${fields.next().value ?? ""}`);
  }
  return found;
}
