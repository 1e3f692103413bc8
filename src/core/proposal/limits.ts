// Size limits of a proposal, counted on the parsed diff; the gateway answers early, the validator decides.
import { bytesOf, fromUtf8 } from "../base/bytes.ts";
import { type Refusal, refusal } from "../base/refusal.ts";
import type { Config } from "../config/schema.ts";
import type { FilePatch, Hunk } from "./diff-model.ts";

/** Every limit that `files` exceed, each once with the first place; empty when all hold. */
export function limitFaults(files: readonly FilePatch[], limits: Config["proposal"]): readonly Refusal[] {
  const faults: Refusal[] = [];
  if (files.length > limits.max_files) {
    faults.push(refusal("too_many_files", `${files.length} files, ${limits.max_files} are allowed`));
  }
  const changed = files.flatMap((file) => file.hunks).reduce((sum, hunk) => sum + changedLines(hunk), 0);
  if (changed > limits.max_changed_lines) {
    faults.push(
      refusal("too_many_lines", `${changed} changed lines, ${limits.max_changed_lines} are allowed`),
    );
  }
  for (const file of files) faults.push(...fileFaults(file, limits));
  return faults;
}

function fileFaults(file: FilePatch, limits: Config["proposal"]): readonly Refusal[] {
  const faults: Refusal[] = [];
  if (file.hunks.length > limits.max_hunks) {
    faults.push(
      refusal("too_many_hunks", `${file.hunks.length} hunks, ${limits.max_hunks} are allowed`, file.path),
    );
  }
  const large = file.hunks.find((hunk) => Math.max(hunk.oldLines, hunk.newLines) > limits.max_hunk_lines);
  if (large !== undefined) {
    const count = Math.max(large.oldLines, large.newLines);
    faults.push(
      refusal(
        "hunk_too_large",
        `a hunk of ${count} lines, ${limits.max_hunk_lines} are allowed`,
        `${file.path}:${large.newStart}`,
      ),
    );
  }
  const long = file.hunks
    .flatMap((hunk) => hunk.lines)
    .find((line) => line.kind !== " " && isTooLong(line.text, limits.max_line_chars));
  if (long !== undefined)
    faults.push(
      refusal("line_too_long", `a line of more than ${limits.max_line_chars} characters`, file.path),
    );
  return faults;
}

function changedLines(hunk: Hunk): number {
  return hunk.lines.filter((line) => line.kind !== " ").length;
}

/** Characters are counted as code points, so that the limit is the same for every script. */
function isTooLong(text: string, max: number): boolean {
  const line = text.replace(/\r?\n$/, "");
  if (line.length <= max) return false;
  const decoded = fromUtf8(bytesOf(line)) ?? line;
  return Array.from(decoded).length > max;
}
