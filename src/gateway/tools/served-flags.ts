// Flags on what is read: lines of a served file that hide characters, or speak to models. They advise; nothing is left out.
import { setImmediate } from "node:timers/promises";
import { passages } from "../../core/content/addressed.ts";
import type { Guard } from "../../core/content/guard.ts";
import { hiddenIn } from "../../core/content/hidden.ts";
import type { Stopwatch } from "./stopwatch.ts";

export interface Flag {
  readonly rule: string;
  readonly line: number;
}

export interface Flags {
  /** The first ones, by line. */
  readonly flags: readonly Flag[];
  readonly flag_count: number;
}

/** A text that is served, or a part of it. */
export interface Part {
  readonly path: string;
  /** What names this very text: digest and range. */
  readonly key: string;
  readonly text: string;
  /** Of its first line, from 1. */
  readonly line: number;
}

export interface ServedFlags {
  of(part: Part, watch: Stopwatch): Promise<Flags>;
}

const MAX_FLAGS = 20;
/** Results that are kept; each is some hundred bytes. */
const MAX_KEPT = 4096;

export function openServedFlags(guard: Guard): ServedFlags {
  const kept = new Map<string, Flags>();
  return {
    async of(part, watch) {
      // The name decides how a text is read, so it is part of what names the result.
      const key = `${part.key}\0${part.path}`;
      const known = kept.get(key);
      if (known !== undefined) return known;
      const made = await flagsOf(guard, part, watch);
      const [oldest] = kept.keys();
      if (kept.size >= MAX_KEPT && oldest !== undefined) kept.delete(oldest);
      kept.set(key, made);
      return made;
    },
  };
}

async function flagsOf(guard: Guard, { path, text, line }: Part, watch: Stopwatch): Promise<Flags> {
  const found = hiddenIn(path, text).map((one) => ({ rule: `hidden-${one.rule}`, line: one.line }));
  const all = new Set(text.split("\n").map((_, at) => at + 1));
  for (const passage of passages(path, text, all))
    for (const { flagged, hits, line: within } of guard.each(passage.text)) {
      const [first] = hits;
      if (flagged && first !== undefined)
        found.push({ rule: `guard-${first.rule}`, line: passage.line + within - 1 });
      // A few milliseconds each: other calls, and signs of life, go on in between.
      await watch.aside(setImmediate());
    }
  const once = [...new Map(found.map((flag) => [`${flag.line} ${flag.rule}`, flag])).values()];
  const sorted = once.toSorted((x, y) => x.line - y.line);
  const flags = sorted.slice(0, MAX_FLAGS).map((flag) => ({ ...flag, line: flag.line + line - 1 }));
  return { flags, flag_count: sorted.length };
}
