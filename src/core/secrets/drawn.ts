// What tells a value that was drawn from one that somebody wrote: its characters alone, never what stands around it.

/** Counters of the characters of one text, all zero between two calls: a map for each candidate cost more than all else. */
const COUNTS = new Uint32Array(128);

/** Shannon entropy in bits for each character; those beyond ASCII count as one. */
export function entropyOf(text: string): number {
  for (let at = 0; at < text.length; at++) {
    const slot = slotOf(text, at);
    COUNTS[slot] = (COUNTS[slot] ?? 0) + 1;
  }
  let sum = 0;
  for (let at = 0; at < text.length; at++) {
    const slot = slotOf(text, at);
    const count = COUNTS[slot] ?? 0;
    COUNTS[slot] = 0;
    if (count > 0) sum -= (count / text.length) * Math.log2(count / text.length);
  }
  return sum;
}

function slotOf(text: string, at: number): number {
  return Math.min(text.charCodeAt(at), COUNTS.length - 1);
}

/** Written to show the form of a token: filled up at its end, or said so within. What is drawn beside it is a secret for all that. */
export function isPlaceholder(text: string): boolean {
  if (SAID.test(text)) return !isDrawn(text);
  const rest = text
    .replaceAll(HOLE, (hole) => (isDrawn(hole) ? hole : ""))
    .replace(OPENS, "")
    .replace(FILL, "")
    .replace(STANDING, "")
    .replace("...", "");
  return rest !== text && !(rest.length >= LEAST_BESIDE && isDrawn(rest));
}

/** Where a template, a shell or a reader puts something in; the value beside it is one for all that, and so is what was drawn inside. */
const HOLE = /\$\{[^{}]{0,200}\}|\{\{[^{}]{0,200}\}\}|<[^<>]{1,80}>|\$\{|\{\{/g;
/** A variable, a list or an object begins so, and many a password. */
const OPENS = /^[$%{<[]{1,4}/;

/** Words that nobody draws: they count where nothing beside them was drawn. */
const SAID = /(?:^|[-_.])(?:your|here|placeholder|insert|replace|example|dummy|sample)(?:[-_.]|$)/i;
const FILL = /([xX0*._#-])\1{7,}$|EXAMPLE$/i;
const STANDING = /^(?:your|my|some|the)[_-]/i;
/** As many as a value has at least. */
const LEAST_BESIDE = 12;

/** Digits among letters, or letters of both cases in no order: no word of a language and no name in code has them. */
export function isMixed(value: string): boolean {
  const bare = value.replaceAll(/[^A-Za-z0-9]/g, "");
  if (/\d.*\d/.test(bare) && /[A-Za-z]/.test(bare)) return entropyOf(value) >= 2.2 && !isWritten(value);
  return bare.length >= 16 && changesIn(bare) >= MIN_CHANGES && !isWritten(value);
}

/** Least share of neighbours of different kinds: random text has more than a third, names and sentences about a tenth. */
const MIN_CHANGES = 0.3;
/** Long text that was drawn has as many on the whole, and is seldom without four digits. */
const MIN_CHANGES_LONG = 0.22;
const LONG = 20;

/** Names with digits in them that programs are full of; each is at most a few characters of what was drawn. */
const ABBREVIATION =
  /[Uu]?[Ii]nt\d{1,3}|[Ff]loat\d{2}|sig[vV]\d[a-z]?|[Vv]\d(?:(?:alpha|beta)\d)?|i18n|l10n|a11y|k8s|e2e|[Ss]3|[Ee][Cc]2|oauth2|ipv[46]|utf8|base64|[Xx]509|(?:[Ee]d|[Xx])25519|[Ss]ecp256[kr]1|[Ss]ha(?:256|384|512)|%[0-9A-Fa-f]{2}/g;
/** Fewer characters than this, beside such names, are no secret: a value has at least twelve in all. */
const LEAST_DRAWN = 9;

/** Whether `value` looks drawn rather than written: letters, more than one digit, and small, capital and digit in no order. */
export function isDrawn(value: string): boolean {
  const bare = bareOf(value);
  if (isDisordered(bare)) return !isWritten(value, true);
  if (bare.length < LEAST_DRAWN || !/\d.*\d/.test(bare) || !/[A-Za-z]/.test(bare)) return false;
  const least = bare.length >= LONG && /(?:\d\D*){4}/.test(bare) ? MIN_CHANGES_LONG : MIN_CHANGES;
  return changesIn(bare) >= least && !isWritten(value, true);
}

/** Letters of both cases in no order; with less than two digits, what was drawn is told by that alone. */
function isDisordered(bare: string): boolean {
  if (bare.length < (/\d/.test(bare) ? 12 : 16) || !/[a-z]/.test(bare) || !/[A-Z]/.test(bare)) return false;
  return changesIn(bare) >= DISORDER;
}

/** Most names put together from short words change at two of five letters. */
const DISORDER = 0.45;

function bareOf(value: string): string {
  return value.replaceAll(ABBREVIATION, "").replaceAll(/[^A-Za-z0-9]/g, "");
}

/** Words, with a capital or without. */
const WORDS = /[A-Z]?[a-z]{3,}/g;
/** Digits that were counted up, repeated, are a year or end a name: beside a provider's name they may be its form for all that. */
const COUNTED =
  /(?:0(?=1)|1(?=2)|2(?=3)|3(?=4)|4(?=5)|5(?=6)|6(?=7)|7(?=8)|8(?=9)|9(?=0)){2}\d{1,8}|(\d)\1{2,}|(?:19|20)\d\d|\d{1,3}$/g;
/** Least share of words in what was written; of letters in both cases that were drawn, a fifth looks like words. */
const WRITTEN = { mixed: 0.65, small: 0.95 } as const;

/** Whether somebody put `value` together from words: names in code have capitals in as good an order as what was drawn. */
export function isWritten(value: string, numbers = false): boolean {
  const bare = bareOf(value);
  if (bare === "") return true;
  const words = lengthOf(bare, WORDS) + (numbers ? lengthOf(bare, COUNTED) : 0);
  return words / bare.length >= (/[A-Z]/.test(bare) && /[a-z]/.test(bare) ? WRITTEN.mixed : WRITTEN.small);
}

const LEAST_CHOSEN = 8;
const SPELT = /p[a@4]ss?w[o0]r[dt]/i;

/** Whether a password may be somebody's: words and years are written in documents as often. */
export function isChosen(word: string): boolean {
  return isDrawn(word) || (word.length >= LEAST_CHOSEN && !isWritten(word, true) && !SPELT.test(word));
}

/** Whether a password that a server takes is one: three kinds of characters are asked for more often than shown. */
export function isComposed(word: string): boolean {
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z0-9]/].filter((kind) => kind.test(word)).length;
  return isChosen(word) || (word.length >= LEAST_CHOSEN && kinds >= 3 && !SPELT.test(word));
}

function lengthOf(text: string, parts: RegExp): number {
  return text.match(parts)?.join("").length ?? 0;
}

export function changesIn(text: string): number {
  let changes = 0;
  for (let at = 1; at < text.length; at++) if (kindOf(text, at) !== kindOf(text, at - 1)) changes += 1;
  return changes / (text.length - 1);
}

function kindOf(text: string, at: number): "digit" | "small" | "capital" {
  const character = text.charAt(at);
  if (character >= "0" && character <= "9") return "digit";
  return character >= "a" ? "small" : "capital";
}
