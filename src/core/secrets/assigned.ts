// Values behind names: of one provider in the form that it gives out, or random ones behind words such as password.
import { decoded } from "./base64.ts";
import { entropyOf, isDrawn, isMixed, isPlaceholder, isWritten } from "./drawn.ts";
import { type Link, tellsNoSecret } from "./links.ts";
import type { AssignedRule } from "./rules.ts";
import { namesSecret, type Span, startsWord } from "./span.ts";

export { linkAt } from "./links.ts";

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export type AssignedAt = (text: string, at: number, word: string, link: Link) => Span | undefined;

export function assignedFinder(rule: AssignedRule): AssignedAt {
  const form = new RegExp(`(?:${rule.value})(?![A-Za-z0-9_/+=-]|\\.[A-Za-z0-9]|\\()`, "y");
  // Where a rule knows no UUIDs, one is an id of the provider's: of a client, a tenant, a project.
  const knowsIds = rule.value.includes("{8}-");
  return (text, at, word, link) => {
    const { operator, value } = link;
    if (!isName(text, at, word)) return undefined;
    // Of what need not look random, only what is plainly assigned: a list of names is none.
    if (rule.plain === true && !/[=:]/.test(operator)) return undefined;
    form.lastIndex = value;
    if (!form.test(text)) return undefined;
    const written = text.slice(value, form.lastIndex);
    if ((!knowsIds && UUID.test(written)) || !counts(rule, written)) return undefined;
    if (tellsNoSecret(link, written)) return undefined;
    const span = { rule: rule.id, start: value, end: form.lastIndex };
    const isLikely = isShown(written) || (rule.likely === true && !namesSecret(link.name));
    return isLikely ? { ...span, likely: true } : span;
  };
}

function counts({ entropy = 1.5, plain }: AssignedRule, written: string): boolean {
  return !isPlaceholder(written) && entropyOf(written) >= entropy && (plain === true || isMixed(written));
}

/** Short names are parts of many words: `lob` of global, `ibm` of nothing, `cos` of cost. */
function isName(text: string, at: number, word: string): boolean {
  if (word.length > 5) return true;
  const [first, before] = [text.charAt(at), text.charAt(at - 1)];
  const begins = startsWord(text, at) || (/[a-z]/.test(before) && /[A-Z]/.test(first));
  const [last, after] = [text.charAt(at + word.length - 1), text.charAt(at + word.length)];
  return (
    begins && !(/[a-z]/.test(last) && /[a-z]/.test(after)) && !(/[A-Z]/.test(last) && /[A-Z]/.test(after))
  );
}

/** What a key is of, when it is one that nobody else may have. */
const KEYS =
  "api access private account master encryption encrypt signing app deployer deploy session cookie hmac jwt storage service client license auth webhook crypto aes admin server wallet symmetric subscription".split(
    " ",
  );
/** Words for secrets. Of those that say little by themselves, digests and ids are no secrets. */
export const SECRET_NAMES: readonly string[] = [
  ..."password passwd pwd passphrase secret credential authorization token pass auth".split(" "),
  ...KEYS.flatMap((of) => [`${of}key`, `${of}_key`, `${of}-key`]),
];
const LOOSE: ReadonlySet<string> = new Set(["token", "auth"]);
/** Parts of many words: only at the end of a name they are for secrets. */
const LAST: ReadonlySet<string> = new Set(["pass", "auth"]);

const VALUE = /[^\s"',;<>(){}[\]`\\]{12,300}/y;
/** In quotes, a value goes on to the closing one whatever is in it. */
const QUOTED = /[^\s"'`\\]{12,300}(?=\\{0,2}["'`])/y;
/** No more of a value is judged: what somebody wrote for so long is no key. */
const JUDGED = 128;
const DIGEST = /^(?:(?:md5|sha1|sha256|sha384|sha512)[:-])?(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})$/i;
const INTEGRITY = /^sha(?:1|256|384|512)-[A-Za-z0-9+/]{20,100}={0,2}$/;
/** Where a secret lies, not what it is. */
const PLACE = /^(?:arn:|projects\/|urn(?::|%3a)|[a-z]{2}(?:-[a-z]{2,9}){1,3}-\d:\d{12}:)/i;
const IN_ARN = /:\d{12}:$/;
/** Least bits for each character: less repeats itself. */
const LEAST = 2.5;
/** `tokens` are counted, or named, more often than given. */
const MANY = 20;

/** Of a module beside this one. */
const PATH = /^\.{1,2}\/[\w./-]{1,120}$/;

const PUBLIC = [UUID, INTEGRITY, PLACE, PATH];

export function genericAt(text: string, at: number, word: string, link: Link): Span | undefined {
  const { operator, quoted, value, name } = link;
  if (LAST.has(word) && (!name.toLowerCase().endsWith(word) || !isName(text, at, word))) return undefined;
  const end = operator === "," && !quoted ? undefined : valueEnd(text, link);
  if (end === undefined || (operator === ">" && !text.startsWith("</", end))) return undefined;
  const written = text.slice(value, Math.min(end, value + JUDGED));
  if ((!quoted && isCode(text, end, written)) || isPublic(written, word, link)) return undefined;
  if (!isSecret(written) || tellsNoSecret(link, written)) return undefined;
  const span = { rule: "assigned-secret", start: value, end };
  return isShown(written) ? { ...span, likely: true } : span;
}

function isSecret(written: string): boolean {
  return !isPlaceholder(written) && entropyOf(written) >= LEAST && (isDrawn(written) || saysText(written));
}

/** Code calls and indexes; a value in quotes ends at one. */
function isCode(text: string, end: number, written: string): boolean {
  return /[([]/.test(text.charAt(end)) || isMember(written);
}

/** `SyntaxKind.DotDotDotToken`: names in code, of which none is as long as what was drawn. */
function isMember(written: string): boolean {
  if (!/^[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)+$/.test(written)) return false;
  return written.split(".").every((part) => part.length < LEAST_PART || isWritten(part, true));
}

const LEAST_PART = 16;

/** Keys in manuals of AWS have the word in their middle: a person may see that, and that nothing real is beside it. */
function isShown(written: string): boolean {
  return written.includes("EXAMPLE");
}

const BASE64 = /^[A-Za-z0-9+/]{16,128}={0,2}$/;

/** Base64 of words: no name in code says text by accident. */
function saysText(written: string): boolean {
  return BASE64.test(written) && /^[\x20-\x7e]{11,}\s?$/.test(decoded(written) ?? "");
}

function isPublic(written: string, word: string, { name, before }: Link): boolean {
  if (PUBLIC.some((form) => form.test(written)) || IN_ARN.test(before)) return true;
  return (LOOSE.has(word) && DIGEST.test(written)) || (/tokens$/i.test(name) && written.length < MANY);
}

function valueEnd(text: string, { quoted, value }: Link): number | undefined {
  VALUE.lastIndex = value;
  const end = VALUE.test(text) ? VALUE.lastIndex : undefined;
  if (!quoted || (end !== undefined && /["'`\\]/.test(text.charAt(end)))) return end;
  QUOTED.lastIndex = value;
  if (!QUOTED.test(text)) return end;
  return entropyOf(text.slice(value, QUOTED.lastIndex)) >= LEAST_QUOTED ? QUOTED.lastIndex : end;
}

/** Least bits for each character of a value with brackets in it: code in quotes repeats itself. */
const LEAST_QUOTED = 4;
