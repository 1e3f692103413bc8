// Patches beside masked lines: git takes what is composed, onto the lines as they are; nothing lies on one, and no guess is told apart.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fromUtf8 } from "../../../src/core/base/bytes.ts";
import type { Result } from "../../../src/core/base/refusal.ts";
import { composePatch, type ComposedPatch, type PatchInput } from "../../../src/core/proposal/compose.ts";
import { parseDiff } from "../../../src/core/proposal/diff.ts";
import type { Edit } from "../../../src/core/proposal/edits.ts";
import { renderDiff } from "../../../src/core/proposal/render.ts";
import { gitLab, type GitLab, type Tree } from "../../support/git-lab.ts";
import { configOf, serve } from "../../support/served.ts";

const MASK = "[REDACTED:key]";
const REDACTS = '[[secrets.redact]]\nid = "pin"\npaths = ["**"]\npattern = "pin=(x)"\n';
const LINES = 12;
const secret = (n: number): string => `secret${n}`;

/** Twelve lines, of which some are masked; `end`: what the last one ends with. */
function fileOf(
  masked: readonly number[],
  end = "\n",
): { real: readonly string[]; served: readonly string[] } {
  const numbers = Array.from({ length: LINES }, (_, at) => at + 1);
  const line = (n: number, word: string): string => `line ${n} ${word}${n === LINES ? end : "\n"}`;
  return {
    real: numbers.map((n) => line(n, secret(n))),
    served: numbers.map((n) => line(n, masked.includes(n) ? MASK : secret(n))),
  };
}

const treeOf = (lines: readonly string[]): Tree =>
  new Map([["a.ts", { mode: "100644", bytes: Buffer.from(lines.join("")) }]]);

async function compose(served: readonly string[], input: PatchInput): Promise<Result<ComposedPatch>> {
  const { manifest, read } = serve(treeOf(served));
  const masking = async (path: Parameters<typeof read>[0]): ReturnType<typeof read> => {
    const found = await read(path);
    return found === undefined ? undefined : { ...found, masks: ["key"] };
  };
  const masks = (): ReadonlySet<string> => new Set(["key", "aws-access-key"]);
  return composePatch(input, { ...manifest, masks }, masking, configOf(REDACTS));
}

const codeOf = (result: Result<ComposedPatch>): string =>
  result.ok ? "composed" : `${result.refusal.code} ${result.refusal.where}`;

let lab: GitLab;
beforeAll(() => {
  lab = gitLab();
});
afterAll(() => lab.remove());

/** Changes of one line: what `lines` become, and whether they can be told without touching or bordering a masked line. */
const CHANGES: Readonly<Record<string, (lines: string[], n: number) => void>> = {
  rewritten: (lines, n) => (lines[n - 1] = (lines[n - 1] ?? "").replace("line", "LINE")),
  "taken out": (lines, n) => void lines.splice(n - 1, 1),
  "with another before it": (lines, n) => void lines.splice(n - 1, 0, "new\n"),
};

describe.each([[[1]], [[6]], [[LINES]], [[6, 7]], [[5, 9]], [[2, 4, 6, 8, 10]], [[]]])(
  "with lines %j masked",
  (masked) => {
    test.each(Object.keys(CHANGES))("any line can be %s, or is refused for a reason", async (kind) => {
      const { real, served } = fileOf(masked);
      const base = lab.write(treeOf(real));
      for (let n = 1; n <= LINES; n += 1) {
        const [wanted, asked] = [[...real], [...served]];
        CHANGES[kind]?.(wanted, n);
        CHANGES[kind]?.(asked, n);
        const edit: Edit = {
          op: "replace",
          path: "a.ts",
          old_text: served.join(""),
          new_text: asked.join(""),
        };
        const composed = await compose(served, { edits: [edit] });
        const borders = masked.includes(kind === "with another before it" ? n : n + 1) && n < LINES + 1;
        const touches = kind !== "with another before it" && masked.includes(n);
        expect([n, composed.ok]).toEqual([n, !touches && !borders]);
        if (!composed.ok) {
          expect(composed.refusal.code).toBe("line_masked");
          continue;
        }
        expect(composed.value.patch).not.toContain("REDACTED");
        for (const at of masked) expect(composed.value.patch).not.toContain(`${secret(at)}\n`);
        const applied = lab.apply(base, Buffer.from(composed.value.patch));
        if ("refused" in applied) throw new Error(applied.refused);
        expect(Buffer.from(lab.read(applied.tree).get("a.ts")?.bytes ?? []).toString()).toBe(wanted.join(""));
        // The validator takes patches in this one spelling only.
        const parsed = parseDiff(Buffer.from(composed.value.patch), 32);
        expect(parsed.ok && Buffer.from(renderDiff(parsed.value)).toString()).toBe(composed.value.patch);
      }
    });
  },
);

test("two changes with a masked line between are two hunks, and each is where it belongs", async () => {
  const { real, served } = fileOf([6]);
  const edit = (n: number): Edit => ({
    op: "replace",
    path: "a.ts",
    old_text: `line ${n} ${secret(n)}\n`,
    new_text: "changed\n",
  });
  const composed = await compose(served, { edits: [edit(4), edit(7)] });
  if (!composed.ok) throw new Error(composed.refusal.message);
  expect(composed.value.patch.match(/^@@.*$/gm)).toEqual(["@@ -1,5 +1,5 @@", "@@ -7,4 +7,4 @@"]);
  const applied = lab.apply(lab.write(treeOf(real)), Buffer.from(composed.value.patch));
  expect("tree" in applied).toBe(true);
});

test("lines behind a masked one that ends the file, with and without a line feed", async () => {
  const append = async (end: string): Promise<string> => {
    const { real, served } = fileOf([LINES], end);
    const edit: Edit = {
      op: "replace",
      path: "a.ts",
      old_text: served.join(""),
      new_text: `${served.join("")}${end === "" ? "\n" : ""}more\n`,
    };
    const composed = await compose(served, { edits: [edit] });
    if (!composed.ok) return codeOf(composed);
    const applied = lab.apply(lab.write(treeOf(real)), Buffer.from(composed.value.patch));
    if ("refused" in applied) return applied.refused;
    return fromUtf8(lab.read(applied.tree).get("a.ts")?.bytes ?? new Uint8Array()) ?? "";
  };
  expect(await append("\n")).toBe(`${fileOf([]).real.join("")}more\n`);
  expect(await append("")).toBe(`line_masked a.ts:${LINES}`);
});

const diff = (header: string, ...lines: readonly string[]): PatchInput => ({
  diff: `diff --git a/a.ts b/a.ts\n--- a/a.ts\n+++ b/a.ts\n${header}\n${lines.map((line) => `${line}\n`).join("")}`,
});

describe("refused as line_masked", () => {
  const { served } = fileOf([6]);
  const around = (five: string, six: string): PatchInput =>
    diff("@@ -5,3 +5,3 @@", five, six, "-line 7 secret7", "+x");
  test.each<[string, PatchInput, string]>([
    ["a diff that quotes the mask", around(" line 5 secret5", ` line 6 ${MASK}`), "a.ts:6"],
    ["a diff that guesses the line rightly", around(" line 5 secret5", " line 6 secret6"), "a.ts:6"],
    ["a diff that guesses it wrongly", around(" line 5 secret5", " line 6 secret0"), "a.ts:6"],
    ["one that is wrong beside it as well", around(" line 5 x", " line 6 secret0"), "a.ts:6"],
    ["one that takes the line out", diff("@@ -6,2 +6,1 @@", "-line 6 secret6", " line 7 secret7"), "a.ts:6"],
    [
      "one whose header covers all lines there could be",
      diff("@@ -1,2 +1,1 @@", "-line 1 secret1", " line 2 secret2", "@@ -6,1 +5,1 @@", "-line 6 y", "+z"),
      "a.ts:6",
    ],
    ["the file's deletion", { edits: [{ op: "delete", path: "a.ts" }] }, "a.ts:6"],
    ["its renaming", { edits: [{ op: "rename", path: "a.ts", new_path: "b.ts" }] }, "a.ts:6"],
    [
      "its renaming by a diff",
      { diff: "diff --git a/a.ts b/b.ts\nsimilarity index 100%\nrename from a.ts\nrename to b.ts\n" },
      "a.ts:6",
    ],
    [
      "a copy of it",
      { diff: "diff --git a/a.ts b/b.ts\nsimilarity index 100%\ncopy from a.ts\ncopy to b.ts\n" },
      "b.ts:6",
    ],
    [
      "an edit of the line",
      { edits: [{ op: "replace", path: "a.ts", old_text: `6 ${MASK}`, new_text: "6 mine" }] },
      "a.ts:6",
    ],
    [
      "the mask written elsewhere",
      { edits: [{ op: "replace", path: "a.ts", old_text: "line 1 ", new_text: `line 1 ${MASK} ` }] },
      "a.ts:1",
    ],
    [
      "a mask of any rule written into a new file",
      { edits: [{ op: "create", path: "new.ts", new_text: "x\nkey = [REDACTED:aws-access-key]\n" }] },
      "new.ts:2",
    ],
    [
      "a mask of a rule of the operator's",
      { edits: [{ op: "create", path: "new.ts", new_text: "pin=[REDACTED:pin]\n" }] },
      "new.ts:1",
    ],
  ])("%s", async (_, input, where) => {
    expect(codeOf(await compose(served, input))).toBe(`line_masked ${where}`);
  });

  test("a text about masks, of rules that mask nothing here, is a text", async () => {
    const words = "What is masked reads [REDACTED:rule].\n";
    const edits: readonly Edit[] = [{ op: "create", path: "masks.md", new_text: words }];
    expect(codeOf(await compose(served, { edits }))).toBe("composed");
  });

  test("a guess as old_text is answered alike, right or wrong", async () => {
    const guess = async (text: string): Promise<Result<ComposedPatch>> =>
      compose(served, { edits: [{ op: "replace", path: "a.ts", old_text: text, new_text: "x" }] });
    expect(await guess(secret(6))).toEqual(await guess("secret0"));
    expect(codeOf(await guess(secret(6)))).toBe("edit_missing a.ts");
  });
});
