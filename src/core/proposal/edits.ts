// Search-and-replace edits, because models write unified diffs badly: exact and unique matches in the served text.
import { z } from "zod";
import { bytesOf, byteText, fromUtf8, utf8 } from "../base/bytes.ts";
import { accept, refuse, type Result } from "../base/refusal.ts";

const path = z.string().min(1).max(512);
const text = z.string().max(262_144);

/** Closed forms, one for each operation; `old_text` must occur exactly once in the file. */
export const editSchema = z.discriminatedUnion("op", [
  z.strictObject({ op: z.literal("replace"), path, old_text: text.min(1), new_text: text }),
  z.strictObject({ op: z.literal("create"), path, new_text: text }),
  z.strictObject({ op: z.literal("delete"), path }),
  z.strictObject({ op: z.literal("rename"), path, new_path: path }),
]);
export type Edit = z.infer<typeof editSchema>;

export type Replacement = Extract<Edit, { op: "replace" }>;

interface Span {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/**
 * Apply all replacements of one file to its text. Every `old_text` is looked up in the text as it was served, so that
 * the order of edits does not matter and one edit cannot create the match of another.
 */
export function replaceAll(oldText: string, edits: readonly Replacement[], where: string): Result<string> {
  const spans: Span[] = [];
  for (const edit of edits) {
    const found = locate(oldText, byteText(utf8(edit.old_text)), edit, where);
    if (!found.ok) return found;
    spans.push(found.value);
  }
  spans.sort((a, b) => a.from - b.from);
  let result = "";
  let at = 0;
  for (const span of spans) {
    if (span.from < at)
      return refuse("edit_overlap", `two edits touch line ${lineAt(oldText, span.from)}`, where);
    result += oldText.slice(at, span.from) + span.text;
    at = span.to;
  }
  return accept(result + oldText.slice(at));
}

function locate(oldText: string, wanted: string, edit: Replacement, where: string): Result<Span> {
  const first = oldText.indexOf(wanted);
  if (first === -1) return refuse("edit_missing", missingHint(oldText, wanted), where);
  const second = oldText.indexOf(wanted, first + 1);
  if (second !== -1) {
    const lines = occurrences(oldText, wanted).map((at) => lineAt(oldText, at));
    return refuse(
      "edit_ambiguous",
      `old_text occurs at lines ${lines.join(", ")}${lines.length === MAX_NAMED ? " …" : ""}`,
      where,
    );
  }
  return accept({ from: first, to: first + wanted.length, text: byteText(utf8(edit.new_text)) });
}

const MAX_NAMED = 5;

function occurrences(text: string, wanted: string): readonly number[] {
  const found: number[] = [];
  for (
    let at = text.indexOf(wanted);
    at !== -1 && found.length < MAX_NAMED;
    at = text.indexOf(wanted, at + 1)
  )
    found.push(at);
  return found;
}

/** Why a text is not there: the near misses that models make, with the line where the reader should look. */
function missingHint(text: string, wanted: string): string {
  if (!wanted.includes("\r") && text.includes("\r\n") && text.includes(wanted.replaceAll("\n", "\r\n"))) {
    return "old_text matches except for line ends: the file uses CRLF (\\r\\n)";
  }
  const first = wanted
    .split("\n")
    .find((line) => line.trim() !== "")
    ?.trim();
  const at = first === undefined ? -1 : text.split("\n").findIndex((line) => line.trim() === first);
  if (at === -1) return "old_text does not occur in the file";
  const shown =
    fromUtf8(bytesOf(first ?? "")) === undefined ? "its first line" : "its first line (white space aside)";
  return `old_text does not occur in the file; ${shown} stands at line ${at + 1}`;
}

function lineAt(text: string, index: number): number {
  let line = 1;
  for (let at = text.indexOf("\n"); at !== -1 && at < index; at = text.indexOf("\n", at + 1)) line++;
  return line;
}
