// Where words of a fixed list occur in a text, in one pass whatever their number: most text holds none of them.

export interface Place<T> {
  /** Offset of the first character of the word. */
  readonly at: number;
  readonly word: string;
  readonly items: readonly T[];
}

/** Calls `found` for each occurrence, in the order of the text; upper and lower case are the same. */
export type Prefilter<T> = (text: string, found: (place: Place<T>) => void) => void;

const CODES = 64;
const GRAMS = CODES ** 3;

/** Letters whatever their case, digits, and a few classes of the rest: three of them make one number under 2¹⁸. */
const codes = Uint8Array.from({ length: 128 }, (_, unit) => codeOf(unit));

function codeOf(unit: number): number {
  const character = String.fromCharCode(unit).toLowerCase();
  if (character >= "a" && character <= "z") return unit % 32;
  if (character >= "0" && character <= "9") return 27 + (unit - 48);
  const known = "_-.:/ =+$\"'@".indexOf(character);
  return known === -1 ? 0 : 40 + known;
}

/** Words of at least three characters; each is known by its first three. */
export function prefilter<T>(words: Iterable<readonly [string, T]>): Prefilter<T> {
  const byWord = new Map<string, T[]>();
  for (const [word, item] of words) {
    const key = word.toLowerCase();
    const items = byWord.get(key) ?? [];
    if (!items.includes(item)) items.push(item);
    byWord.set(key, items);
  }
  const begins = new Uint8Array(GRAMS);
  const byGram = new Map<number, [string, readonly T[]][]>();
  for (const [word, items] of byWord) {
    const gram = gramAt(word, 0);
    begins[gram] = 1;
    byGram.set(gram, [...(byGram.get(gram) ?? []), [word, items]]);
  }
  return (text, found) => {
    const last = text.length;
    let gram = 0;
    for (let end = 0; end < last; end++) {
      const unit = text.charCodeAt(end);
      gram = ((gram << 6) | (unit < 128 ? (codes[unit] ?? 0) : 0)) & (GRAMS - 1);
      if (begins[gram] === 0 || end < 2) continue;
      const at = end - 2;
      for (const [word, items] of byGram.get(gram) ?? [])
        if (text.slice(at, at + word.length).toLowerCase() === word) found({ at, word, items });
    }
  };
}

function gramAt(word: string, at: number): number {
  let gram = 0;
  for (let offset = 0; offset < 3; offset++) {
    const unit = word.charCodeAt(at + offset);
    gram = (gram << 6) | (unit < 128 ? (codes[unit] ?? 0) : 0);
  }
  return gram;
}
