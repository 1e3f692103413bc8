// U04, I13: secrets are compared in constant time in few places; nothing here knows passwords, so nothing hashes any.
import { describe, expect, test } from "vitest";
import { read, sources } from "./files.ts";

/** Where secrets and their digests pass through; elsewhere a digest is that of a file or a patch, which is no secret. */
const ROOM =
  /^src\/(?:core\/identity\/|core\/config\/(?:known-tokens|reference|rules-secret)\.ts|gateway\/(?:auth|http)\/|gateway\/mcp\/sse|gateway\/(?:in-force|serve-http)\.ts|io\/secrets\/|io\/store\/sqlite\/credentials\.ts|integrator\/(?:tokens|secrets)\.ts|integrator\/commands\/token)/;

/** Names of what is secret anywhere, and of what is one in those rooms. Constants in capitals are words of the code. */
const SECRET = /^(?:\w*[a-z])?(?:token|secret|password|authorization|bearer)$/i;
const DIGEST = /^(?:\w*[a-z])?(?:sha256|digest)$/i;

/** Files and calls of `timingSafeEqual`: each secret that is compared at all is compared there. */
const CONSTANT_TIME = {
  "src/gateway/auth/bearer.ts": 1, // issued and configured tokens, by digest
  "src/gateway/auth/refresh.ts": 1, // refresh tokens, before anything is worked out for them
  "src/gateway/http/metrics-door.ts": 1, // the scraper's token, by digest
  "src/gateway/http/peer.ts": 1, // the proxy's secret, by digest
  "src/io/store/sqlite/credentials.ts": 1, // refresh tokens, by digest
};

/** Look-ups by something secret that give nothing away. Anything else is a fault. */
const FREE: Readonly<Record<string, string>> = {
  "src/core/config/known-tokens.ts: known.has(sha256(token))":
    "the operator's own secret against published ones, while a configuration is read; nobody measures that",
  "src/core/config/known-tokens.ts: known.has(digest)": "as above",
  "src/io/secrets/resolve.ts: seen.get(digest)": "the operator's own secrets against each other, at start",
  "src/gateway/auth/oidc.ts: remembered.get(digest)":
    "SHA-256 of a signed token: a caller cannot steer its beginning, and a hit says what the signature would have said",
  "src/gateway/auth/oidc.ts: known.keys === keys?.id": "digest of the issuer's public keys",
  "src/gateway/auth/oidc.ts: newer.id === keys.id": "as above",
  "src/gateway/auth/oidc-keys.ts: keys.id === known?.keys.id": "as above",
  'src/gateway/mcp/sse.ts: sessions.get(query.get("stream") ?? "")':
    "found in a hash table by 192 random bits, and worth nothing without the credential that opened the stream",
};

/** Code without comments, each line kept. */
function bare(text: string): string {
  return text
    .replace(/\/\*[^]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ""))
    .replace(/(^|\s)\/\/.*$/gm, "$1");
}

const OPERAND = String.raw`(?:[\w$.?!]|\[[^\]\n]*\]|\((?:[^()\n]|\([^()\n]*\))*\))+`;
const LITERAL = /^(?:undefined|null|true|false|-?\d+|"[^"\n]{0,3}"?)$/;
const COMPARED = new RegExp(`(${OPERAND}|"[^"\\n]*")\\s*[=!]==?\\s*(${OPERAND}|"[^"\\n]*")`, "g");
const SEARCHED = new RegExp(
  `(${OPERAND})\\??\\.(?:get|has|includes|indexOf|lastIndexOf|startsWith|endsWith|localeCompare|equals|match|search|test)\\((${OPERAND}(?: \\?\\? "")?)\\)`,
  "g",
);
const OTHERS =
  /\bObject\.is\(|\bBuffer\.compare\(|\bswitch \(\w*(?:token|secret|digest|sha256)\)|WHERE [^"`]*\b(?:sha256|digest|token)\s*=/gi;

/** The last name of an operand: `kept?.sha256` → sha256, `sha256(token)` → sha256. */
function nameOf(operand: string): string {
  const plain = operand.replace(/\((?:[^()]|\([^()]*\))*\)|\[[^\]]*\]|[!?]/g, "");
  return /(\w+)$/.exec(plain)?.[1] ?? "";
}

/** Comparisons of secrets in `text` whose time depends on how much of them agrees. */
function slips(path: string, text: string): readonly string[] {
  const code = bare(text);
  const room = ROOM.test(path);
  // Parameters and constants that are digests by their type, whatever they are called.
  const digests = new Set([...code.matchAll(/\b(\w+)\??: Digest\b/g)].map(([, name]) => name));
  const secret = (operand: string): boolean => {
    const name = nameOf(operand);
    if (/^[A-Z_\d]+$/.test(name)) return false;
    return SECRET.test(name) || (room && (DIGEST.test(name) || digests.has(name)));
  };
  const compared = [...code.matchAll(COMPARED)].filter(
    ([, left = "", right = ""]) =>
      !LITERAL.test(left) && !LITERAL.test(right) && (secret(left) || secret(right)),
  );
  const searched = [...code.matchAll(SEARCHED)].filter(([all, where = "", what = ""]) => {
    // A pattern of ours asks for the form of a secret, and a word of ours for its scheme.
    if (/^[A-Z_]+$/.test(where) || all.includes('("')) return false;
    return secret(what) || secret(where) || (room && what.startsWith("query.get("));
  });
  const others = room ? [...code.matchAll(OTHERS)] : [];
  return [...compared, ...searched, ...others]
    .map(([all]) => `${path}: ${all}`)
    .filter((slip) => FREE[slip] === undefined);
}

test("no secret and no digest of one is compared by a way that ends at the first difference", () => {
  expect(sources.filter((path) => ROOM.test(path)).length).toBeGreaterThan(40);
  expect(sources.flatMap((path) => slips(path, read(path)))).toEqual([]);
});

test("what is let pass is still there", () => {
  const gone = Object.keys(FREE).filter((slip) => {
    const at = slip.indexOf(": ");
    return !bare(read(slip.slice(0, at))).includes(slip.slice(at + 2));
  });
  expect(gone).toEqual([]);
});

test("each secret that is compared is compared in constant time, where it always was", () => {
  const calls = sources.flatMap((path) => {
    const count = bare(read(path)).match(/\btimingSafeEqual\(/g)?.length ?? 0;
    return count === 0 ? [] : [[path, count] as const];
  });
  expect(Object.fromEntries(calls)).toEqual(CONSTANT_TIME);
});

describe("the net has the right holes", () => {
  const bearer = "src/gateway/auth/bearer.ts";
  const peer = "src/gateway/http/peer.ts";
  const rows = "src/io/store/sqlite/credentials.ts";
  const constant = "timingSafeEqual(utf8(one), utf8(other))";

  test.each([
    [bearer, constant, "one === other"],
    [bearer, constant, "!(one !== other)"],
    [bearer, constant, "Buffer.compare(utf8(one), utf8(other)) === 0"],
    [bearer, constant, "one.localeCompare(other) === 0"],
    [bearer, constant, "Object.is(one, other)"],
    [bearer, "equal(sha256(token), kept?.sha256 ?? NOBODY)", "kept?.sha256 === sha256(token)"],
    [
      bearer,
      "known.filter((one) => equal(one.sha256, digest))",
      "known.filter((one) => one.sha256 === digest)",
    ],
    [bearer, "known.filter((one) => equal(one.sha256, digest))", "[byDigest.get(digest)]"],
    [
      bearer,
      "known.filter((one) => equal(one.sha256, digest))",
      "known.filter(({ token: own }) => own === token)",
    ],
    [peer, "sameText(given, secret)", "given === secret"],
    [peer, "sameText(given, secret)", "given == secret"],
    [peer, "sameText(given, secret)", "secret.startsWith(given)"],
    [peer, "sameText(given, secret)", "[given].includes(secret)"],
    [peer, "timingSafeEqual(digest(a), digest(b))", "digest(a).equals(digest(b))"],
    [rows, "timingSafeEqual(utf8(old.sha256), utf8(sha256))", "(old.sha256 === sha256)"],
    [rows, "WHERE id = ?", "WHERE sha256 = ?"],
  ])("%s: %s → %s is caught", (path, before, after) => {
    const text = read(path);
    expect(text).toContain(before);
    expect(slips(path, text.replace(before, after))).not.toEqual([]);
  });

  test.each([
    ["src/gateway/new.ts", "export const a = (token: string, own: string): boolean => token === own;"],
    ["src/integrator/new.ts", "export const a = (b: string): boolean => b === process.secret;"],
    ["src/io/new.ts", 'export const a = (password: string): boolean => "letmein" === password;'],
    ["src/core/new.ts", "export const a = (m: Map<string, 1>, accessToken: string) => m.get(accessToken);"],
  ])("%s: a secret by its name is one everywhere: %s", (path, text) => {
    expect(slips(path, text)).not.toEqual([]);
  });

  test.each([
    "if (token === undefined) return;",
    'if (secret !== "") return;',
    'if (token === "**/") return;',
    "if (random.length !== TOKEN_BYTES) return;",
    "// never write token === own",
    "if (manifest.digest === base) return;",
  ])("%s is nothing", (text) => {
    expect(slips("src/gateway/tools/new.ts", text)).toEqual([]);
  });
});

test("I13: there are no passwords: nothing hashes one, asks for one, or has a login", () => {
  const words =
    /\b(?:pbkdf2|scrypt|argon2|bcrypt)(?:Sync)?\b|\b(?:login|log[-_ ]?in|sign[-_ ]?in)\b|set-cookie|\bBasic realm/i;
  const told = /passw(?:or)?d|passphrase/i;
  // The list of words that are no secrets, a URL with credentials in it (refused), the system's list of accounts, the
  // keychain's command, a key file that is encrypted (refused), and the words behind which a proposal's secret would stand
  // (refused).
  const known =
    /^\s*"password",$|\bpassword (?:!|=)== ""|const \{ username, password \} = new URL\(|"\/etc\/passwd"|"find-generic-password"|without a passphrase|^\s*\/\(\?:\(passw\(\?:or\)\?d\|pwd\|passphrase\|/;
  // The engine that finds secrets of others, the configuration's words about it, and the list of names whose values are
  // never written down speak of them on purpose.
  const speaking =
    /^src\/(?:core\/secrets\/|core\/base\/sensitive\.ts|core\/config\/schema-checks\.ts|validator\/checks\/secrets\.ts|validator\/publish\/)/;
  const found = sources
    .filter((path) => !speaking.test(path))
    .flatMap((path) =>
      bare(read(path))
        .split("\n")
        .filter((line) => words.test(line) || (told.test(line) && !known.test(line)))
        .map((line) => `${path}: ${line.trim()}`),
    );
  expect(found).toEqual([]);
});
