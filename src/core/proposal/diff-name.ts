// File names in diff headers: git's C-quoting, the a/ and b/ prefixes, and the /dev/null of creation and deletion.
import { bytesOf, fromUtf8 } from "../base/bytes.ts";

const ESCAPES: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  t: "\t",
  n: "\n",
  v: "\v",
  f: "\f",
  r: "\r",
  '"': '"',
  "\\": "\\",
};

/** A name as written, decoded to text; undefined when it is not well-formed (the header is then refused). */
export function decodeName(written: string): string | undefined {
  const bytes = written.startsWith('"') ? unquote(written) : written;
  return bytes === undefined ? undefined : fromUtf8(bytesOf(bytes));
}

function unquote(written: string): string | undefined {
  if (written.length < 2 || !written.endsWith('"')) return undefined;
  const inner = written.slice(1, -1);
  if (/(?:^|[^\\])(?:\\\\)*"/.test(inner)) return undefined;
  let bad = false;
  const text = inner.replace(/\\([0-7]{3}|[\s\S]|$)/g, (_, escape: string) => {
    if (/^[0-3][0-7]{2}$/.test(escape)) return String.fromCharCode(Number.parseInt(escape, 8));
    const known = ESCAPES[escape];
    if (known === undefined) bad = true;
    return known ?? "";
  });
  return bad ? undefined : text;
}

/** `a/<name>` or `b/<name>` after decoding; other prefixes are refused, since stripping them is guessing. */
export function withoutPrefix(written: string, prefix: "a/" | "b/"): string | undefined {
  const name = decodeName(written);
  return name?.startsWith(prefix) === true ? name.slice(2) : undefined;
}

/**
 * Name of a `---`/`+++` line: git ends a name at a tab, which it writes itself behind names with spaces, quoted or not.
 * Anything behind the tab would be invisible to one of two readers, so only the bare tab is accepted.
 */
export function sideName(rest: string, prefix: "a/" | "b/"): string | null | undefined {
  const name = rest.endsWith("\t") ? rest.slice(0, -1) : rest;
  if (name === "/dev/null") return null;
  if (!name.startsWith('"') && name.includes("\t")) return undefined;
  return withoutPrefix(name, prefix);
}

/** The two names of `diff --git`; ambiguous lines (names that differ and hold spaces) have no reading. */
export function gitNames(rest: string): readonly [string, string] | undefined {
  if (rest.startsWith('"') || rest.endsWith('"')) return quotedNames(rest);
  // Same name twice: the only split that is certain is the one in the middle.
  const half = (rest.length - 1) / 2;
  if (Number.isInteger(half) && rest.charAt(half) === " " && rest.slice(2, half) === rest.slice(half + 3)) {
    return pair(rest.slice(0, half), rest.slice(half + 1));
  }
  const parts = rest.split(" b/");
  const [first, second] = parts;
  if (parts.length !== 2 || first === undefined || second === undefined) return undefined;
  return pair(first, `b/${second}`);
}

/**
 * One name at least is quoted, so the other may hold spaces: the quote says where it ends. The place of the split is
 * found once and not by trial: a pattern that tries every space needs minutes for a line that an attacker makes long.
 */
function quotedNames(rest: string): readonly [string, string] | undefined {
  const quoted = /^"(?:[^"\\]|\\.)*"(?= )/s.exec(rest)?.[0];
  const at = rest.startsWith('"') ? (quoted?.length ?? -1) : rest.indexOf(' "');
  if (at < 0) return undefined;
  const names = [rest.slice(0, at), rest.slice(at + 1)] as const;
  const sound = names.every((name) => name.startsWith('"') || !name.includes('"'));
  return sound ? pair(...names) : undefined;
}

function pair(first: string, second: string): readonly [string, string] | undefined {
  const from = withoutPrefix(first, "a/");
  const to = withoutPrefix(second, "b/");
  return from === undefined || to === undefined ? undefined : [from, to];
}
