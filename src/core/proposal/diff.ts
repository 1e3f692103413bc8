// Strict reader of git-format unified diffs: every byte belongs to a section, or the whole diff is refused.
import { byteText } from "../base/bytes.ts";
import { accept, refuse, type Result } from "../base/refusal.ts";
import { DiffFault, type Lines } from "./diff-cursor.ts";
import type { FilePatch, Hunk } from "./diff-model.ts";
import { readHeader } from "./diff-header.ts";
import { readHunks } from "./diff-hunk.ts";

/**
 * Parse a diff. Only `\n` ends a line: other separators (CR, U+0085, U+2028) are content, as they are to git. Text in
 * front of, between or behind sections is refused (`diff_phantom`): git skips such text, and a diff hidden in it would
 * be applied although no reader saw it.
 */
export function parseDiff(bytes: Uint8Array, maxDepth: number): Result<readonly FilePatch[]> {
  const text = byteText(bytes);
  if (text.trim() === "") return refuse("diff_empty", "the diff is empty");
  if (!text.endsWith("\n"))
    return refuse("diff_malformed", "the diff does not end with a line feed", "end of diff");
  const lines: Lines = { all: text.slice(0, -1).split("\n"), at: 0 };
  const files: FilePatch[] = [];
  try {
    while (lines.at < lines.all.length) files.push(readSection(lines, maxDepth));
  } catch (cause) {
    if (cause instanceof DiffFault) return { ok: false, refusal: cause.refusal };
    throw cause;
  }
  return checkWhole(files);
}

function readSection(lines: Lines, maxDepth: number): FilePatch {
  const header = readHeader(lines, maxDepth);
  const hunks = header.content ? readHunks(lines, header.kind) : [];
  const { content: _, ...said } = header;
  return { ...said, hunks };
}

/** A path may be touched once: a second section would apply to the first one's result, and readers would differ. */
function checkWhole(files: readonly FilePatch[]): Result<readonly FilePatch[]> {
  const touched = new Set<string>();
  for (const file of files) {
    const names = file.kind === "rename" ? [file.from, file.path] : [file.path];
    for (const name of names) {
      if (touched.has(name)) return refuse("diff_duplicate", "the file appears in two sections", name);
      touched.add(name);
    }
  }
  for (const file of files) {
    if (file.kind === "copy" && touched.has(file.from))
      return refuse("diff_duplicate", "the source of a copy is changed too", file.from);
    const isModeOnly = file.kind === "modify" && file.modes !== undefined && file.hunks.length === 0;
    if (file.kind === "modify" && !isModeOnly && !hasChange(file.hunks))
      return refuse("diff_empty", "the section changes nothing", file.path);
  }
  return accept(files);
}

function hasChange(hunks: readonly Hunk[]): boolean {
  return hunks.some((hunk) => hunk.lines.some((line) => line.kind !== " "));
}
