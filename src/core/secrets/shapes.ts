// Passwords in URLs and in the addresses that programs dial.
import { isChosen, isDrawn, isPlaceholder } from "./drawn.ts";
import type { Span } from "./span.ts";

export const SCHEME = "://";
const CREDENTIALS = /:\/\/([^\s/?#@:"'`<>\\]{0,100}):([^\s/?#@"'`<>\\]{1,200})@([^\s/?#"'`<>\\]{1,255})/dy;
/** Written where a password would stand, in documents; digits alone are a port. */
const STANDING =
  /^(?:(.)\1*|[*x.]+|\d+|change[-_]?me|pass(?:word|wd)?|pw|pwd|secret|token|word|abc|xyz|foo|bar|baz|example|postgres)$/i;

/** Whether a word only says that a password comes here. */
export function isStanding(word: string): boolean {
  if (STANDING.test(word) || isPlaceholder(word)) return true;
  return OPENS.test(word) && !isDrawn(word.replace(OPENS, ""));
}

/** A variable or what code puts in begins so; a password may. */
const OPENS = /^[$%{([:<]{1,4}/;

export function urlPasswordAt(text: string, at: number): Span | undefined {
  if (!/[A-Za-z0-9]/.test(text.charAt(at - 1))) return undefined;
  CREDENTIALS.lastIndex = at;
  const match = CREDENTIALS.exec(text);
  if (match === null) return userAt(text, at);
  const [, user, word = ""] = match;
  const [start, end] = match.indices?.[2] ?? [-1, -1];
  if (start === -1 || word === user || isStanding(word)) return undefined;
  const span = { rule: "url-credentials", start, end };
  return isSure(word, match[3] ?? "") ? span : { ...span, likely: true };
}

const USER = /:\/\/([^\s/?#@:"'`<>\\]{16,200}):?@([^\s/?#"'`<>\\@]{1,255})/dy;
/** The user in an address of Sentry is public, and so is one in an address that a key of SSH opens. */
const PUBLIC_USER = /^[0-9a-f]{32}$/;

/** A token in place of a user's name: `https://…@host`. */
function userAt(text: string, at: number): Span | undefined {
  if (!/https?$/i.test(text.slice(Math.max(0, at - 5), at))) return undefined;
  USER.lastIndex = at;
  const match = USER.exec(text);
  const [start, end] = match?.indices?.[1] ?? [-1, -1];
  const user = match?.[1] ?? "";
  if (start === -1 || PUBLIC_USER.test(user) || !isDrawn(user) || isStanding(user)) return undefined;
  return { rule: "url-credentials", start, end };
}

export const DIALLED = "@tcp(";
const BEFORE_DIALLED = /(?:^|["'`\s=])([^\s:"'`@]{1,60}):([^\s"'`@]{4,100})$/;

/** `user:password@tcp(host)`, as programs in Go write it. */
export function dialledAt(text: string, at: number): Span | undefined {
  const [, user, word = ""] = BEFORE_DIALLED.exec(text.slice(Math.max(0, at - 162), at)) ?? [];
  if (word === "" || word === user || isStanding(word)) return undefined;
  const span = { rule: "url-credentials", start: at - word.length, end: at };
  return isDrawn(word) ? span : { ...span, likely: true };
}

function isSure(word: string, host: string): boolean {
  return isDrawn(word) || (isChosen(word) && !LOCAL.test(host));
}

/** Hosts of one's own machine, of a network of containers, and of documents. */
const LOCAL =
  /^(?:localhost|host\.docker\.internal|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|0\.0\.0\.0|\[|[\w-]{1,63}|(?:[\w-]{1,63}\.){0,5}(?:example|test|invalid|localhost)|(?:[\w-]{1,63}\.){0,5}example\.(?:com|org|net))(?::|$)/i;
