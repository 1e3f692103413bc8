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
  if (/^[$%{<[]|\$\{|\{\{|<[a-z_ -]{2,40}>/i.test(text)) return true;
  const rest = text.replace(FILL, "").replace(STANDING, "").replace("...", "");
  return rest !== text && !(rest.length >= LEAST_BESIDE && isDrawn(rest));
}

const FILL = /([xX0*._#-])\1{7,}$|EXAMPLE$/i;
const STANDING = /^(?:your|my|some|the)[_-]/i;
/** The example of a key of AWS has 13 characters before the word that says so. */
const LEAST_BESIDE = 16;

/** Digits among letters, or letters of both cases in no order: no word of a language and no name in code has them. */
export function isMixed(value: string): boolean {
  const digits = value.match(/\d/g)?.length ?? 0;
  if (digits >= 2 && /[A-Za-z]/.test(value)) return entropyOf(value) >= 2.2;
  return value.length >= 16 && changesIn(value) >= MIN_CHANGES;
}

/** Least share of neighbours of different kinds: random text has more than a third, names and sentences about a tenth. */
const MIN_CHANGES = 0.3;

/** Names with digits in them that programs are full of; each is at most a few characters of what was drawn. */
const ABBREVIATION =
  /[Uu]?[Ii]nt\d{1,3}|[Ff]loat\d{2}|sig[vV]\d[a-z]?|[Vv]\d(?:(?:alpha|beta)\d)?|i18n|l10n|a11y|k8s|e2e|[Ss]3|[Ee][Cc]2|oauth2|ipv[46]|utf8|base64|x509/g;
/** Fewer characters than this, beside such names, are no secret: a value has at least twelve in all. */
const LEAST_DRAWN = 9;

/** Whether `value` looks drawn rather than written: letters, more than one digit, and small, capital and digit in no order. */
export function isDrawn(value: string): boolean {
  const bare = value.replaceAll(ABBREVIATION, "").replaceAll(/[^A-Za-z0-9]/g, "");
  if (bare.length < LEAST_DRAWN || !/\d.*\d/.test(bare) || !/[A-Za-z]/.test(bare)) return false;
  return changesIn(bare) >= MIN_CHANGES;
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
