// Finds new names that stand for others: beside one that looks the same, or in letters that other programs read as ASCII.
import { foldName } from "../base/path.ts";
import { asSeen } from "./confusables.ts";
import type { Hidden } from "./hidden.ts";

/** Every spelling of a path or folder that the base has, by its folded name. */
interface Known {
  readonly folded: { readonly get: (name: string) => readonly string[] | undefined };
}

/**
 * In one of the paths that a patch makes (`fresh`): what the base has is not held against it. The name that is not ASCII
 * is the one that poses; a name in ASCII beside an older one in look-alikes is what it looks like.
 */
export function posingIn(path: string, fresh: readonly string[], known: Known): Hidden | undefined {
  if (!/[^\p{ASCII}]/u.test(path)) return undefined;
  const own = new Set(fresh.flatMap(levels).map(foldName));
  const isThere = (name: string): boolean => known.folded.get(name) !== undefined || own.has(name);
  for (const level of levels(path)) {
    const start = level.lastIndexOf("/") + 1;
    const name = level.slice(start);
    const folded = foldName(level);
    if (!/[^\p{ASCII}]/u.test(name) || known.folded.get(folded)?.includes(level) === true) continue;
    const odd = oddLetter(name);
    if (odd !== -1) return found(path, start + odd);
    const seen = foldName(asSeen(level));
    if (seen !== folded && isThere(seen)) return found(path, start + name.search(/[^\p{ASCII}]/u));
  }
  return undefined;
}

/** A letter that NFKC makes ASCII: macOS, Python and many a server take the name for the other one. Signs of Chinese texts and ordinals are none. */
function oddLetter(name: string): number {
  for (const { 0: letter, index } of name.matchAll(/[^\p{ASCII}ªº]/gu))
    if (/\p{L}/u.test(letter) && /^\w+$/.test(letter.normalize("NFKC"))) return index;
  return -1;
}

function found(path: string, at: number): Hidden {
  const letter = path.codePointAt(at) ?? 0;
  const character = `U+${letter.toString(16).toUpperCase().padStart(4, "0")}`;
  return { rule: "homoglyph", line: 1, column: Array.from(path.slice(0, at)).length + 1, character };
}

/** `a/b/c` → `a`, `a/b`, `a/b/c`. */
function levels(path: string): readonly string[] {
  const names = path.split("/");
  return names.map((_, index) => names.slice(0, index + 1).join("/"));
}
