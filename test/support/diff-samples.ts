// Random trees and changes to them, as nasty as files get, for the comparison with git.
import * as fc from "fast-check";
import { byteText, bytesOf } from "../../src/core/base/bytes.ts";
import { applyHunks } from "../../src/core/proposal/apply.ts";
import type { FilePatch } from "../../src/core/proposal/diff-model.ts";
import type { Tree, TreeFile } from "./git-lab.ts";

/** Lines that have confused some reader of diffs: separators that are no line ends, lookalikes of headers, odd bytes. */
const LINES = [
  "",
  "a",
  "a",
  "b",
  "b",
  "c",
  "  indented",
  "\ttab",
  "trailing ",
  "a\r",
  "b\r",
  "\r",
  "mid\rdle",
  "\f",
  "form\ffeed",
  "\v",
  "\u0085",
  "x\u2028y",
  "\u2029",
  "é",
  "日本語",
  "\ufeffbom",
  "diff --git a/x b/x",
  "--- a/x",
  "+++ b/x",
  "-- a/x",
  "++ b/x",
  "@@ -1 +1 @@",
  "@@ -1,2 +1,2 @@ f()",
  "\\ No newline at end of file",
  "index 0000000..1111111 100644",
  "new file mode 100644",
  "rename from a",
  "GIT binary patch",
  "-- ",
  "2.39.5",
  "+",
  "-",
  " ",
  "\\",
];

/** A text of these lines, of any encoding when `foreign`; its last line may lack the line feed. */
export function textOf(foreign: boolean): fc.Arbitrary<string> {
  const line = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...LINES).map((text) => byteText(Buffer.from(text))) },
    {
      weight: 1,
      arbitrary: fc
        .string({ maxLength: 6 })
        .map((t) => byteText(Buffer.from(t.toWellFormed())).replaceAll(/[\0\n]/g, "")),
    },
    ...(foreign ? [{ weight: 1, arbitrary: fc.constantFrom("caf\xe9", "\xff\xfe", "\x80") }] : []),
  );
  return fc
    .tuple(fc.array(line, { maxLength: 24 }), fc.boolean())
    .map(([lines, ends]) =>
      lines.length === 0 ? "" : lines.join("\n") + (ends || lines.at(-1) === "" ? "\n" : ""),
    );
}

/** `text` after a few insertions, removals and replacements of lines. */
export function editsOf(text: string, foreign: boolean): fc.Arbitrary<string> {
  const lines = text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  const step = fc.record({
    at: fc.nat({ max: lines.length }),
    drop: fc.nat({ max: 3 }),
    add: textOf(foreign),
  });
  return fc.array(step, { minLength: 1, maxLength: 3 }).map((steps) => {
    const result = [...lines];
    for (const { at, drop, add } of steps) result.splice(at, drop, ...(add.match(/[^\n]*\n|[^\n]+$/g) ?? []));
    return result
      .map((line, index) => (index < result.length - 1 && !line.endsWith("\n") ? `${line}\n` : line))
      .join("");
  });
}

const NAMES = [
  "a.txt",
  "b.txt",
  "with space.md",
  "dir/a.txt",
  "dir/b c.txt",
  "dir/deep/d.ts",
  "é.txt",
  "日本/語.md",
  "x b/y.txt",
  "b/a/b.txt",
  "a/a.txt",
  "dev/null",
  "quote'd.txt",
  "semi;colon.txt",
  "é ü.md",
  "trailing-.md",
  "dot.git.md",
  "x b/x b/x",
  "#hash.md",
  "~x.md",
  "$(x).md",
];

export interface Scenario {
  readonly before: Tree;
  readonly after: Tree;
}

interface Plan {
  readonly name: string;
  readonly text: string;
  readonly kind: "keep" | "modify" | "delete" | "create" | "rename" | "renameModify";
  readonly to: string;
  readonly exec: boolean;
  readonly next: string;
}

const file = (text: string, exec: boolean): TreeFile => ({
  mode: exec ? "100755" : "100644",
  bytes: bytesOf(text),
});

function clashes(names: Iterable<string>, name: string): boolean {
  for (const other of names)
    if (other === name || other.startsWith(`${name}/`) || name.startsWith(`${other}/`)) return true;
  return false;
}

/** A tree and what a proposal might make of it: changed, created, deleted, renamed files. Modes stay. */
export function scenario(foreign = false): fc.Arbitrary<Scenario> {
  const plan = textOf(foreign).chain(
    (text) =>
      fc.record({
        name: fc.constantFrom(...NAMES),
        to: fc.constantFrom(...NAMES),
        text: fc.constant(text),
        kind: fc.constantFrom("keep", "modify", "modify", "delete", "create", "rename", "renameModify"),
        exec: fc.boolean(),
        next: editsOf(text, foreign),
      }) as fc.Arbitrary<Plan>,
  );
  return fc.array(plan, { minLength: 1, maxLength: 5 }).map(build);
}

function build(plans: readonly Plan[]): Scenario {
  const before = new Map<string, TreeFile>();
  const after = new Map<string, TreeFile>();
  const used = (): string[] => [...before.keys(), ...after.keys()];
  for (const { name, to, text, kind, exec, next } of plans) {
    if (clashes(used(), name)) continue;
    if (kind === "create") {
      after.set(name, file(next, exec));
      continue;
    }
    if (kind.startsWith("rename") && (clashes(used(), to) || clashes([name], to))) continue;
    before.set(name, file(text, exec));
    if (kind === "keep") after.set(name, file(text, exec));
    if (kind === "modify") after.set(name, file(next, exec));
    if (kind.startsWith("rename")) after.set(to, file(kind === "rename" ? text : next, exec));
  }
  return { before, after };
}

/** What the reader understood, carried out on a tree in memory; undefined when it does not fit the tree. */
export function applied(files: readonly FilePatch[], tree: Tree): Tree | undefined {
  const result = new Map(tree);
  for (const patch of files) {
    const source = "from" in patch ? patch.from : patch.path;
    const made = madeOf(patch, tree.get(source));
    if (made === undefined) return undefined;
    if (patch.kind === "delete" || patch.kind === "rename") result.delete(source);
    if (patch.kind === "delete") {
      if (made.bytes.length > 0) return undefined;
    } else {
      if (patch.kind !== "modify" && tree.has(patch.path)) return undefined;
      result.set(patch.path, made);
    }
  }
  return result;
}

function madeOf(patch: FilePatch, old: TreeFile | undefined): TreeFile | undefined {
  if (patch.kind !== "create" && old === undefined) return undefined;
  const before = patch.kind === "create" || old === undefined ? "" : byteText(old.bytes);
  const text = applyHunks(before, patch.hunks, patch.path);
  if (!text.ok) return undefined;
  const mode = patch.kind === "create" ? patch.mode : (old?.mode ?? "100644");
  const modes = "modes" in patch ? patch.modes : undefined;
  // git only warns of another old mode; the validator does not.
  if (modes !== undefined && modes.old !== mode) return undefined;
  return { mode: modes?.new ?? mode, bytes: bytesOf(text.value) };
}

/** `diff` with one to three of its lines dropped, doubled, swapped for others, renumbered or turned into context. */
export function bent(diff: Uint8Array, dice: Iterator<number>): Uint8Array {
  const lines = byteText(diff).split("\n");
  const roll = (sides: number): number => ((dice.next().value as number | undefined) ?? 0) % sides;
  for (let left = 1 + roll(3); left > 0; left--) {
    const at = roll(lines.length);
    const here = lines[at] ?? "";
    const other = lines[roll(lines.length)] ?? "";
    const turns: readonly (readonly string[])[] = [
      [],
      [here, here],
      [other],
      [other, here],
      [here.replace(/\d+/, (digits) => String(Number(digits) + roll(3) - 1))],
      [` ${here.slice(1)}`],
      [`${here}\r`],
    ];
    lines.splice(at, 1, ...(turns[roll(turns.length)] ?? []));
  }
  return bytesOf(lines.join("\n"));
}
