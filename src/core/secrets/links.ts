// What is assigned to a name, in the many ways that code, configuration and markup have for it.
export interface Link {
  readonly operator: string;
  readonly quoted: boolean;
  /** Offset of the value. */
  readonly value: number;
  /** The whole name, with what stands before and behind the word that was looked for. */
  readonly name: string;
  /** A few characters before the name. */
  readonly before: string;
  /** The value is the first of a list. */
  readonly list?: true;
}

const QUOTE = String.raw`(?:[A-Za-z][\w.]{0,20}(?=\u0060)|[@$bBrRfFuUL]{0,2}#{0,3})\\{0,2}["'\u0060]{1,3}`;

/** From the end of a name to the first character of the value: an operator, a quote. */
const LINK = new RegExp(
  `(?: \\w{1,20}){0,2}\\\\{0,2}["'\`\\])]{0,3}[ \\t]{0,8}(={1,3}>?|:{1,3}={0,1}|\\?\\?=?|\\?=|\\|\\|:?|!==?|,|>)[ \\t]{0,8}(?:\\r?\\n[ \\t]{0,40})?(?:(${QUOTE}))?(?:(?:[Bb]earer|[Bb]asic|[Tt]oken)[ ]{1,3})?`,
  "y",
);

/** More particular ways, tried first; each ends where a quoted value begins. */
const PARTICULAR = new RegExp(
  `(?:${[
    // `API_KEY: &str = "…"`, `apiKey: String = "…"`
    String.raw`[ ]{0,2}:[ ]{0,3}[&*]?(?:'static )?[A-Za-z_][\w.<>?|&\[\]]{0,40}[ ]{1,3}=[ ]{0,3}${QUOTE}`,
    // `key := []byte("…")`, `secret = Buffer.from("…")`
    String.raw`[ ]{0,3}(?::?=|:)[ ]{0,3}(?:new )?[A-Za-z_\[\]][\w.\[\]]{0,40}\([ ]{0,2}${QUOTE}`,
    // `api_keys: ["…"]`, `api_keys:` and `- …` below, `password = (` and `"…"` below, `password = [[…]]`
    String.raw`["']?[ \t]{0,8}(?::?=|=>|:)[ \t]{0,8}[[({]\s{0,40}${QUOTE}`,
    String.raw`["']?:[ \t]{0,8}\r?\n[ \t]{0,40}-[ \t]{1,8}["']?(?![\w.-]{1,60}:[ \t\r\n])`,
    String.raw`[ \t]{0,8}=[ \t]{0,8}\[={0,3}\[`,
    // `password = dev ? "…" : …`, `password: <string>"…"`, `key = options.key or "…"`
    String.raw`["']?[ \t]{0,8}(?::?=|:)[ \t]{0,8}[\w.!()&|?:=<>$ -]{1,80}?[ ?:|>]${QUOTE}`,
    // The password is `…`
    String.raw`[*_]{0,2} (?:\w{1,20} ){0,2}(?:is|was|are):?[ ]{1,2}[*_]{0,2}(?:["'\u0060]{1,2}|(?=\S{0,40}\d))`,
    // `setApiKey("…")`, `#define API_KEY "…"`
    String.raw`(?:\([ ]{0,2}|[ \t]{1,20})${QUOTE}`,
    // `key="ApiKey" value="…"`, `name: DB_PASSWORD` and `value: "…"` below, `"name": "apiKey", "value": "…"`
    String.raw`["']?[ \t]{0,8}[,;]?(?:\r?\n)?[ \t]{1,40}["']?value["']?[ ]{0,3}[:=][ ]{0,3}["']?`,
    String.raw`["'][ ]{0,3},[ ]{0,3}["']value["'][ ]{0,3}:[ ]{0,3}["']`,
    // `variable "db_password" { default = "…" }`
    String.raw`["'][ ]{0,3}\{\s{0,40}(?:(?:type|description|sensitive)[ ]{0,20}=[^\n{}]{0,200}\n\s{0,40}){0,4}default[ ]{0,20}=[ ]{0,3}"`,
  ].join("|")})`,
  "y",
);

/** `--password …`, `ENV API_SECRET …`: a word in between is the value itself. */
const SPACED = new RegExp(`[ ]{1,3}(?:${QUOTE})?`, "y");

/** Most characters of a name behind the word that was looked for. */
const REST = 40;
/** Whatever assigns begins with one of these, so a name that only goes on costs no expression. */
const BEGINS = /[\s:="'`()\]\\,>?|!]/;

/** What follows the word that ends at `end`, with the rest of its name, if anything is assigned to it. */
export function linkAt(text: string, end: number): Link | undefined {
  const from = restEnd(text, end);
  if (!BEGINS.test(text.charAt(from))) return undefined;
  PARTICULAR.lastIndex = from;
  if (PARTICULAR.test(text)) return linked(text, end, PARTICULAR.lastIndex);
  SPACED.lastIndex = from;
  if (SPACED.test(text) && isSpaced(text, end)) return linked(text, end, SPACED.lastIndex);
  LINK.lastIndex = from;
  const match = LINK.exec(text);
  if (match === null) return undefined;
  const quoted = match[2] !== undefined;
  return { operator: match[1] ?? "", quoted, value: LINK.lastIndex, ...nameAround(text, end) };
}

/** By code: characters of names, and those of paths with them. */
const IN_NAME = unitsOf(/[\w.-]/);
const IN_PATH = unitsOf(/[\w./-]/);

function unitsOf(set: RegExp): readonly boolean[] {
  return Array.from({ length: 128 }, (_, code) => set.test(String.fromCharCode(code)));
}

function restEnd(text: string, end: number): number {
  let at = end;
  while (at < end + REST && IN_NAME[text.charCodeAt(at)] === true) at += 1;
  return at;
}

function linked(text: string, end: number, value: number): Link {
  const quoted = /["'`]/.test(text.charAt(value - 1));
  const link = { operator: "=", quoted, value, ...nameAround(text, end) };
  return OPENS_LIST.test(text.slice(Math.max(end, value - REACH), value)) ? { ...link, list: true } : link;
}

/** What stands before the first value of a list. */
const OPENS_LIST = /[:=>][ \t]{0,8}(?:[[({]\s{0,40}[^\s\w]{0,8}|\r?\n[ \t]{0,40}-[ \t]{1,8}["']?)$/;
const NEXT = /["'`]?[ \t]{0,8}(?:,\s{0,40}|\r?\n[ \t]{0,40}-[ \t]{1,8})["'`]?/y;

/** Where the value of a list behind the one at `value` begins. */
export function nextOf(text: string, { value }: Link): number | undefined {
  VALUE_OF_LIST.lastIndex = value;
  if (!VALUE_OF_LIST.test(text)) return undefined;
  NEXT.lastIndex = VALUE_OF_LIST.lastIndex;
  return NEXT.test(text) ? NEXT.lastIndex : undefined;
}

const VALUE_OF_LIST = /[^\s"'`,()[\]{}]{1,300}/y;

/** `ENV NAME …`, `set -gx NAME …`, `setenv NAME …` */
const SETS = /(?:ENV|setenv|setx|set(?: -\w{1,4}){1,2}) $/;
/** `machine … login … password …` */
const IN_NETRC = /\blogin\s{1,8}\S{1,60}\s{1,40}$/;

function isSpaced(text: string, end: number): boolean {
  const { name, before } = nameAround(text, end);
  if (name.startsWith("--") || SETS.test(before)) return true;
  if (IN_PROSE.test(name) && PROSE.test(text.slice(end, end + PROSE_REACH))) return true;
  return name === "password" && IN_NETRC.test(text.slice(Math.max(0, end - REACH * 2), end - name.length));
}

/** The word itself in a sentence, and behind it something that is no word. */
const IN_PROSE = /^(?:password|passphrase|passcode|pwd)$/i;
const PROSE = /^ (?=[^\s\d]{0,40}\d)[A-Za-z0-9][^\s"'`=:,;(){}[\]]{11}/;
const PROSE_REACH = 60;

/** Most characters of a name looked at on either side. */
const REACH = 60;
/** As many as an account has in a name of AWS. */
const BEFORE = 14;

function nameAround(text: string, end: number): Pick<Link, "name" | "before"> {
  let [from, to] = [end, end];
  while (end - from < REACH && IN_PATH[text.charCodeAt(from - 1)] === true) from -= 1;
  while (to - end < REACH && IN_PATH[text.charCodeAt(to)] === true) to += 1;
  return { name: text.slice(from, to), before: text.slice(Math.max(0, from - BEFORE), from) };
}
