// A unified diff for a person: escaped line by line, coloured as git does, with what was found below the line it is about.
import { printable } from "../../core/base/refusal.ts";
import { type Paint, type Style, wholeLine } from "./print.ts";

/** Something to say about one line of a file as it will be, or about the whole file. */
export interface Note {
  /** As findings write it: `printable`. */
  readonly path: string;
  readonly line: number | null;
  readonly text: string;
  readonly style: Style;
}

/**
 * What every note begins with. No other line does: those of a hunk begin with a space, +, - or \, headers with a word,
 * and what is neither gets `? ` in front. A patch cannot write notes of its own.
 */
const NOTE = "^ ";

/** What git writes between `diff --git` and the first hunk. */
const HEADER =
  /^(?:diff --git |index |--- |\+\+\+ |(?:old|new) mode |(?:new|deleted) file mode |(?:dis)?similarity index |(?:copy|rename) (?:from|to) |Binary files |GIT binary patch)/;

interface Place {
  inHunk: boolean;
  path: string;
  /** Number in the new file of the line that comes next. */
  next: number;
  /** What is about the file as a whole is told once, before its first hunk. */
  told: boolean;
}

export function diffText(patch: string, paint: Paint): string {
  return notedDiff(patch, paint, []).text;
}

/** `placed`: how many of the notes are about something that the diff shows. */
export function notedDiff(
  patch: string,
  paint: Paint,
  notes: readonly Note[],
): { text: string; placed: number } {
  const lines = patch.endsWith("\n") ? patch.slice(0, -1).split("\n") : patch.split("\n");
  const at: Place = { inHunk: false, path: "", next: 0, told: true };
  const byPlace = Map.groupBy(notes, ({ path, line }) => key(path, line));
  const shown: string[] = [];
  let placed = 0;
  const tell = (line: number | null): void => {
    const place = key(at.path, line);
    for (const { text, style } of byPlace.get(place) ?? []) {
      shown.push(paint(style, wholeLine(`${NOTE}${text}`)));
      placed += 1;
    }
    // A patch that shows a line twice does not have its notes told twice.
    byPlace.delete(place);
  };
  const endHeader = (): void => {
    if (!at.told) tell(null);
    at.told = true;
  };
  for (const line of lines) {
    if (line.startsWith("diff --git ")) endHeader();
    if (line.startsWith("@@ ")) endHeader();
    step(at, line);
    shown.push(painted(at, line, paint));
    if (isNumbered(at, line)) tell(at.next++);
  }
  endHeader();
  return { text: `${shown.join("\n")}\n`, placed };
}

function step(at: Place, line: string): void {
  // Inside a hunk a line's first character decides, so that `--- x` of the content is not taken for a header.
  if (line.startsWith("diff --git ")) {
    Object.assign(at, { inHunk: false, told: false, path: namedBoth(line) });
    return;
  }
  const start = /^@@ -\d{1,9}(?:,\d{1,9})? \+(\d{1,9})(?:,\d{1,9})? @@/.exec(line)?.[1];
  if (start !== undefined) Object.assign(at, { inHunk: true, next: Number(start) });
  else if (!at.inHunk && line.startsWith("+++ ")) at.path = newName(line) ?? at.path;
  else if (!at.inHunk && line.startsWith("rename to ")) at.path = printable(line.slice("rename to ".length));
}

function isNumbered({ inHunk }: Place, line: string): boolean {
  return inHunk && (line.startsWith("+") || line.startsWith(" "));
}

function painted({ inHunk }: Place, line: string, paint: Paint): string {
  const text = wholeLine(line);
  if (line.startsWith("@@ ")) return paint("cyan", text);
  if (!inHunk) return HEADER.test(line) ? paint("bold", text) : wholeLine(`? ${line}`);
  if (line.startsWith("+")) return paint("green", text);
  if (line.startsWith("-")) return paint("red", text);
  return line.startsWith(" ") || line.startsWith("\\") || line === "" ? text : wholeLine(`? ${line}`);
}

function key(path: string, line: number | null): string {
  return `${line ?? ""}:${path}`;
}

/** `diff --git a/P b/P`: the one name of both, as it is written where nothing is renamed. */
function namedBoth(line: string): string {
  const rest = line.slice("diff --git ".length);
  const half = rest.slice(0, (rest.length - 1) / 2);
  return printable(half.startsWith("a/") ? half.slice(2) : "");
}

/** A name that git quoted is not undone here: findings about it stand in the list above the diff. */
function newName(line: string): string | undefined {
  return line.startsWith("+++ b/") ? printable(line.slice("+++ b/".length).replace(/\t$/, "")) : undefined;
}
