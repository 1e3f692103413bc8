// What is hidden in plenty: marks that strike out or bury letters, and messages in characters that may stand here once.
import type { WordFault } from "./invisible.ts";
import type { Kind } from "./pieces.ts";

/** Through a letter; a dot or a hat above one is writing. */
const STRUCK = /[A-Za-z0-9][\u0335-\u0338\u20d2\u20d3\u20d8-\u20da\u20e5-\u20eb]/u;
/** More than any language puts on one letter. */
const BURIED = /[\u0300-\u034e\u0350-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{4}/;
/** One that is part of the letter in another spelling of the same name, encloses it, or is of another script. */
const JOINED = /[A-Za-z0-9_]([\p{M}--\p{VS}])/gv;

/** The first of them in one piece. */
export function combiningFault(text: string, kind: Kind): WordFault | undefined {
  if (!/\p{M}/u.test(text)) return undefined;
  const at =
    STRUCK.exec(text)?.index ?? BURIED.exec(text)?.index ?? (kind === "code" ? joined(text) : undefined);
  return at === undefined ? undefined : { rule: "combining", at };
}

function joined(text: string): number | undefined {
  for (const { 0: both, 1: mark = "", index } of text.matchAll(JOINED))
    if (both.normalize("NFC") !== both || /\p{Me}/u.test(mark) || !/[\p{sc=Zinh}\p{DI}]/u.test(mark))
      return index;
  return undefined;
}

/** A carrier, what it stands among, and how many of the one to how many of the other make a message. */
interface Carrier {
  readonly rule: WordFault["rule"];
  readonly sign: RegExp;
  readonly among: RegExp;
  readonly least: number;
  readonly share: number;
}

const CARRIERS: readonly Carrier[] = [
  {
    rule: "variation",
    sign: /[\u{e0100}-\u{e01ef}]/gu,
    among: /\p{Unified_Ideograph}/gu,
    least: 4,
    share: 1 / 2,
  },
  {
    rule: "zero-width",
    sign: /(?<=[\p{sc=Hani}\p{sc=Hira}\p{sc=Kana}])\u200b/gu,
    among: /[\p{sc=Hani}\p{sc=Hira}\p{sc=Kana}]/gu,
    least: 4,
    share: 1 / 4,
  },
  {
    rule: "bidi-mark",
    sign: /[\u200e\u200f\u061c]/g,
    among: /[^\u200e\u200f\u061c]/gu,
    least: 8,
    share: 1 / 4,
  },
  { rule: "invisible", sign: /\u034f/g, among: /\p{M}/gu, least: 3, share: 0 },
  // As emoji and as text by turns: one of two for each bit.
  { rule: "variation", sign: /\ufe0e/g, among: /\ufe0f/g, least: 4, share: 0 },
];

/** Of one line: each sign may be where it belongs, and all together say something. */
export function messages(line: string): readonly WordFault[] {
  return CARRIERS.flatMap(({ rule, sign, among, least, share }) => {
    const first = line.search(sign);
    if (first === -1) return [];
    const [count, of] = [(line.match(sign) ?? []).length, (line.match(among) ?? []).length];
    return count >= least && of >= least && count >= of * share ? [{ rule, at: first }] : [];
  });
}
