// Values behind names: of one provider in the form that it gives out, or random ones behind words such as password.
import { decoded } from "./base64.ts";
import { entropyOf, isDrawn, isMixed, isPlaceholder, isWritten } from "./drawn.ts";
import { type Link, nextOf } from "./links.ts";
import { harmlessBy, isOfDoor, isOfPage } from "./names.ts";
import type { AssignedRule } from "./rules.ts";
import { GENERIC, namesSecret, type Span, startsWord, type Work } from "./span.ts";

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
    const harmless = harmlessBy(link, written);
    if (harmless === "none") return undefined;
    const span = { rule: rule.id, start: value, end: form.lastIndex };
    const isLikely =
      harmless === "likely" || isShown(written) || (rule.likely === true && !namesSecret(link.name));
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

const LOOSE: ReadonlySet<string> = new Set(["token", "auth"]);
/** Parts of many words: only at the end of a name they are for secrets. */
const LAST: ReadonlySet<string> = new Set(["pass", "auth", "cred", "creds", "psk", "pw"]);
/** What such a word is written together with. */
const TOGETHER = /(?:^|[^a-z])(?:my|db|app|user|admin|root|mail|smtp|sql|ftp|ssh|api|wifi|wpa|redis|pg)$/i;

const VALUE = /[^\s"',;<>(){}[\]`\\]{12,300}/y;
/** In quotes, a value goes on to the closing one whatever is in it. */
const QUOTED = /[^\s"'`\\]{12,300}(?=\\{0,2}["'`])/y;
/** No more of a value is judged: what somebody wrote for so long is no key. */
const JUDGED = 128;
const DIGEST = /^(?:0x|(?:md5|sha1|sha256|sha384|sha512)[:-])?(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})$/i;
const INTEGRITY =
  /^(?:sha1-[A-Za-z0-9+/]{27}=|sha256-[A-Za-z0-9+/]{43}=|sha384-[A-Za-z0-9+/]{64}|sha512-[A-Za-z0-9+/]{86}==)$/;
/** Where a secret lies, not what it is. */
const PLACE = /^(?:arn:|projects\/|urn(?::|%3a)|[a-z]{2}(?:-[a-z]{2,9}){1,3}-\d:\d{12}:)/i;
const IN_ARN = /:\d{12}:$/;
/** Least bits for each character: less repeats itself. */
const LEAST = 2.5;
/** `tokens` are counted, or named, more often than given. */
const MANY = 20;

/** Of a module beside this one. */
const PATH = /^\.{1,2}\/[\w./-]{1,120}$/;

const PUBLIC = [UUID, INTEGRITY];
const PLACES = [PLACE, PATH];

/** A place is made of names: a part of it that was drawn is none. */
function isPlace(written: string): boolean {
  if (!PLACES.some((form) => form.test(written))) return false;
  return !written.split(/[^\w+=~]|%3a/i).some((part) => part.length >= LEAST_PART && isDrawn(part));
}
const LEAST_PART = 12;

/** Values of one list that are looked at once for each word in its name; those behind them once in all, and a person decides. */
const MOST_LISTED = 50;

/** What a text is, and where values of its lists were looked at. */
export interface Ground {
  /** Whether what stands without quotes in it may be code. */
  readonly isProgram: boolean;
  readonly listed: Set<number>;
  readonly work: Work;
}

export function groundOf(path: string, work: Work): Ground {
  return { isProgram: PROGRAM.test(path), listed: new Set(), work };
}

/** Languages in which a value without quotes is a name, a member or a call. */
const PROGRAM =
  /\.(?:[cm]?[jt]sx?|vue|svelte|astro|py|pyi|rb|go|rs|java|kts?|scala|groovy|gradle|swift|cc?|cpp|cxx|hh?|hpp|mm?|cs|fs|php|lua|dart|exs?|erl|hs|ml|jl|pl|pm|sol|tf|zig|nim|clj|ps1|sql)$/i;

/** What is assigned to a name for secrets; of a list, each value. */
export function genericAt(
  text: string,
  at: number,
  word: string,
  link: Link,
  ground: Ground,
): readonly Span[] {
  if (LAST.has(word) && !isLast(text, at, word, link.name)) return [];
  const found: Span[] = [];
  let one: Link | undefined = link;
  for (let count = 0; one !== undefined; count++) {
    const isFar = count >= MOST_LISTED;
    if (isFar && ground.listed.has(one.value)) break;
    if (isFar) ground.listed.add(one.value);
    ground.work.steps += 1;
    const span = valueAt(text, word, one, ground);
    if (span !== undefined) found.push(isFar ? { ...span, likely: true } : span);
    const next: number | undefined = link.list === true ? nextOf(text, one) : undefined;
    one = next === undefined ? undefined : { ...link, value: next };
  }
  return found;
}

function valueAt(text: string, word: string, link: Link, { isProgram }: Ground): Span | undefined {
  const { operator, quoted, value } = link;
  const end = operator === "," && !quoted ? undefined : valueEnd(text, link);
  if (end === undefined || (operator === ">" && !text.startsWith("</", end))) return undefined;
  const written = text.slice(value, Math.min(end, value + JUDGED));
  if ((!quoted && isProgram && isCode(text, end, written)) || isPublic(written, word, link)) return undefined;
  const judged = judgedBy(link, written);
  if (judged === undefined) return undefined;
  const span = { rule: GENERIC, start: value, end };
  return judged === "likely" || isSealed(text, value, written) ? { ...span, likely: true } : span;
}

function judgedBy(link: Link, written: string): "sure" | "likely" | undefined {
  const harmless = harmlessBy(link, written);
  if (harmless === "none") return undefined;
  if (!isSecret(written)) return CHOSEN_NAME.test(link.name) && PHRASE.test(written) ? "likely" : undefined;
  const isUnsure = isShown(written) || isOfPage(link) || (isOfDoor(link) && DIGEST.test(written));
  return harmless === "likely" || isUnsure ? "likely" : "sure";
}

/** What people choose themselves, and how: words with digits between them. */
const CHOSEN_NAME = /passw|pwd|passphrase|passcode/i;
const PHRASE = /^[A-Za-z]{3,20}\d{1,3}(?:[A-Za-z]{3,20}\d{1,3}){1,8}[A-Za-z]{3,20}$/;

/** A value that only a cluster opens, as its tool writes it: it begins so, and stands below this name. */
function isSealed(text: string, value: number, written: string): boolean {
  if (!/^Ag[A-P][A-Za-z0-9+/=]{40}/.test(written)) return false;
  return text.slice(Math.max(0, value - SEALED_REACH), value).includes("encryptedData");
}
const SEALED_REACH = 4000;

function isLast(text: string, at: number, word: string, name: string): boolean {
  if (!name.toLowerCase().replace(/s$/, "").endsWith(word.replace(/s$/, ""))) return false;
  return isName(text, at, word) || TOGETHER.test(text.slice(Math.max(0, at - 8), at));
}

function isSecret(written: string): boolean {
  return !isPlaceholder(written) && entropyOf(written) >= LEAST && (isDrawn(written) || saysText(written));
}

/** Code calls and indexes; a value in quotes ends at one. */
function isCode(text: string, end: number, written: string): boolean {
  return /[([]/.test(text.charAt(end)) || isMember(written);
}

/** `SyntaxKind.DotDotDotToken`: names in code, each of words, or of so many letters that none was drawn. */
function isMember(written: string): boolean {
  if (!/^[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)+$/.test(written)) return false;
  return written.split(".").every((part) => isWritten(part, true) || !(/\d/.test(part) || isDrawn(part)));
}

/** Keys in manuals of AWS have the word in their middle; a digest of a password says how it was made. A person may see either. */
function isShown(written: string): boolean {
  return written.includes("EXAMPLE") || HASHED.test(written);
}

const HASHED = /^\$(?:2[abxy]|argon2(?:id?|d)|[156y]|apr1|scrypt)\$/;

const BASE64 = /^[A-Za-z0-9+/]{16,128}={0,2}$/;

/** Base64 of words: no name in code says text by accident. */
function saysText(written: string): boolean {
  return BASE64.test(written) && /^[\x20-\x7e]{11,}\s?$/.test(decoded(written) ?? "");
}

function isPublic(written: string, word: string, { name, before }: Link): boolean {
  if (PUBLIC.some((form) => form.test(written)) || isPlace(written)) return true;
  if (IN_ARN.test(before)) return true;
  return (
    (LOOSE.has(word) && DIGEST.test(written) && !isOfDoor({ name })) ||
    (/tokens$/i.test(name) && written.length < MANY)
  );
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
