// What is assigned to a name, in the many ways that code, configuration and markup have for it; and names that hold no secret.

export interface Link {
  readonly operator: string;
  readonly quoted: boolean;
  /** Offset of the value. */
  readonly value: number;
  /** The whole name, with what stands before and behind the word that was looked for. */
  readonly name: string;
}

const REST = String.raw`[\w.-]{0,40}`;
const QUOTE = String.raw`[@bBrRfFuU]{0,2}\\{0,2}["'\u0060]{1,3}`;

/** From the end of a name to the first character of the value: the rest of the name, an operator, a quote. */
const LINK = new RegExp(
  `${REST}(?: \\w{1,20}){0,2}\\\\{0,2}["'\`\\])]{0,3}[ \\t]{0,8}(={1,3}>?|:{1,3}={0,1}|\\?\\?=?|\\?=|\\|\\|:?|!==?|,|>)[ \\t]{0,8}(?:\\r?\\n[ \\t]{0,40})?(?:(${QUOTE}))?(?:(?:[Bb]earer|[Bb]asic|[Tt]oken)[ ]{1,3})?`,
  "y",
);

/** More particular ways, tried first; each ends where a quoted value begins. */
const PARTICULAR = new RegExp(
  `${REST}(?:${[
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
const SPACED = new RegExp(`${REST}[ ]{1,3}(?:${QUOTE})?`, "y");

/** What follows the name that ends at `end`, if anything is assigned to it. */
export function linkAt(text: string, end: number): Link | undefined {
  if (!/[\s:="'`()\]\\,>?|!\w.-]/.test(text.charAt(end))) return undefined;
  const { name, before } = nameAround(text, end);
  PARTICULAR.lastIndex = end;
  if (PARTICULAR.test(text)) {
    const value = PARTICULAR.lastIndex;
    return { operator: "=", quoted: /["'`]/.test(text.charAt(value - 1)), value, name };
  }
  if (name.startsWith("--") || before.endsWith("ENV ")) {
    SPACED.lastIndex = end;
    if (SPACED.test(text))
      return {
        operator: "=",
        quoted: /["'`]/.test(text.charAt(SPACED.lastIndex - 1)),
        value: SPACED.lastIndex,
        name,
      };
  }
  LINK.lastIndex = end;
  const match = LINK.exec(text);
  if (match === null) return undefined;
  return { operator: match[1] ?? "", quoted: match[2] !== undefined, value: LINK.lastIndex, name };
}

/** Most characters of a name looked at on either side. */
const REACH = 60;

function nameAround(text: string, end: number): { readonly name: string; readonly before: string } {
  const head = /[\w./-]*$/.exec(text.slice(Math.max(0, end - REACH), end))?.[0] ?? "";
  const tail = /^[\w./-]*/.exec(text.slice(end, end + REACH))?.[0] ?? "";
  const from = end - head.length;
  return { name: head + tail, before: text.slice(Math.max(0, from - 4), from) };
}

const HEX = /^(?:0x)?[0-9a-f]{32,128}$/i;
/** Last words of names that hold a digest. */
const OF_DIGEST =
  /(?:sha(?:1|224|256|384|512)?|md5|checksums?|digest|commit|revision|rev|hash|sum|integrity|fingerprint|etag|version)$/i;
const OF_FILE =
  /\.(?:[cm]?[jt]sx?|json|ya?ml|toml|py|rb|go|rs|java|kt|swift|cc?|cpp|hh?|cs|php|sh|s?css|html?|vue|svelte|mdx?|txt|xml|lock|sql|png|svg|snap)$/i;
/** Last words of names that hold what everybody may know. */
const OF_PLACE =
  /(?:arn|channel|guild|project|board|filter|space|(?:channel|guild|base|org|organization|project|tenant|workspace|team|user|account|server|board|table|view|room|group|member|role|message|zone|site|page|list|dashboard|image)[_-]?ids?|(?:page|next|cursor|continuation)[_-]?token)$/i;

/** Words that no name of a digest or an id has: whoever chooses names must not talk a password away. */
const STRONG = /passw|pwd|passphrase|secret|private|credential/i;
const ARN = /^arn:aws[\w-]{0,10}:[\w:/.-]+$/;

/** Whether the name says that a value is a digest or an id: what is secret is never all that such a name holds. */
export function tellsNoSecret({ name }: Link, value: string): boolean {
  if (HEX.test(value) && OF_FILE.test(name)) return true;
  if (STRONG.test(name)) return ARN.test(value) && OF_PLACE.test(name);
  return OF_PLACE.test(name) || (HEX.test(value) && OF_DIGEST.test(name));
}
