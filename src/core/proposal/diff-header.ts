// The header of one section: `diff --git`, extended lines, and `---`/`+++`, which must all tell the same story.
import { type RepoPath, repoPath } from "../base/path.ts";
import type { FileMode, ModeChange } from "./diff-model.ts";
import { DiffFault, fault, type Lines } from "./diff-cursor.ts";
import { decodeName, gitNames, sideName } from "./diff-name.ts";

export type Header =
  | {
      readonly kind: "modify";
      readonly path: RepoPath;
      readonly modes?: ModeChange;
      readonly content: boolean;
    }
  | {
      readonly kind: "create" | "delete";
      readonly path: RepoPath;
      readonly mode: FileMode;
      readonly content: boolean;
    }
  | {
      readonly kind: "rename" | "copy";
      readonly from: RepoPath;
      readonly path: RepoPath;
      readonly modes?: ModeChange;
      readonly content: boolean;
    };

interface Extended {
  created?: FileMode;
  deleted?: FileMode;
  oldMode?: FileMode;
  newMode?: FileMode;
  from?: string;
  to?: string;
  moved?: "rename" | "copy";
}

interface Sides {
  readonly old: string | null;
  readonly new: string | null;
}

/** Two of the longest paths with every byte escaped fit; no line of a header has a reason to be longer. */
const MAX_HEADER_LINE = 16_384;

/** The line at the cursor. What reads it may take more than one look, so it has a limit that other lines have not. */
function headerLine(lines: Lines): string {
  const line = lines.all[lines.at] ?? "";
  if (line.length > MAX_HEADER_LINE)
    throw fault("diff_malformed", `the header line is longer than ${MAX_HEADER_LINE} bytes`, lines);
  return line;
}

export function readHeader(lines: Lines, maxDepth: number): Header {
  const start = lines.at;
  const first = headerLine(lines);
  const path = (name: string): RepoPath => {
    const result = repoPath(name, maxDepth);
    if (!result.ok) throw new DiffFault(result.refusal);
    return result.value;
  };
  if (first.startsWith("--- ")) return plainHeader(readSides(lines), lines, path);
  if (!first.startsWith("diff --git ")) throw notASection(first, lines);
  const names = gitNames(first.slice("diff --git ".length));
  if (names === undefined)
    throw fault("diff_malformed", "the two names of the diff --git line cannot be told apart", lines);
  lines.at++;
  const extended = readExtended(lines);
  const sides = (lines.all[lines.at] ?? "").startsWith("--- ") ? readSides(lines) : undefined;
  const header = gitHeader(names, extended, sides, path);
  if (header === undefined) {
    lines.at = start;
    throw fault("diff_malformed", "the section's header lines contradict each other", lines);
  }
  return header;
}

function notASection(line: string, lines: Lines): DiffFault {
  if (/^diff --(?:cc|combined) /.test(line))
    return fault("diff_malformed", "combined diffs of merges are not accepted", lines);
  if (line.startsWith("*** "))
    return fault("diff_malformed", "context diffs are not accepted; send a unified diff", lines);
  return fault("diff_phantom", "this line belongs to no section of the diff", lines);
}

type ToPath = (name: string) => RepoPath;

/** Undefined when names, extended lines and sides do not tell one story. */
function gitHeader(
  names: readonly [string, string],
  ext: Extended,
  sides: Sides | undefined,
  path: ToPath,
): Header | undefined {
  const modes = modesOf(ext);
  if (modes === null) return undefined;
  if (ext.moved !== undefined) return moveHeader(names, ext, sides, modes, path);
  const [from, to] = names;
  if (from !== to) return undefined;
  if (ext.created === undefined && ext.deleted === undefined)
    // Without hunks and without a mode a section says nothing; git would call it garbage too.
    return (sides !== undefined || modes !== undefined) && agree(sides, from, to)
      ? { kind: "modify", path: path(to), ...(modes && { modes }), content: sides !== undefined }
      : undefined;
  return modes === undefined ? endsHeader(to, ext, sides, path) : undefined;
}

function agree(sides: Sides | undefined, old: string | null, now: string | null): boolean {
  return sides === undefined || (sides.old === old && sides.new === now);
}

function moveHeader(
  names: readonly [string, string],
  ext: Extended,
  sides: Sides | undefined,
  modes: ModeChange | undefined,
  path: ToPath,
): Header | undefined {
  const [from, to] = names;
  const { moved } = ext;
  if (moved === undefined || !isMove(names, ext) || !agree(sides, from, to)) return undefined;
  // A copy has the mode of its source, whatever git would make of the lines.
  if (moved === "copy" && modes !== undefined) return undefined;
  return {
    kind: moved,
    from: path(from),
    path: path(to),
    ...(modes && { modes }),
    content: sides !== undefined,
  };
}

/** A file that is made, or goes. */
function endsHeader(name: string, ext: Extended, sides: Sides | undefined, path: ToPath): Header | undefined {
  const content = sides !== undefined;
  if (ext.created !== undefined)
    return ext.deleted === undefined && agree(sides, null, name)
      ? { kind: "create", path: path(name), mode: ext.created, content }
      : undefined;
  return ext.deleted !== undefined && agree(sides, name, null)
    ? { kind: "delete", path: path(name), mode: ext.deleted, content }
    : undefined;
}

/** Undefined without mode lines, null where they make no change: one alone, or the same mode twice. */
function modesOf({ oldMode, newMode }: Extended): ModeChange | undefined | null {
  if (oldMode === undefined && newMode === undefined) return undefined;
  if (oldMode === undefined || newMode === undefined || oldMode === newMode) return null;
  return { old: oldMode, new: newMode };
}

/** Both lines of the move repeat the names of the first line, and the section is nothing else besides. */
function isMove([from, to]: readonly [string, string], ext: Extended): boolean {
  const alone = ext.created === undefined && ext.deleted === undefined;
  return alone && ext.from === from && ext.to === to && from !== to;
}

/** A section without `diff --git`, as models write it: only plain changes, creations and deletions. */
function plainHeader(sides: Sides, lines: Lines, path: (n: string) => RepoPath): Header {
  if (sides.old === null && sides.new !== null)
    return { kind: "create", path: path(sides.new), mode: "100644", content: true };
  if (sides.old !== null && sides.new === null)
    return { kind: "delete", path: path(sides.old), mode: "100644", content: true };
  if (sides.old !== null && sides.old === sides.new)
    return { kind: "modify", path: path(sides.old), content: true };
  throw fault("diff_malformed", "--- and +++ name different files", lines);
}

function readSides(lines: Lines): Sides {
  const old = sideName(headerLine(lines).slice(4), "a/");
  if (old === undefined) throw fault("diff_malformed", "the --- line must name a/<path> or /dev/null", lines);
  lines.at++;
  const plus = headerLine(lines);
  const now = plus.startsWith("+++ ") ? sideName(plus.slice(4), "b/") : undefined;
  if (now === undefined)
    throw fault("diff_malformed", "the +++ line must follow and name b/<path> or /dev/null", lines);
  if (old === null && now === null) throw fault("diff_malformed", "both sides are /dev/null", lines);
  lines.at++;
  return { old, new: now };
}

const MODE = /^(?:old mode|new mode|new file mode|deleted file mode) (\d{6})$/;
const INDEX = /^index [0-9a-f]{4,64}\.\.[0-9a-f]{4,64}(?: (\d{6}))?$/;

function readExtended(lines: Lines): Extended {
  const ext: Extended = {};
  const once = new Set<string>();
  for (; lines.at < lines.all.length; lines.at++) {
    const line = headerLine(lines);
    const key =
      /^(?:old mode|new mode|new file mode|deleted file mode|similarity index|dissimilarity index|rename from|rename to|copy from|copy to|index|GIT binary patch|Binary files) ?/
        .exec(line)?.[0]
        .trim();
    if (key === undefined) return ext;
    if (once.has(key)) throw fault("diff_malformed", `${key} is given twice`, lines);
    once.add(key);
    readExtendedLine(key, line, ext, lines);
  }
  return ext;
}

const MODE_LINES: ReadonlyMap<string, "oldMode" | "newMode" | "created" | "deleted"> = new Map([
  ["old mode", "oldMode"],
  ["new mode", "newMode"],
  ["new file mode", "created"],
  ["deleted file mode", "deleted"],
]);

function readExtendedLine(key: string, line: string, ext: Extended, lines: Lines): void {
  const mode = MODE_LINES.get(key);
  if (mode !== undefined) {
    ext[mode] = fileMode(MODE.exec(line)?.[1], lines);
    return;
  }
  switch (key) {
    case "GIT binary patch":
    case "Binary files":
      throw fault("diff_binary", "the section is binary", lines);
    case "index": {
      const match = INDEX.exec(line);
      if (match === null) throw fault("diff_malformed", "the index line is not well-formed", lines);
      if (match[1] !== undefined) fileMode(match[1], lines);
      return;
    }
    case "similarity index":
    case "dissimilarity index":
      if (!/^(?:dis)?similarity index (?:100|\d{1,2})%$/.test(line))
        throw fault("diff_malformed", `${key} is not a percentage`, lines);
      return;
    default:
      readMove(key, line, ext, lines);
  }
}

function readMove(key: string, line: string, ext: Extended, lines: Lines): void {
  const moved = key.startsWith("rename") ? "rename" : "copy";
  const name = line.startsWith(`${key} `) ? decodeName(line.slice(key.length + 1)) : undefined;
  if (name === undefined || (ext.moved !== undefined && ext.moved !== moved))
    throw fault("diff_malformed", `the ${key} line is not well-formed`, lines);
  ext.moved = moved;
  if (key.endsWith("from")) ext.from = name;
  else ext.to = name;
}

function fileMode(mode: string | undefined, lines: Lines): FileMode {
  if (mode === "100644" || mode === "100755") return mode;
  if (mode === "120000" || mode === "160000")
    throw fault("diff_link", "the section makes or touches a link or submodule", lines);
  throw fault("diff_mode", "the file mode is not 100644 or 100755", lines);
}
