// Private keys: armoured ones, whatever writes their line ends, and bodies without the lines that say what they are.
import { changesIn } from "./drawn.ts";
import type { Span } from "./span.ts";

export const ARMOURS = ["----begin", "---- begin"] as const;
const HEAD =
  /-{4,5} ?BEGIN {1,3}(?:(?:[A-Z0-9]{1,20} {1,3}){0,4}PRIVATE {1,3}KEY(?: BLOCK)?|(OpenVPN Static key V\d)) ?-{4,5}/iy;
/** Most characters of an armoured key; one of 16,384 bits has 13,000. */
const LONGEST_KEY = 20_000;

/** The body of an armoured private key, whatever writes its line ends: line feeds, `\n` in JSON, quotes and plus signs in code. */
export function privateKeyAt(text: string, at: number): Span | undefined {
  HEAD.lastIndex = at;
  const head = HEAD.exec(text);
  if (head === null) return undefined;
  const start = HEAD.lastIndex;
  const next = text.indexOf("----", start);
  const end = Math.min(next === -1 ? text.length : next, start + LONGEST_KEY);
  // Whoever speaks of the first line only, a parser say, has no body behind it.
  const words = text.slice(start, end).split(/(?:\\[nrt]|[^A-Za-z0-9+/=]){1,200}/);
  const drawn = words.filter(
    (word) =>
      word.length >= 16 && (head[1] !== undefined || !DIGEST.test(word)) && changesIn(word) >= MIN_CHANGES,
  );
  const least = head[1] === undefined ? LEAST_BODY : LEAST_STATIC;
  return drawn.join("").length >= least ? { rule: "private-key", start, end } : undefined;
}

/** Fewer characters, in pieces of at least 16, are no key: the shortest has 64 in one line. */
const LEAST_BODY = 40;
/** A line of a key of OpenVPN. */
const LEAST_STATIC = 32;
const DIGEST = /^[0-9A-Fa-f]{16,128}$/;
/** Least share of neighbours of different kinds in base64: it has about two thirds, names put together about a tenth. */
const MIN_CHANGES = 0.3;

/** What private keys begin with in base64: of OpenSSH, RSA in two forms, elliptic curves in two, and Ed25519. */
export const BODIES = [
  "b3blbnnzac1rzxktdje",
  "mii",
  "mhccaqee",
  "migkageb",
  "mighageamb",
  "mig2ageamb",
  "mc4caqaw",
];
const BODY =
  /(?:b3BlbnNzaC1rZXktdjE|MII[A-Za-z0-9+/]{3}IB(?:ADANBgkqhkiG9w0BAQEFAASC|AAK[BC])|MHcCAQEEI|MIGkAgEBBD|MI(?:GH|G2)AgEAM[A-Za-z0-9+/]{2}GByqGSM49|MC4CAQAwBQYDK2VwBCIEI)[A-Za-z0-9+/]{20,6000}={0,2}/y;
const LINE =
  /(?:\\r)?(?:\\n|["'`]?[ \t]{0,8}\+?\r?\n[ \t>#*]{0,40}\+?[ \t]{0,8}["'`]?)([A-Za-z0-9+/]{4,128}={0,2})(?=$|[\s"'`\\])/y;
const MOST_LINES = 250;

/** A body, with its further lines. */
export function bareKeyAt(text: string, at: number): Span | undefined {
  if (/[A-Za-z0-9+/]/.test(text.charAt(at - 1)) && !/\\[nrt]/.test(text.slice(at - 2, at))) return undefined;
  BODY.lastIndex = at;
  if (!BODY.test(text)) return undefined;
  let end = BODY.lastIndex;
  let last = text.length;
  for (let count = 0; count < MOST_LINES; count++) {
    LINE.lastIndex = end;
    const [, line] = LINE.exec(text) ?? [];
    if (line === undefined || line.length > last + 2) break;
    end = LINE.lastIndex;
    last = Math.min(last, line.length);
    if (line.endsWith("=") || (count > 0 && line.length < LEAST_LINE)) break;
  }
  return { rule: "private-key", start: at, end };
}

/** A shorter line is the last one. */
const LEAST_LINE = 48;
