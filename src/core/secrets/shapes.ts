// Secrets that have a structure rather than a form: armoured keys, passwords in URLs.
import { changesIn, isChosen, isDrawn, isPlaceholder } from "./drawn.ts";
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
const CREDENTIALS = /:\/\/([^\s/?#@:"'`<>\\]{0,100}):([^\s/?#@"'`<>\\]{1,200})@([^\s/?#"'`<>\\]{1,255})/dy;
/** Written where a password would stand, in documents; digits alone are a port. */
const STANDING =
  /^(?:(.)\1*|[*x.]+|\d+|change[-_]?me|<[^>]*>|\$.*|\{.*|\[.*|\(.*|%.*|:.*|pass(?:word|wd)?|pw|pwd|secret|token|word|abc|xyz|foo|bar|baz)$/i;

/** Whether a word only says that a password comes here. */
export function isStanding(word: string): boolean {
  return STANDING.test(word) || isPlaceholder(word);
}

export function urlPasswordAt(text: string, at: number): Span | undefined {
  if (!/[A-Za-z0-9]/.test(text.charAt(at - 1))) return undefined;
  CREDENTIALS.lastIndex = at;
  const match = CREDENTIALS.exec(text);
  const [, user, word = ""] = match ?? [];
  const [start, end] = match?.indices?.[2] ?? [-1, -1];
  if (start === -1 || word === user || isStanding(word)) return undefined;
  const span = { rule: "url-credentials", start, end };
  return isSure(word, match?.[3] ?? "") ? span : { ...span, likely: true };
}

function isSure(word: string, host: string): boolean {
  return isDrawn(word) || (isChosen(word) && !LOCAL.test(host));
}

/** Hosts of one's own machine, of a network of containers, and of documents. */
const LOCAL =
  /^(?:localhost|host\.docker\.internal|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|0\.0\.0\.0|\[|[\w-]{1,63}|(?:[\w-]{1,63}\.){0,5}(?:example|test|invalid|localhost)|(?:[\w-]{1,63}\.){0,5}example\.(?:com|org|net))(?::|$)/i;
