// Patches that git itself wrote between trees of odd names and lines, whole and bent: most are read, and many apply.
import * as fc from "fast-check";
import { byteText, bytesOf } from "../../src/core/base/bytes.ts";
import { bent, scenario } from "../support/diff-samples.ts";
import type { GitLab, Tree } from "../support/git-lab.ts";

/** Patches for one tree. */
export interface Batch {
  readonly before: Tree;
  readonly patches: readonly Uint8Array[];
}

const WRITINGS: readonly (readonly string[])[] = [
  ["-M"],
  ["--no-renames", "-U1"],
  ["-C", "--find-copies-harder", "-M20%"],
  ["-U8", "--full-index", "--patience"],
  ["-B", "-M", "--inter-hunk-context=9"],
  ["-M", "-U2", "--irreversible-delete"],
];
const TREES = 40;
/** Of every diff, beside itself. */
const BENT = 9;

/** Round after round, without end; the same ones for the same seed. */
export function* batches(lab: GitLab, seed: number): Generator<Batch, never> {
  const dice = rolls(seed);
  for (let round = 0; ; round += 1) {
    const changes = fc
      .sample(scenario(round % 2 === 1), { numRuns: TREES, seed: seed + round })
      .map(({ before, after }) => ({ before, after: flipped(after, dice) }));
    const pairs = changes.map(({ before, after }) => [lab.write(before), lab.write(after)].join(" "));
    const written = WRITINGS.map((options) => diffsOf(lab, pairs, options));
    for (const [at, { before }] of changes.entries()) {
      const whole = new Set(written.map((diffs) => diffs.get(pairs[at] ?? "") ?? ""));
      whole.delete("");
      yield {
        before,
        patches: [...whole].flatMap((diff) => [
          bytesOf(diff),
          ...Array.from({ length: BENT }, () => variant(bytesOf(diff), dice)),
        ]),
      };
    }
  }
}

/** Byte texts by pair, from one process; no line of a diff can be the two names that git writes in front of it. */
function diffsOf(lab: GitLab, pairs: readonly string[], options: readonly string[]): Map<string, string> {
  const quoting = options.length % 2 === 0 ? ["-c", "core.quotePath=false"] : [];
  const { out } = lab.git(
    [...quoting, "diff-tree", "--stdin", "-r", "-p", ...options],
    Buffer.from(`${pairs.join("\n")}\n`),
  );
  const parts = byteText(out).split(/^([0-9a-f]{40} [0-9a-f]{40})\n/m);
  return new Map(pairs.map((pair) => [pair, parts[parts.indexOf(pair) + 1] ?? ""]));
}

/** Some files become executable or cease to be. */
function flipped(tree: Tree, dice: Iterator<number>): Tree {
  return new Map(
    [...tree].map(([path, file]) => {
      const flip = (dice.next().value ?? 0) % 5 === 0;
      return [path, flip ? { ...file, mode: file.mode === "100644" ? "100755" : "100644" } : file];
    }),
  );
}

function variant(diff: Uint8Array, dice: Iterator<number>): Uint8Array {
  const kind = (dice.next().value ?? 0) % 3;
  if (kind === 0) return bent(diff, dice);
  return kind === 1 ? nudged(diff, dice) : nudged(bent(diff, dice), dice);
}

const ODD = [
  "a",
  "b",
  "/",
  " ",
  "\t",
  '"',
  "\\",
  "\r",
  "0",
  "1",
  ".",
  ",",
  "-",
  "+",
  "@",
  "\0",
  "\xff",
  "\x80",
  "",
  "/dev/null",
  " b/",
  "\\303\\251",
  '\\"',
  "a/",
];

/** One place in a header with another letter, or a part of a header line that another reader may not look at. */
function nudged(diff: Uint8Array, dice: Iterator<number>): Uint8Array {
  const roll = (sides: number): number => (dice.next().value ?? 0) % Math.max(1, sides);
  const lines = byteText(diff).split("\n");
  const heads = lines.flatMap((line, at) => (/^(?:[^ +-]|--- |\+\+\+ )/.test(line) ? [at] : []));
  const at = heads[roll(heads.length)] ?? 0;
  const line = lines[at] ?? "";
  const where = roll(line.length + 1);
  const odd = ODD[roll(ODD.length)] ?? "";
  const turns: readonly (() => readonly string[])[] = [
    () => [line.slice(0, where) + odd + line.slice(where + 1)],
    () => [line.slice(0, where) + odd + line.slice(where)],
    () => [`${line}${odd}`],
    () => [line.replaceAll(/[ab]\/([^ "\t]+)/g, (whole) => `"${whole}"`)],
    () => [line.replace(/([ab]\/)(.)/, (_, side: string, first: string) => side + octal(first))],
    () => [line, lines[heads[roll(heads.length)] ?? 0] ?? ""],
    () => (line.startsWith("diff --git ") || line.startsWith("index ") ? [] : [line]),
  ];
  lines.splice(at, 1, ...(turns[roll(turns.length)]?.() ?? []));
  return bytesOf(lines.join("\n"));
}

function octal(character: string): string {
  return `\\${character.charCodeAt(0).toString(8).padStart(3, "0")}`;
}

/** Numbers without end; the same ones for the same seed. */
function* rolls(seed: number): Generator<number, never> {
  for (let state = seed | 1; ;) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    yield state >>> 1;
  }
}
