// One spelling for the source: what escapes and letters of other alphabets say where the language reads plain letters.
import { foreignShebang, type Language } from "../../core/analysis/rules.ts";
import { MISREAD } from "./finding.ts";
import { type Signed, signed, signedAll } from "./sign.ts";

const WORD = /^[A-Za-z0-9_$]+$/u;

/** A backslash with what it escapes: pairs first, so that an escaped backslash escapes nothing. */
const ESCAPES =
  /\\(?:u\{0{0,8}([0-9a-fA-F]{1,6})\}|u+([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|x([0-9a-fA-F]{2})|[^])/gu;

/**
 * Threat: `\u0065val(x)`, and Python's `os.ſystem`: the language reads letters that no rule has. Only escapes and characters
 * that stand for letters, digits and underscores are replaced, so that no string or comment ends elsewhere, and no line moves.
 */
export function respelt(text: string, language: Language): string {
  if (language === "sh") return text;
  // What `<?=` writes is no statement for the grammar.
  if (language === "php") return text.replaceAll("<?=", "<?php echo ");
  const plain = text.includes("\\")
    ? text.replaceAll(ESCAPES, (all: string, ...hex: (string | undefined)[]) => word(hex, all))
    : text;
  if (language !== "py") return plain;
  return plain.replaceAll(/[^\0-\u007f]/gu, (character) => {
    const normal = character.normalize("NFKC");
    return WORD.test(normal) ? normal : character;
  });
}

function word(groups: readonly (string | undefined)[], all: string): string {
  const hex = groups.slice(0, 4).find((group) => group !== undefined);
  const code = hex === undefined ? 0 : Number.parseInt(hex, 16);
  const character = code > 0 && code <= 0x10_ff_ff ? String.fromCodePoint(code) : "";
  return WORD.test(character) ? character : all;
}

/** What makes the language read other lines, or another language, than the grammar does. */
export function misread(path: string, text: string, language: Language): readonly Signed[] {
  const isOther = foreignShebang(path, text) || (language === "py" && hasOtherEncoding(text));
  if (isOther) return [signedAll(MISREAD, text)];
  const form = TRICKS[language];
  if (form === undefined || !form.test(text)) return [];
  return text
    .split("\n")
    .flatMap((line, at) =>
      form.test(line) ? [{ ...signed(MISREAD, { text: line }), line: at + 1, end: at + 1 }] : [],
    );
}

/** Threat: `# coding: raw_unicode_escape`, with which a comment holds lines of code. */
function hasOtherEncoding(text: string): boolean {
  return text.split("\n", 2).some((line) => {
    const name = /^[ \t\f]*#.{0,200}?coding[:=][ \t]*([-\w.]+)/u.exec(line.slice(0, 1000))?.[1];
    return (
      name !== undefined &&
      !/^(?:utf-?8(?:-sig)?|(?:us-)?ascii|latin-?1|iso-?8859-?1)$/u.test(
        name.toLowerCase().replaceAll("_", "-"),
      )
    );
  });
}

/** Escapes of Java that are read before comments and strings are; carriage returns that end lines for the language alone. */
const TRICKS: Partial<Record<Language, RegExp>> = {
  java: /(?<!\\)(?:\\\\){0,50}\\u+00(?:0[aAdD]|2[1-9a-fA-F]|3[a-fA-F]|40|5[b-eB-E]|60|7[b-eB-E])|\r(?!\n|$)/u,
  py: /\r(?!\n|$)/u,
};
