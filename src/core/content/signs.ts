// Signs that are no ASCII but pass for some, and spaces that are none to whoever runs the code; only code is judged.
import type { Hiding, WordFault } from "./invisible.ts";

const FULL = /[\uff01-\uff5e]/;
const SIGNS =
  /[\u037e\u01c0-\u01c3\u2024\ua789\u02d0\ua78c\ufe33\ufe34\ufe4d-\ufe4f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff5e]|\p{Zs}/gu;

/** Semicolons, exclamation marks, bars, low lines; full-width ones; odd spaces. */
export function signs(text: string, code: boolean, markup: boolean): readonly WordFault[] {
  if (!code) return [];
  const found: WordFault[] = [];
  for (const { 0: sign, index } of text.matchAll(SIGNS)) {
    const rule = signFault(sign, text.charAt(index - 1), text.charAt(index + 1), markup);
    if (rule !== undefined) found.push({ rule, at: index });
  }
  return found;
}

function signFault(sign: string, before: string, after: string, markup: boolean): Hiding | undefined {
  if (sign === " ") return undefined;
  const between = /[A-Za-z0-9_$]/.test(before) && /[A-Za-z0-9_$]/.test(after);
  // Text within markup within code keeps its words together with these.
  if (/[\u00a0\u2009\u202f]/.test(sign)) return between || !markup ? "space" : undefined;
  if (/\p{Zs}/u.test(sign)) return "space";
  if (FULL.test(sign)) return "full-width";
  return /\p{sc=Grek}/u.test(before) ? undefined : "homoglyph";
}
