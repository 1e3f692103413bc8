// Where words of a fixed list occur in a text, in one pass whatever their number: most text holds none of them.

export interface Word<T> {
  /** At least three characters. */
  readonly word: string;
  /** Whether upper and lower case differ; otherwise the word is in lower case. */
  readonly exact: boolean;
  readonly item: T;
}

/** Calls `found` for each occurrence, in the order of the text. */
export type Prefilter<T> = (text: string, found: (at: number, word: string, item: T) => void) => void;

/** Three ASCII characters make one number. */
const BITS = 7;
const GRAMS = 2 ** (3 * BITS);

/** Each word is looked for where its first three characters are; nothing else of the text is ever looked at twice. */
export function prefilter<T>(words: readonly Word<T>[]): Prefilter<T> {
  const begins = new Uint8Array(GRAMS);
  const byGram = new Map<number, Word<T>[]>();
  for (const one of words)
    for (const gram of gramsOf(one)) {
      begins[gram] = 1;
      byGram.set(gram, [...(byGram.get(gram) ?? []), one]);
    }
  return (text, found) => {
    let gram = 0;
    for (let end = 0; end < text.length; end++) {
      const unit = text.charCodeAt(end);
      gram = ((gram << BITS) | (unit < 128 ? unit : 0)) & (GRAMS - 1);
      if (begins[gram] === 0 || end < 2) continue;
      const at = end - 2;
      for (const { word, exact, item } of byGram.get(gram) ?? [])
        if (exact ? text.startsWith(word, at) : text.slice(at, at + word.length).toLowerCase() === word)
          found(at, word, item);
    }
  };
}

/** One number, or one for each way to write the three characters. */
function gramsOf({ word, exact }: Pick<Word<unknown>, "word" | "exact">): ReadonlySet<number> {
  let grams = [0];
  for (const character of word.slice(0, 3)) {
    const units = exact ? [character] : [character.toLowerCase(), character.toUpperCase()];
    grams = grams.flatMap((gram) => units.map((unit) => (gram << BITS) | unit.charCodeAt(0)));
  }
  return new Set(grams);
}
