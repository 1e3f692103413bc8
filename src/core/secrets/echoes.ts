// Where a secret stands once more in its file, without the name beside it that gave it away.
import type { MaskSpan } from "./mask.ts";

interface Hit {
  readonly rule: string;
  readonly start: number;
  readonly end: number;
}

/** Shorter values are words that occur for other reasons. So many characters are what a place is looked up by. */
const ECHO = 8;
/** Characters that are compared at most, beside some for each of the text. */
const WORK = 20_000_000;
const WORK_PER_CHARACTER = 8;

/**
 * In one pass, whatever the number of values. Undefined when somebody made them so that it takes too long (many values of
 * many lengths that begin alike): what stands where is not known then.
 */
export function echoes(text: string, hits: readonly Hit[]): readonly MaskSpan[] | undefined {
  const byBegin = beginnings(text, hits);
  const spans: MaskSpan[] = [];
  if (byBegin.size === 0) return spans;
  let left = WORK + WORK_PER_CHARACTER * text.length;
  for (let at = 0; at + ECHO <= text.length; at++) {
    for (const [length, values] of byBegin.get(text.slice(at, at + ECHO)) ?? []) {
      left -= length;
      const rule = values.get(text.slice(at, at + length));
      if (rule !== undefined) spans.push({ rule, start: at, end: at + length });
    }
    if (left < 0) return undefined;
  }
  return spans;
}

type ByLength = Map<number, Map<string, string>>;

/** First characters, then length, then the value itself with its rule. */
function beginnings(text: string, hits: readonly Hit[]): ReadonlyMap<string, ByLength> {
  const byBegin = new Map<string, ByLength>();
  for (const { rule, start, end } of hits) {
    if (end - start < ECHO) continue;
    const value = text.slice(start, end);
    const byLength: ByLength = byBegin.get(value.slice(0, ECHO)) ?? new Map();
    byBegin.set(value.slice(0, ECHO), byLength);
    const values = byLength.get(value.length) ?? new Map<string, string>();
    byLength.set(value.length, values);
    if (!values.has(value)) values.set(value, rule);
  }
  return byBegin;
}
