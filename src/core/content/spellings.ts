// The spellings under which the guard looks at a text: as a reader takes it, and as a model may decode it. All linear.
import { asSeen } from "./confusables.ts";

/** Every spelling once, the plain one first; lower-cased, with single spaces. */
export function spellings(text: string): readonly string[] {
  const plain = folded(text);
  const seen = asSeen(plain);
  const all = [
    plain,
    seen,
    leet(seen),
    joined(seen),
    ...turned(seen),
    asSeen(folded(unmarked(text))),
    parted(seen),
    hyphenated(seen),
    celled(seen),
    ...[unescaped(text), ...decoded(text)].map((one) => asSeen(folded(one))),
  ];
  return [...new Set(all.filter((one) => one !== ""))];
}

function folded(text: string): string {
  return text
    .normalize("NFKC")
    .replaceAll(/[\p{DI}\p{Cf}]/gu, "")
    .toLowerCase()
    .replaceAll(/[’‘`´]/g, "'")
    .replaceAll(/\s+/g, " ");
}

const LEET: Readonly<Record<string, string>> = {
  "0": "o",
  "1": "i",
  "3": "e",
  "4": "a",
  "5": "s",
  "7": "t",
  "@": "a",
  $: "s",
  "!": "i",
};

/** Digits between letters read as letters; empty when there are none. */
function leet(text: string): string {
  if (!/[a-z][013457@$]|[013457@$][a-z]/.test(text)) return "";
  return text.replaceAll(/[a-z0-9@$!]{2,40}/g, (word) =>
    /[a-z]/.test(word) ? word.replaceAll(/[013457@$!]/g, (one) => LEET[one] ?? one) : word,
  );
}

/** `i g n o r e  a l l` and `i.g.n.o.r.e`; words that were three spaces apart cannot be told any more, so all stand together. */
function joined(text: string): string {
  if (!/\b\w[ .*_-]\w[ .*_-]\w[ .*_-]\w\b/.test(text)) return "";
  const whole = text.replaceAll(/\b\w(?:[ .*_-]\w\b){3,400}/g, (run) => run.replaceAll(/[ .*_-]/g, ""));
  // The keyword that gives it away, with the spaces that its phrase has.
  return whole
    .replaceAll(
      /(ignore|disregard|forget|reveal|all|the|your|previous|prior|above|system|instructions|prompt|rules)/g,
      " $1 ",
    )
    .replaceAll(/ {2,}/g, " ");
}

const BACKWARDS = /snoitcurtsni|erongi|tpmorp|drageridsid|metsys ruoy/;
const ROTATED = /vafgehpgvba|vtaber|cebzcg|qvfertneq/;
const BOTH = /abvgphegfav|rebatv|gczbec|qrentrefvq/;

/** Backwards, by thirteen letters, and both: each where a word that gives it away stands. Threat: a word of one beside a text of the other. */
function turned(text: string): readonly string[] {
  return [
    BACKWARDS.test(text) ? backwards(text) : "",
    ROTATED.test(text) ? rotated(text) : "",
    BOTH.test(text) ? rotated(backwards(text)) : "",
  ];
}

function backwards(text: string): string {
  return Array.from(text).toReversed().join("");
}

function rotated(text: string): string {
  return text.replaceAll(/[a-z]/g, (one) => String.fromCodePoint(((one.charCodeAt(0) - 97 + 13) % 26) + 97));
}

/** A mark with a letter on both sides, or an empty comment behind one. */
const CUT = /\p{L}(?:(?:\*{1,3}|`|~~|<\/?[a-z][^<>]{0,80}>|&[a-z]{2,20};)\p{L}|<!--[^<>]{0,40}-->)/iu;

/** `**Ig**nore`, `pre<b>vious</b>` and `in&shy;structions` as the words that are drawn; empty where no word is cut. */
function unmarked(text: string): string {
  if (!CUT.test(text)) return "";
  return text
    .replaceAll(/<!--[^<>]{0,200}-->|<\/?[a-z][^<>]{0,200}>/gi, "")
    .replaceAll(/&(?:nbsp|[et][mnh][a-z]{0,4}sp);/gi, " ")
    .replaceAll(/&(?:shy|zwn?j|ZeroWidthSpace|NoBreak|lrm|rlm);|[*`]|~~/gi, "");
}

/** A word that gives it away, in syllables. */
const SYLLABLES = new RegExp(
  String.raw`\b(?:${[
    "ignore",
    "disregard",
    "previous",
    "instructions",
    "approve",
    "system",
    "prompt",
    "override",
  ]
    .map((word) => Array.from(word).join("(?:- ?)?"))
    .join("|")})\b`,
  "g",
);

/** `ig-nore all pre-vious in-struc-tions`; empty where none of the words that give it away is cut. */
function hyphenated(text: string): string {
  if (!text.includes("-") || !(text.match(SYLLABLES) ?? []).some((word) => word.includes("-"))) return "";
  return text.replaceAll(/([\p{L}])- ?(?=\p{L})/gu, "$1");
}

/** A sentence over the cells of a table, where one begins with a word that gives it away. */
function celled(text: string): string {
  if (!/\b(?:ignore|disregard|forget|override|approve)\b[^|.]{0,40}\|/.test(text)) return "";
  return text.replaceAll(/\||:?-{2,40}:?/g, " ").replaceAll(/ +/g, " ");
}

/** `ignore_all_previous_instructions`, and the same with points: names of four words and more. */
function parted(text: string): string {
  return /[a-z]([_.])[a-z]{1,30}\1[a-z]{1,30}\1[a-z]/.test(text)
    ? text.replaceAll(/_|\.(?=[a-z])/g, " ")
    : "";
}

/** `%69%67`, `&#105;`, `\u0069` and `\x69` and `\\n` as what they stand for; empty where there are none. */
function unescaped(text: string): string {
  if (!/%[0-9a-f]{2}|&#|\\[ux][0-9a-f]|[a-z]\\[nrt]/i.test(text)) return "";
  return text
    .replaceAll(/\\[nrt]/g, " ")
    .replaceAll(/%([0-7][0-9a-f])|&#x([0-9a-f]{1,6});|\\u([0-9a-f]{4})|\\x([0-9a-f]{2})/gi, (_, ...codes) =>
      letter(Number.parseInt(String(codes.slice(0, 4).find((code) => code !== undefined)), 16)),
    )
    .replaceAll(/&#(\d{1,7});/g, (_, code: string) => letter(Number(code)));
}

function letter(code: number): string {
  return code <= 0x10_ffff ? String.fromCodePoint(code) : "";
}

/** Most runs that are read by themselves. */
const MOST_ALONE = 50;

/**
 * What long runs of base64 and hexadecimal hold: the longest alone, and all of them as one text and as one sentence each; never
 * more than three times the text itself. Threat: runs in front of the one that matters, and a sentence in several runs.
 */
function decoded(text: string): readonly string[] {
  const found = Array.from(text.matchAll(/[A-Za-z0-9+/_-]{20,4000}={0,2}/g), ([run]) =>
    /^[0-9a-fA-F]+$/.test(run) && run.length % 2 === 0 ? fromHex(run) : fromBase64(run),
  ).filter(isText);
  const longest = found.toSorted((a, b) => b.length - a.length).slice(0, MOST_ALONE);
  return [...longest, found.join("\n"), found.join(". # ")];
}

function fromHex(run: string): string {
  return run.replaceAll(/../g, (pair) => String.fromCharCode(Number.parseInt(pair, 16)));
}

function fromBase64(run: string): string {
  try {
    return atob(run.replaceAll("-", "+").replaceAll("_", "/").replace(/=+$/, ""));
  } catch {
    return "";
  }
}

/** Words rather than what any run of letters decodes to. */
function isText(bytes: string): boolean {
  return bytes.length >= 12 && /^[\t\n\r\x20-\x7e]+$/.test(bytes) && bytes.includes(" ");
}
