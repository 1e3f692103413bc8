// Exact application of hunks to a text in memory: no fuzz, no offset, so that it agrees with git or refuses.
import { accept, refuse, type Result } from "../base/refusal.ts";
import type { Hunk } from "./diff-model.ts";

/** Lines of a byte text, each with its line feed; the last one without when the text does not end with one. */
export function splitLines(text: string): readonly string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/** git takes a hunk that ends with a change for the end of the file, and moves it there when its lines fit. */
const NO_ANCHOR = "the hunk ends with a change; add the line that follows it in the file";

/** Apply `hunks` to `oldText` (byte text). Refuses `diff_context` with the first line that differs. */
export function applyHunks(oldText: string, hunks: readonly Hunk[], path: string): Result<string> {
  const old = splitLines(oldText);
  const result: string[] = [];
  let next = 0;
  for (const hunk of hunks) {
    const first = hunk.oldLines === 0 ? hunk.oldStart : hunk.oldStart - 1;
    if (first < next) return refuse("diff_overlap", "hunks overlap or are out of order", path);
    if (first > old.length)
      return refuse("diff_context", `the file has only ${old.length} lines`, `${path}:${first + 1}`);
    for (; next < first; next++) result.push(old[next] ?? "");
    const after = applyHunk(old, hunk, result, path, next);
    if (!after.ok) return after;
    next = after.value;
  }
  for (; next < old.length; next++) result.push(old[next] ?? "");
  const unfinished = result.slice(0, -1).findIndex((line) => !line.endsWith("\n"));
  if (unfinished !== -1)
    return refuse(
      "diff_context",
      "the file's last line has no line feed; say so with \\ No newline",
      `${path}:${unfinished + 1}`,
    );
  return accept(result.join(""));
}

/** Writes the new lines of one hunk that begins at `first` to `result`; gives the first old line behind it. */
function applyHunk(
  old: readonly string[],
  hunk: Hunk,
  result: string[],
  path: string,
  first: number,
): Result<number> {
  let next = first;
  for (const line of hunk.lines) {
    if (line.kind !== "+") {
      if (old[next] !== line.text)
        return refuse("diff_context", differs(old[next], line.text), `${path}:${next + 1}`);
      next++;
    }
    if (line.kind !== "-") result.push(line.text);
  }
  if (hunk.lines.at(-1)?.kind !== " " && next < old.length)
    return refuse("diff_context", NO_ANCHOR, `${path}:${next + 1}`);
  return accept(next);
}

function differs(actual: string | undefined, expected: string): string {
  if (actual === undefined) return "the old line lies behind the end of the file";
  if (actual.trimEnd() === expected.trimEnd()) {
    if (actual.endsWith("\r\n") !== expected.endsWith("\r\n"))
      return "the line ends differ (CRLF against LF)";
    if (actual.endsWith("\n") !== expected.endsWith("\n"))
      return "one of the lines has no line feed at its end";
    return "the lines differ in white space at their end";
  }
  return "the old line does not match the file";
}
