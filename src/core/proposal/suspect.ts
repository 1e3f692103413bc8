// What looks like a secret in an agent's words: they are stored, signed and shown, so nothing of it may get that far.

interface Rule {
  readonly name: string;
  readonly form: RegExp;
}

/** The armour with a body behind it, also within headers or quotes: parsers speak of the first line alone. */
const PRIVATE_KEY =
  /-----BEGIN (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)?-----[\s\S]{0,200}?(?![0-9A-Fa-f]{40})[A-Za-z0-9+/]{40}/;

/**
 * Forms that only a secret has: their makers chose prefixes so that they can be told. Each expression is linear in the
 * text, which is at most a few thousand characters. The data, not the file, is what the whole scan of patches will share.
 */
const FORMS: readonly Rule[] = [
  { name: "countersign_token", form: /cst_[0-9a-f]{16}_[A-Za-z0-9_-]{43}/ },
  { name: "private_key", form: PRIVATE_KEY },
  {
    name: "aws_key",
    form: /(?<![A-Z0-9])(?:AKIA|ASIA|ABIA|ACCA)(?![A-Z2-7]{9}EXAMPLE)[A-Z2-7]{16}(?![A-Z0-9])/,
  },
  { name: "github_token", form: /(?<![A-Za-z0-9])(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{22})/ },
  { name: "gitlab_token", form: /(?<![A-Za-z0-9])gl(?:pat|dt|rt|cbt|ptt|soat|ft|oas)-[A-Za-z0-9_-]{20}/ },
  { name: "slack_token", form: /(?<![A-Za-z0-9])(?:xox[abeoprs]-[A-Za-z0-9-]{10}|xapp-\d-[A-Z0-9]{8})/ },
  {
    name: "slack_webhook",
    form: /hooks\.slack\.com\/(?:services|workflows)\/[A-Za-z0-9]{8,20}\/[A-Za-z0-9]{8}/,
  },
  { name: "anthropic_key", form: /(?<![A-Za-z0-9])sk-ant-[A-Za-z0-9_-]{20}/ },
  {
    name: "openai_key",
    form: /(?<![A-Za-z0-9])sk-(?:(?:proj|svcacct|admin)-[A-Za-z0-9_-]{20}|[A-Za-z0-9]{32})/,
  },
  { name: "npm_token", form: /(?<![A-Za-z0-9])npm_[A-Za-z0-9]{36}/ },
  { name: "stripe_key", form: /(?<![A-Za-z0-9])(?:[sr]k_(?:live|test)_|whsec_)[A-Za-z0-9]{16}/ },
  {
    name: "google_key",
    form: /(?<![A-Za-z0-9])(?:AIza[A-Za-z0-9_-]{35}|ya29\.[A-Za-z0-9_-]{20}|GOCSPX-[A-Za-z0-9_-]{20})/,
  },
  // RFC 7515: a header is a JSON object, and {" is eyJ in base64url.
  { name: "jwt", form: /(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8}/ },
];

const URL_CREDENTIALS = /[a-z][a-z0-9+.-]{1,20}:\/\/([^\s/?#@:]{0,100}):([^\s/?#@]{1,200})@[^\s/]/gi;
/** Written where a password would stand, in documents; digits alone are a port. */
const PLACEHOLDER =
  /^(?:(.)\1*|[*x.]+|\d+|change[-_]?me|<[^>]*>|\$.*|\{.*|\[.*|%.*|pass(?:word|wd)?|pw|secret|token)$/i;

const ASSIGNED =
  /(?:(passw(?:or)?d|pwd|passphrase|secret|api[_-]?key|(?:access|secret|private|account)[_-]?key|credentials?|authorization)|tokens?)["']?\s{0,3}[:=]\s{0,3}["']?(?:(?:bearer|basic|token)\s{1,3})?([^\s"',;<>(){}]{12,300})/gi;
/** What talk of patches is full of. Behind a word for secrets it is one all the same. */
const DIGEST = /^(?:(?:md5|sha1|sha256)[:-])?(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})$/i;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** A token that somebody filled up, to show its form. */
const FILLED = /(.)\1{7}$/;

/** Name of the rule that `text` falls under; undefined when nothing in it looks like a secret. Never throws. */
export function suspectedSecret(text: string): string | undefined {
  const rule = FORMS.find(({ form }) =>
    [...text.matchAll(new RegExp(form, "g"))].some(([found]) => !FILLED.test(found)),
  );
  if (rule !== undefined) return rule.name;
  for (const [, user, word = ""] of text.matchAll(URL_CREDENTIALS))
    if (word !== user && !PLACEHOLDER.test(word)) return "url_credentials";
  for (const [, strict, value = ""] of text.matchAll(ASSIGNED)) {
    const known = UUID.test(value) || (strict === undefined && DIGEST.test(value));
    if (!known && isRandom(value)) return "assigned_secret";
  }
  return undefined;
}

/** Least share of neighbours of different kinds: random text has more than a third, names and sentences about a tenth. */
const MIN_CHANGES = 0.3;

/** Names with digits in them that programs are full of; each is at most a few characters of what was drawn. */
const ABBREVIATION =
  /u?int\d{1,3}|sig[vV]\d[a-z]?|[Vv]\d(?:(?:alpha|beta)\d)?|i18n|l10n|a11y|k8s|e2e|[Ss]3|[Ee][Cc]2|oauth2|ipv[46]|utf8|base64|x509/g;
/** Fewer characters than this, beside such names, are no secret: a value has at least twelve in all. */
const LEAST_DRAWN = 9;

/** Whether `value` looks drawn rather than written: letters, more than one digit, and small, capital and digit in no order. */
function isRandom(value: string): boolean {
  const bare = value.replaceAll(ABBREVIATION, "").replaceAll(/[^A-Za-z0-9]/g, "");
  if (bare.length < LEAST_DRAWN || !/\d.*\d/.test(bare) || !/[A-Za-z]/.test(bare)) return false;
  const kinds = Array.from(bare, kindOf);
  const changes = kinds.filter((kind, index) => index > 0 && kind !== kinds[index - 1]).length;
  return changes / (kinds.length - 1) >= MIN_CHANGES;
}

function kindOf(character: string): "digit" | "small" | "capital" {
  if (character >= "0" && character <= "9") return "digit";
  return character >= "a" ? "small" : "capital";
}
