// Check `hidden-text`: characters in words, added lines and new names that hide, reorder or pose as others ask for a person.
import { refusal } from "../../core/base/refusal.ts";
import { type Hidden, hiddenIn, hiddenInPath } from "../../core/content/hidden.ts";
import { posingIn } from "../../core/content/twins.ts";
import type { FilePatch } from "../../core/proposal/diff-model.ts";
import type { PathIndex, TargetFinding } from "../../core/proposal/targets.ts";
import { type Words, wordsOf } from "../../core/proposal/words.ts";
import { asFinding, type Check, warnedBy } from "./check.ts";
import type { PatchedFile } from "./contents.ts";

export const hiddenTextCheck: Check = {
  id: "hidden-text",
  tool: "countersign",
  after: ["tree"],
  exceptable: true,
  async run({ order, files, contents, existing }) {
    const [patched, texts] = [files(), await contents()];
    if (!patched.ok || !texts.ok) return { result: "SKIPPED", findings: [] };
    const names = inNames(patched.value, await existing());
    return warnedBy([...wordsOf(order).flatMap(inWords), ...names, ...texts.value.flatMap(inFile)]);
  },
};

/** Threat: the gateway refuses such words, but whoever writes an order past it would repaint what a person decides by. */
function inWords({ where, texts }: Words): readonly TargetFinding[] {
  const odd = texts.flatMap((text) => hiddenIn(where, text));
  // The only one that a person sees in a line of its own, among others of the kind.
  const broken = where === "title" ? texts.flatMap(secondLine) : [];
  return [...odd, ...broken].map((hidden) => {
    const of = hidden.line === 1 ? "" : `of line ${hidden.line}`;
    return { ...finding(hidden, of, where), about: "words" };
  });
}

function secondLine(title: string): readonly Hidden[] {
  const at = title.indexOf("\n");
  if (at === -1) return [];
  return [
    { rule: "control", line: 1, column: Array.from(title.slice(0, at)).length + 1, character: "U+000A" },
  ];
}

/** A name that the base has is not held against the patch; one that no eye can tell from it is. */
function inNames(files: readonly FilePatch[], existing: PathIndex): readonly TargetFinding[] {
  const fresh = files.flatMap(({ kind, path }) => (kind === "modify" || kind === "delete" ? [] : [path]));
  return fresh.flatMap((path) => {
    const hidden = hiddenInPath(path);
    const posing = posingIn(path, fresh, existing);
    const isTold = posing === undefined || hidden.some(({ rule }) => rule === posing.rule);
    return [...hidden, ...(isTold ? [] : [posing])].map((one) => finding(one, "of the path", path));
  });
}

/** What the base has is not held against the patch: a line counts when the patch adds it. */
function inFile({ path, text, added }: PatchedFile): readonly TargetFinding[] {
  return hiddenIn(path, text, added).map((hidden) => finding(hidden, "", `${path}:${hidden.line}`));
}

function finding({ rule, column, character }: Hidden, of: string, where: string): TargetFinding {
  const place = [`column ${column}`, of].filter((one) => one !== "").join(" ");
  const why = `${character} in ${place}, which is not what it looks like`;
  return asFinding(`hidden-${rule}`, refusal("text_invisible", why, where));
}
