// The canonical git-format diff: one spelling for each set of changes, so that its digest names the change.
import { bytesOf, byteText, utf8 } from "../base/bytes.ts";
import type { FilePatch, Hunk } from "./diff-model.ts";

/**
 * Render files in path order. Parsing this text and rendering it again gives the same bytes; the validator refuses any
 * patch for which that does not hold. No `index` lines: blob ids are the validator's to compute, not the text's to claim.
 */
export function renderDiff(files: readonly FilePatch[]): Uint8Array {
  const ordered = files.toSorted((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
  return bytesOf(ordered.map(renderFile).join(""));
}

function renderFile(file: FilePatch): string {
  const path = byteText(utf8(file.path));
  const from = file.kind === "rename" || file.kind === "copy" ? byteText(utf8(file.from)) : path;
  let head = `diff --git ${bothNames(from, path)}\n`;
  if (file.kind === "create") head += `new file mode ${file.mode}\n`;
  if (file.kind === "delete") head += `deleted file mode ${file.mode}\n`;
  if ("modes" in file && file.modes !== undefined)
    head += `old mode ${file.modes.old}\nnew mode ${file.modes.new}\n`;
  if (file.kind === "rename" || file.kind === "copy")
    head += `${file.kind} from ${from}\n${file.kind} to ${path}\n`;
  if (file.hunks.length === 0) return head;
  const old = file.kind === "create" ? "/dev/null" : side("a/", from);
  const now = file.kind === "delete" ? "/dev/null" : side("b/", path);
  return `${head}--- ${old}\n+++ ${now}\n${file.hunks.map(renderHunk).join("")}`;
}

/**
 * Two different names of which one holds ` b/` could be split in two places; quotes say which. No name that passes
 * `repoPath` holds a quote or a backslash, so that nothing in it needs an escape.
 */
function bothNames(from: string, path: string): string {
  const ambiguous = from !== path && `${from}\n${path}`.includes(" b/");
  return ambiguous ? `"a/${from}" "b/${path}"` : `a/${from} b/${path}`;
}

/** git cuts an unquoted name at a tab and would read on past a space; it writes this tab itself for such names. */
function side(prefix: string, name: string): string {
  return name.includes(" ") ? `${prefix}${name}\t` : `${prefix}${name}`;
}

function renderHunk(hunk: Hunk): string {
  const range = (start: number, count: number): string => (count === 1 ? String(start) : `${start},${count}`);
  const lines = hunk.lines.map(
    (line) => `${line.kind}${line.text}${line.text.endsWith("\n") ? "" : "\n\\ No newline at end of file\n"}`,
  );
  return `@@ -${range(hunk.oldStart, hunk.oldLines)} +${range(hunk.newStart, hunk.newLines)} @@\n${lines.join("")}`;
}
