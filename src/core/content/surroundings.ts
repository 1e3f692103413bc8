// What is asked of a whole file to judge one of its words: established once, and only when it is asked for.
import { languageOf } from "./languages.ts";

export interface Surroundings {
  /** Text for readers may stand within its code, as in JSX. */
  readonly markup: boolean;
  /** Holds letters that only Turkish and its kin have, so that its dotless i is one. */
  readonly turkish: boolean;
  /** Its words of ASCII. */
  readonly words: () => ReadonlySet<string>;
}

/** One word alone. */
export const UNKNOWN: Surroundings = { markup: true, turkish: false, words: () => new Set() };

export function surroundings(path: string, text: string): Surroundings {
  let words: ReadonlySet<string> | undefined;
  return {
    markup: languageOf(path)?.markup ?? false,
    turkish: /[ğĞşŞİəƏ]/.test(text),
    words: () => (words ??= new Set(text.match(/[A-Za-z0-9_$]+/g))),
  };
}
