// Values behind names: of one provider in the form that it gives out, or random ones behind words such as password.
import { entropyOf, isDrawn, isMixed, isPlaceholder } from "./drawn.ts";
import type { AssignedRule } from "./rules.ts";
import { type Span, startsWord } from "./span.ts";

/** From the end of a name to the first character of the value: the rest of the name, an operator, a quote. */
const LINK =
  /[\w.-]{0,40}(?: \w{1,20}){0,2}\\{0,2}["'`\])]{0,3}[ \t]{0,8}(={1,3}>?|:{1,3}={0,1}|\?=|\|\|:?|!==?|,|>)[ \t]{0,8}(?:\r?\n[ \t]{0,40})?(?:[@bBrRfFuU]{0,2}(\\{0,2}["'`]{1,3}))?(?:(?:[Bb]earer|[Bb]asic|[Tt]oken)[ ]{1,3})?/y;

export interface Link {
  readonly operator: string;
  readonly quoted: boolean;
  /** Offset of the value. */
  readonly value: number;
}

/** What follows the name that ends at `end`, if anything is assigned to it. */
export function linkAt(text: string, end: number): Link | undefined {
  LINK.lastIndex = end;
  const match = LINK.exec(text);
  return match === null
    ? undefined
    : { operator: match[1] ?? "", quoted: match[2] !== undefined, value: LINK.lastIndex };
}

export type AssignedAt = (text: string, at: number, word: string, link: Link) => Span | undefined;

export function assignedFinder(rule: AssignedRule): AssignedAt {
  const form = new RegExp(`(?:${rule.value})(?![A-Za-z0-9_/+=-]|\\.[A-Za-z0-9]|\\()`, "y");
  return (text, at, word, { operator, value }) => {
    if (!isName(text, at, word)) return undefined;
    // Of what need not look random, only what is plainly assigned: a list of names is none.
    if (rule.plain === true && !/[=:]/.test(operator)) return undefined;
    form.lastIndex = value;
    if (!form.test(text)) return undefined;
    const secret = text.slice(value, form.lastIndex);
    if (isPlaceholder(secret) || entropyOf(secret) < (rule.entropy ?? 1.5)) return undefined;
    if (rule.plain !== true && !isMixed(secret)) return undefined;
    return { rule: rule.id, start: value, end: form.lastIndex };
  };
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

/** Words for secrets. Of those that say little by themselves, digests and ids are no secrets. */
export const SECRET_NAMES =
  "password passwd pwd passphrase secret apikey api_key api-key access_key access-key accesskey private_key private-key privatekey account_key accountkey credential authorization token".split(
    " ",
  );
const STRICT = /^(?:passw|pwd|passphrase|secret|api|access|private|account|credential|authorization)/;

const VALUE = /[^\s"',;<>(){}[\]`\\]{12,300}/y;
const DIGEST = /^(?:(?:md5|sha1|sha256|sha384|sha512)[:-])?(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})$/i;
const INTEGRITY = /^sha(?:1|256|384|512)-[A-Za-z0-9+/]{20,100}={0,2}$/;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export function genericAt(text: string, word: string, { operator, quoted, value }: Link): Span | undefined {
  if (operator === ">" || (operator === "," && !quoted)) return undefined;
  VALUE.lastIndex = value;
  if (!VALUE.test(text)) return undefined;
  const end = VALUE.lastIndex;
  const secret = text.slice(value, end);
  // Code calls and indexes; a value in quotes ends at one.
  if (!quoted && /[([]/.test(text.charAt(end))) return undefined;
  if (UUID.test(secret) || INTEGRITY.test(secret) || (!STRICT.test(word) && DIGEST.test(secret)))
    return undefined;
  if (isPlaceholder(secret) || !isDrawn(secret)) return undefined;
  return { rule: "assigned-secret", start: value, end };
}
