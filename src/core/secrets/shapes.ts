// Secrets that have a structure rather than a form: armoured keys, passwords in URLs, Kubernetes manifests.
import { changesIn, isPlaceholder } from "./drawn.ts";
import type { Span } from "./span.ts";

export const ARMOUR = "-----begin";
const HEAD = /-----BEGIN (?:[A-Z0-9]{1,20} ){0,4}PRIVATE KEY(?: BLOCK)?-----/y;
/** Most characters of an armoured key; one of 16,384 bits has 13,000. */
const LONGEST_KEY = 20_000;

/** The body of an armoured private key, whatever writes its line ends: line feeds, `\n` in JSON, quotes and plus signs in code. */
export function privateKeyAt(text: string, at: number): Span | undefined {
  HEAD.lastIndex = at;
  if (!HEAD.test(text)) return undefined;
  const start = HEAD.lastIndex;
  const next = text.indexOf("-----", start);
  const end = Math.min(next === -1 ? text.length : next, start + LONGEST_KEY);
  // Whoever speaks of the first line only, a parser say, has no body behind it.
  const words = text.slice(start, end).split(/(?:\\[nrt]|[^A-Za-z0-9+/=]){1,200}/);
  const drawn = words.filter(
    (word) => word.length >= 16 && !DIGEST.test(word) && changesIn(word) >= MIN_CHANGES,
  );
  return drawn.join("").length >= LEAST_BODY ? { rule: "private-key", start, end } : undefined;
}

/** Fewer characters, in pieces of at least 16, are no key: the shortest has 64 in one line. */
const LEAST_BODY = 40;
const DIGEST = /^[0-9A-Fa-f]{16,128}$/;
/** Least share of neighbours of different kinds in base64: it has about two thirds, names put together about a tenth. */
const MIN_CHANGES = 0.3;

export const SCHEME = "://";
const CREDENTIALS = /:\/\/([^\s/?#@:"'`<>\\]{0,100}):([^\s/?#@"'`<>\\]{1,200})@[^\s/"'`<>\\]/dy;
/** Written where a password would stand, in documents; digits alone are a port. */
const STANDING =
  /^(?:(.)\1*|[*x.]+|\d+|change[-_]?me|<[^>]*>|\$.*|\{.*|\[.*|\(.*|%.*|:.*|pass(?:word|wd)?|pw|pwd|secret|token|word|abc|xyz|foo|bar|baz)$/i;

export function urlPasswordAt(text: string, at: number): Span | undefined {
  if (!/[A-Za-z0-9]/.test(text.charAt(at - 1))) return undefined;
  CREDENTIALS.lastIndex = at;
  const match = CREDENTIALS.exec(text);
  const [, user, word = ""] = match ?? [];
  const [start, end] = match?.indices?.[2] ?? [-1, -1];
  if (start === -1 || word === user || STANDING.test(word) || isPlaceholder(word)) return undefined;
  return { rule: "url-credentials", start, end };
}

export const MANIFEST = "kind:";
const KIND = /kind:[ \t]{0,8}["']?secret["']?[ \t]{0,8}(?:\r?\n|$)/iy;
const ENTRY =
  /^[ \t]{1,40}["']?[\w.-]{1,100}["']?:[ \t]{1,8}(?:[>|]-?[ \t]{0,4}\r?\n[ \t]{1,40})?["']?([A-Za-z0-9+/]{8,20000}={0,2})["']?[ \t]{0,8}\r?$/dgm;

/** The values below `data:` in the YAML document around a `kind: Secret`; `from` is the end of the one before. */
export function manifestSecrets(text: string, at: number): readonly Span[] {
  KIND.lastIndex = at;
  if (!KIND.test(text)) return [];
  const first = Math.max(0, at - REACH);
  const [head, tail] = [text.slice(first, at), text.slice(at, at + REACH)];
  const [from, to] = [first + Math.max(head.lastIndexOf("\n---"), 0), tail.indexOf("\n---")];
  const part = text.slice(from, to === -1 ? at + REACH : at + to);
  const data = /^[ \t]{0,8}data:[ \t]{0,8}\r?$/m.exec(part);
  if (data === null) return [];
  const rest = part.slice(data.index + data[0].length);
  const block = rest.slice(0, /\n[A-Za-z]/.exec(rest)?.index ?? rest.length);
  const base = from + data.index + data[0].length;
  return [...block.matchAll(ENTRY)].flatMap(({ indices }) => {
    const [start, end] = indices?.[1] ?? [-1, -1];
    return start === -1 ? [] : [{ rule: "kubernetes-secret", start: base + start, end: base + end }];
  });
}

/** Most characters looked at on either side. */
const REACH = 2000;
