// What is assigned to a name, in the many ways that code, configuration and markup have for it; and names that hold no secret.

export interface Link {
  readonly operator: string;
  readonly quoted: boolean;
  /** Offset of the value. */
  readonly value: number;
  /** The whole name, with what stands before and behind the word that was looked for. */
  readonly name: string;
  /** A few characters before the name. */
  readonly before: string;
}

const QUOTE = String.raw`[@bBrRfFuU]{0,2}\\{0,2}["'\u0060]{1,3}`;

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
  return { operator: "=", quoted, value, ...nameAround(text, end) };
}

/** `machine … login … password …` */
const IN_NETRC = /\blogin\s{1,8}\S{1,60}\s{1,40}$/;

function isSpaced(text: string, end: number): boolean {
  const { name, before } = nameAround(text, end);
  if (name.startsWith("--") || before.endsWith("ENV ")) return true;
  return name === "password" && IN_NETRC.test(text.slice(Math.max(0, end - REACH * 2), end - name.length));
}

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

const HEX = /^(?:0x)?[0-9a-f]{32,128}$/i;
/** Last words of names that hold a digest. */
const OF_DIGEST =
  /(?:sha(?:1|224|256|384|512)?|md5|checksums?|digest|commit|revision|rev|hash|sum|integrity|fingerprint|etag|version)$/i;
const OF_FILE =
  /\.(?:[cm]?[jt]sx?|json|ya?ml|toml|py|rb|go|rs|java|kt|swift|cc?|cpp|hh?|cs|php|sh|s?css|html?|vue|svelte|mdx?|txt|xml|lock|sql|png|svg|snap)$/i;
/** Last words of names that hold what everybody may know. */
const OF_PLACE =
  /(?:arn|channel|guild|project|board|filter|space|(?:channel|guild|base|org|organization|project|tenant|workspace|team|user|account|server|board|table|view|room|group|member|role|message|zone|site|page|list|dashboard|image)[_-]?ids?|(?:page|next|cursor|continuation|starting|forward|backward|pagination|creation|idempotency|public[_-]?key)[_-]?token)$/i;
/** Digests in base64 have these lengths. */
const BASE64_DIGEST =
  /^(?:[\w+/-]{22}(?:==)?|[\w+/-]{27}=?|[\w+/-]{32}|[\w+/-]{43}=?|[\w+/-]{64}|[\w+/-]{86}(?:==)?)$/;
/** Of a key that nobody names in public, an id that everybody may know. */
const OF_KEY_ID = /private_?key_?id$/i;
/** Words behind the word token that make a number, a kind or a name of it. */
const OF_COUNT =
  /tokens?[_-]?(?:count|limit|size|length|budget|usage|type|kind|name|model|address|symbol|izer|s?per\w{1,10})$/i;

/** Words that no name of a digest or an id has: whoever chooses names must not talk a password away. */
const STRONG = /passw|pwd|passphrase|secret|private|credential/i;
const ARN = /^arn:aws[\w-]{0,10}:[\w:/.-]+$/;

/** Whether the name says that a value is a digest or an id: what is secret is never all that such a name holds. */
export function tellsNoSecret({ name }: Link, value: string): boolean {
  if (HEX.test(value) && OF_FILE.test(name)) return true;
  if (OF_KEY_ID.test(name)) return HEX.test(value);
  if (STRONG.test(name)) return ARN.test(value) && OF_PLACE.test(name);
  if (OF_PLACE.test(name) || OF_COUNT.test(name)) return true;
  return OF_DIGEST.test(name) && (HEX.test(value) || BASE64_DIGEST.test(value));
}
