// Which file of the commit is served, which is named with a reason instead, and which is not even named.
import { fromUtf8 } from "../../core/base/bytes.ts";
import { repoPath } from "../../core/base/path.ts";
import { isKind } from "../../core/manifest/kinds.ts";
import type { Omission } from "../../core/manifest/manifest.ts";
import { servedPlaces } from "../../core/manifest/places.ts";
import type { TreeEntry } from "../../io/exec/private-git.ts";
import type { Setup } from "../../io/file/config.ts";

export type Listing =
  /** Matches exclude, or no include: agents do not learn that it exists. */
  | { readonly kind: "unlisted" }
  | { readonly kind: "omitted"; readonly reason: Omission }
  /** Served if its content may be. */
  | { readonly kind: "candidate"; readonly path: string; readonly mode: "100644" | "100755" };

/** What the name, mode and size of a tree entry decide. */
export function listing(setup: Setup): (entry: TreeEntry) => Listing {
  const isServed = servedPlaces(setup.config.publish);
  return (entry) => {
    if (!isServed(entry.path ?? entry.raw)) return { kind: "unlisted" };
    const { path, mode } = entry;
    const reason = omission(setup, entry);
    if (reason !== undefined) return { kind: "omitted", reason };
    // 100664 and stranger modes occur in old histories; a patch could not keep them.
    if (path === undefined || (mode !== "100644" && mode !== "100755"))
      return { kind: "omitted", reason: "kind" };
    return { kind: "candidate", path, mode };
  };
}

function omission({ config, protect }: Setup, { path, mode, size }: TreeEntry): Omission | undefined {
  if (path === undefined || !repoPath(path, config.paths.max_depth).ok) return "path";
  if (mode === "120000") return "symlink";
  if (mode === "160000") return "submodule";
  const hit = protect(path);
  if (hit?.code === "path_blocked" && hit.rule === "credentials") return "credentials";
  if (!isKind(path, config.publish)) return "kind";
  return (size ?? 0) > config.publish.max_file_bytes ? "too_large" : undefined;
}

const BEGIN = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g;
/** So far behind the header a key must begin; a few lines of headers of its own may stand between. */
const NEAR = 600;
/** What stands around lines of a key in source code: escaped line feeds, quotes, and what puts strings together. */
const JOINTS = /\\[nrt]|["'`\\]|[+,.](?=\s)/g;
/** Lines of base64, however they are folded. Words in a row are rarely that long, and code has signs between them. */
const LINES = /(?:[A-Za-z0-9+/]{16,}\s*)+/g;
const ENOUGH = 40;
const PUTTY = [/^PuTTY-User-Key-File-\d: /m, /^Private-Lines: \d+\s+[A-Za-z0-9+/]{40}/m];

/** A block with something in it: the bare words occur in honest code, and this file serves itself. */
function holdsPrivateKey(text: string): boolean {
  for (const { 0: header, index } of text.matchAll(BEGIN)) {
    const start = index + header.length;
    const near = text.slice(start, start + NEAR).replace(JOINTS, " ");
    if (near.match(LINES)?.some((lines) => lines.replace(/\s/g, "").length >= ENOUGH) === true) return true;
  }
  return PUTTY.every((part) => part.test(text));
}

/** A file that may be served, before anything is masked in it. */
export interface Content {
  readonly bytes: Uint8Array;
  readonly text: string;
  readonly lines: number;
}

/** What the content decides: its text, or why it is not served. */
export function content(
  bytes: Uint8Array,
): Content | { readonly reason: Extract<Omission, "binary" | "private_key"> } {
  const text = bytes.includes(0) ? undefined : fromUtf8(bytes);
  if (text === undefined) return { reason: "binary" };
  if (holdsPrivateKey(text)) return { reason: "private_key" };
  return { bytes, text, lines: countLines(bytes) };
}

/** Line feeds, plus a last line that has none. */
function countLines(bytes: Uint8Array): number {
  let lines = 0;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) lines += 1;
  return bytes.length > 0 && bytes.at(-1) !== 10 ? lines + 1 : lines;
}
