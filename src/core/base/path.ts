// One path function for reads, manifests and targets: the rules of POSIX, NTFS and HFS+ at once, on every system.
import { utf8Length } from "./bytes.ts";
import type { Reason } from "./reason.ts";
import { accept, type Refusal, refusal, type Result } from "./refusal.ts";

declare const repoPathBrand: unique symbol;
/** A path that names the same file on every file system: relative, canonical, visible. Only `repoPath` makes one. */
export type RepoPath = string & { readonly [repoPathBrand]: true };

const MAX_CHARS = 512;
const MAX_NAME_BYTES = 255;

/** Control, format (bidirectional, zero-width, tags), private-use, unassigned, ignorable, blank and odd space characters. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{DI}\u2800]|(?! )\p{Zs}/u;
/** Windows devices, with any extension, and with the superscript digits that Windows folds to 1, 2, 3. */
const DEVICE = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$|clock\$)(?:$|[ .])/i;
/** 8.3 aliases: `GIT~1` is `.git` to NTFS, and any other one may alias a file that a rule protects. */
const SHORT_NAME = /^[^.~]{0,6}~[0-9]{1,8}(?:\.|$)/;

/** What no part of a path may look like, whatever its names are. */
const FAULTS: readonly (readonly [RegExp, Reason, string])[] = [
  [/^[/\\]|^[A-Za-z]:|^[A-Za-z][A-Za-z0-9+.-]*:\//, "path_absolute", "path is absolute"],
  [INVISIBLE, "path_character", "path holds a control or invisible character"],
  // What NTFS reserves: streams (`:`), wildcards, redirections, the other separator.
  [/[<>:"|?*\\]/, "path_character", 'path holds one of < > : " | ? * \\'],
  // Nothing of ours decodes a path, but a server that hands out the landed file may.
  [/%(?:25)*(?:00|2[ef]|5c)/i, "path_character", "path holds an encoded dot, slash or NUL"],
  // Nothing of ours puts a path on a command line without `--`, but the person who reviews the branch will.
  [/^-/, "path_character", "path begins with a dash and reads as an option"],
];

/** Decide whether `text` is an acceptable path of at most `maxDepth` names, or say with which rule it collides. */
export function repoPath(text: string, maxDepth: number): Result<RepoPath> {
  const fault = pathFault(text, maxDepth);
  return fault === undefined ? accept(text as RepoPath) : { ok: false, refusal: fault };
}

function pathFault(text: string, maxDepth: number): Refusal | undefined {
  const no = (code: Reason, message: string): Refusal => refusal(code, message, text);
  if (text === "") return no("path_empty", "path is empty");
  if (text.length > MAX_CHARS) return no("path_too_long", `path is longer than ${MAX_CHARS} characters`);
  if (!text.isWellFormed() || text.normalize("NFC") !== text)
    return no("path_encoding", "path is not in Unicode normal form C");
  const fault = FAULTS.find(([pattern]) => pattern.test(text));
  if (fault !== undefined) return no(fault[1], fault[2]);
  const names = text.split("/");
  for (const name of names) {
    const own = nameFault(name);
    if (own !== undefined) return no(own[0], own[1]);
  }
  if (names.length > maxDepth)
    return no("path_too_deep", `path has ${names.length} levels, ${maxDepth} are allowed`);
  return undefined;
}

function nameFault(name: string): readonly [Reason, string] | undefined {
  // Folded, because some file systems see `‥` as `..` and a full-width slash as a slash.
  if (/^\.{0,2}$|[/\\]/.test(foldName(name))) return ["path_segment", "path holds an empty, . or .. segment"];
  if (utf8Length(name) > MAX_NAME_BYTES)
    return ["path_too_long", `a name is longer than ${MAX_NAME_BYTES} bytes`];
  if (isGitName(name)) return ["path_git", "a name is .git to some file system"];
  if (/[. ]$/.test(name)) return ["path_trailing", "a name ends with a dot or a space"];
  if (name.startsWith(" ")) return ["path_character", "a name begins with a space"];
  if (DEVICE.test(name)) return ["path_device", "a name is a Windows device"];
  if (SHORT_NAME.test(name)) return ["path_short_name", "a name is a Windows short name"];
  return undefined;
}

/** `.git` after the folding of any file system: case, compatibility forms, dotless i, trailing dots and spaces. */
function isGitName(name: string): boolean {
  const folded = foldName(name).replace(/[. ]+$/, "");
  return folded === ".git" || /^git~[0-9]+$/.test(folded);
}

/**
 * The spelling under which two names collide on a case-insensitive or compatibility-normalising file system. By way of
 * capitals, as full case folding goes: ß is SS, ı is I, ſ is S, and ς and σ are one letter; and of small letters first,
 * because the capital ẞ has no other capital.
 */
export function foldName(name: string): string {
  const capitals = name.normalize("NFKC").toLowerCase().toUpperCase();
  return capitals.toLowerCase().replaceAll("\u0307", "").normalize("NFKC");
}

/** The last name of a path. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** Extension of the last name in lower case with its dot, or "" (a leading dot does not start an extension). */
export function extension(path: string): string {
  const name = baseName(path);
  const dot = name.lastIndexOf(".");
  return dot > 0 ? name.slice(dot).toLowerCase() : "";
}
