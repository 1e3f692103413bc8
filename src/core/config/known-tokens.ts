// Secrets that everybody knows: demo tokens, examples and words for "put yours here"; none of them opens anything.
import { sha256 } from "../base/digest.ts";

/** SHA-256 of demo tokens that were published with configurations: they worked as shipped. */
const PUBLISHED = [
  "73a7ceabc74caaa14553ad02540165ba8ad8b709f15e6503b8879552f22042a1", // hardened preset of Decision Gate
  "5e268e45a49c26207274917a880f33eafbf6e98563170d0bfe1504408d33d18c", // its container preset
];

/** Shorter than any token may be, but a digest in `subjects` does not show its length. */
const WORDS = [
  "",
  "admin",
  "bearer",
  "changeme",
  "change-me",
  "change_me",
  "countersign",
  "default",
  "demo",
  "dev",
  "example",
  "letmein",
  "password",
  "secret",
  "string",
  "test",
  "token",
  "your-token",
  "your-token-here",
  "xxx",
];

const known = new Set<string>([...PUBLISHED, ...WORDS.map((word) => sha256(word))]);

/** Words of a placeholder, wherever they stand in a token. */
const PLACEHOLDER =
  /change[-_ ]?(?:me|this|it)|replace[-_ ]?(?:me|this|it|with)|your[-_ ]?(?:own[-_ ]?)?(?:token|secret|key)|example|placeholder|insert[-_ ]?here|demo[-_ ]?token|dummy|insecure|not[-_ ]?(?:a[-_ ]?)?(?:real|secret)/i;

/** Random 32 characters of any alphabet have more; `xxxx…`, `1212…` and the like do not. */
const LEAST_VARIETY = 10;

/** Why `token` is no secret; undefined when nothing is known against it. */
export function weakness(token: string): string | undefined {
  if (known.has(sha256(token))) return "is a published demo token";
  if (PLACEHOLDER.test(token)) return "is an example or a placeholder";
  return new Set(token).size < LEAST_VARIETY
    ? `has fewer than ${LEAST_VARIETY} different characters`
    : undefined;
}

/** Whether a SHA-256 is that of a token that everybody knows. */
export function isKnownDigest(digest: string): boolean {
  return known.has(digest);
}
