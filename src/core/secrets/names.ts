// Names of secrets, and names of what everybody may know. Threat: whoever proposes a patch chooses the name, too.
import { isDrawn } from "./drawn.ts";
import type { Link } from "./links.ts";

/** What a key is of, when it is one that nobody else may have. */
const KEYS =
  "api access private account master encryption encrypt signing app deployer deploy session cookie hmac jwt storage service client license auth webhook crypto aes admin server wallet symmetric subscription".split(
    " ",
  );
/** Words for secrets. Of those that say little by themselves, digests and ids are no secrets. */
export const SECRET_NAMES: readonly string[] = [
  ..."password passwd pwd passphrase passcode secret credential authorization token pass auth creds cred psk pw passwort kennwort senha motdepasse mot_de_passe contraseña contrasena".split(
    " ",
  ),
  ...KEYS.flatMap((of) => [`${of}key`, `${of}_key`, `${of}-key`]),
];

/** Every word that makes a value secret, wherever it stands in a name: what stands behind it talks nothing away. */
const STRONG = new RegExp(
  `passw|passphrase|passcode|motdepasse|mot_de_passe|pwd|secret|private|credential|token|kennwort|senha|contrase[nñ]a|authorization|(?:${KEYS.join("|")})[_-]?key`,
  "i",
);
/** Digests of what somebody chose are worth as much as it is. */
const WORD_OF_SECRET = /passw|pwd|passphrase|passcode|secret|private|credential/i;

const HEX = /^(?:0x)?[0-9a-f]{32,128}$/i;
/** Last words of names that hold a digest, and those that hold one as often as something else. */
const OF_DIGEST = /(?:sha(?:1|224|256|384|512)?|md5|checksums?|digest|commit|integrity)$/i;
const OF_STATE = /(?:revision|rev|hash|sum|fingerprint|etag|version)$/i;
const OF_FILE =
  /\.(?:[cm]?[jt]sx?|json|ya?ml|toml|py|rb|go|rs|java|kt|swift|cc?|cpp|hh?|cs|php|sh|s?css|html?|vue|svelte|mdx?|txt|xml|lock|sql|png|svg|snap)$/i;
/** Last words of names that hold what everybody may know. */
const OF_PLACE =
  /(?:arn|channel|guild|project|board|filter|space|(?:channel|guild|base|org|organization|project|tenant|workspace|team|user|account|server|board|table|view|room|group|member|role|message|zone|site|page|list|dashboard|image)[_-]?ids?|(?:creation|public[_-]?key)[_-]?token)$/i;
/** Forms of ids: what was drawn has none of them, whatever name stands before it. */
const ID = /^(?:[A-Z][A-Z0-9]{6,11}|(?:app|tbl|viw|rec|fld)[A-Za-z0-9]{14})$/;
const NUMBER = /^(?:\d{1,25}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i;
/** Ids in hexadecimal digits; longer ones are as long as keys are. */
const HEX_ID = /^(?:[0-9a-f]{16}|[0-9a-f]{24})$/i;
const LONG_HEX_ID = /^(?:[0-9a-f]{32}|[0-9a-f]{40})$/i;
/** Tokens that a server hands out for the next part of an answer, and that open nothing. */
const OF_PAGE =
  /(?:page|next|cursor|continuation|starting|forward|backward|pagination|idempotency)[_-]?token$/i;
/** Names of the word token that every assembly shows, and that whoever asks twice says twice. */
const OF_PUBLIC = /(?:creation|public[_-]?key)[_-]?token$/i;
/** Where something lies on a chain that everybody reads. Keys have the form of its hashes, and tokens that of its other addresses. */
const ON_CHAIN = /(?:address|mint|contract)$/i;
const ADDRESS = /^0x[0-9a-f]{40}$/i;
const OTHER_ADDRESS = /^[1-9A-HJ-NP-Za-km-z]{32,44}$/;
const CHAIN_HASH = /^0x[0-9a-f]{64}$/i;
/** Digests in base64 have these lengths, and so has much that was drawn. */
const BASE64_DIGEST =
  /^(?:[\w+/-]{22}(?:==)?|[\w+/-]{27}=?|[\w+/-]{32}|[\w+/-]{43}=?|[\w+/-]{64}|[\w+/-]{86}(?:==)?)$/;
/** Of a key of Google that nobody names in public: an id that everybody may know, as long as a SHA-1. */
const OF_KEY_ID = /private_?key_?id$/i;
const SHA1 = /^[0-9a-f]{40}$/i;
/** Words behind the word token that make a number, a kind or a name of it. */
const OF_COUNT =
  /tokens?[_-]?(?:count|limit|size|length|budget|usage|type|kind|name|model|address|symbol|izer|s?per\w{1,10})$/i;
const ARN = /^arn:aws[\w-]{0,10}:[\w:/.-]+$/;

/** Nothing of a secret; or a form that secrets have as well, so that a person is asked. */
export type Harmless = "none" | "likely";

/** What name and value say together. A name alone never makes `none` of what was drawn, since an attacker chooses it. */
export function harmlessBy({ name }: Pick<Link, "name">, value: string): Harmless | undefined {
  if (KNOWN.some(([of, form]) => of.test(name) && form.test(value))) return "none";
  const isStrong = STRONG.test(name.replace(OF_PUBLIC, ""));
  if (OF_FILE.test(name) && HEX.test(value)) return isStrong ? "likely" : "none";
  return isStrong ? harmlessStrong(name, value) : harmlessWeak(name, value);
}

/** Ends of names with the very form that only what everybody may know has there. */
const KNOWN: readonly (readonly [RegExp, RegExp])[] = [
  [ON_CHAIN, ADDRESS],
  [OF_KEY_ID, SHA1],
  [OF_PLACE, ARN],
];

/** Behind a word for secrets, only what is no key by its form, or may be the digest of one. */
function harmlessStrong(name: string, value: string): Harmless | undefined {
  if (OF_COUNT.test(name) && !isDrawn(value)) return "none";
  if (/hash$/i.test(name) && CHAIN_HASH.test(value)) return "likely";
  if (WORD_OF_SECRET.test(name)) return undefined;
  if (OF_PLACE.test(name) && NUMBER.test(value)) return "none";
  if (ON_CHAIN.test(name) && OTHER_ADDRESS.test(value)) return "likely";
  return OF_DIGEST.test(name) && HEX.test(value) ? "likely" : undefined;
}

/** Behind the name of a provider only. */
function harmlessWeak(name: string, value: string): Harmless | undefined {
  if (ON_CHAIN.test(name) && OTHER_ADDRESS.test(value)) return "likely";
  if (OF_PLACE.test(name)) return idBy(value);
  if (OF_DIGEST.test(name) && HEX.test(value)) return "none";
  if (!OF_DIGEST.test(name) && !OF_STATE.test(name)) return undefined;
  return HEX.test(value) || BASE64_DIGEST.test(value) ? "likely" : undefined;
}

function idBy(value: string): Harmless | undefined {
  if (NUMBER.test(value) || ID.test(value) || HEX_ID.test(value)) return "none";
  return LONG_HEX_ID.test(value) ? "likely" : undefined;
}

/** Whether a person may tell by the name that this opens nothing. */
export function isOfPage({ name }: Pick<Link, "name">): boolean {
  return OF_PAGE.test(name) && !STRONG.test(name.replace(OF_PAGE, ""));
}

/** Names of tokens that open something, by nothing else: many have the form of a digest. */
const OF_DOOR = /(?:access|api|auth|bearer|deploy|refresh|personal|bot)[_-]?token$/i;

export function isOfDoor({ name }: Pick<Link, "name">): boolean {
  return OF_DOOR.test(name) && !STRONG.test(name.replace(OF_DOOR, ""));
}
