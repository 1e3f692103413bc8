// Free text of agents, as people will read it in a terminal and in a commit: no controls, nothing that hides or reorders.
import { type Refusal, refusal } from "../../core/base/refusal.ts";

/** Controls, bidirectional marks, tags, private use, all that is drawn as nothing (`DI`), and the Braille blank. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{DI}\u2800]/u;

/** An emoji may be joined to the next and may ask to be shown in colour; these are the only invisible marks with a look. */
const EMOJI = /\p{Extended_Pictographic}\ufe0f?(?:\u200d\p{Extended_Pictographic}\ufe0f?)*/gu;

/** `text_hidden` when `text` shows less than it holds; `lines` allows line feeds and tabs. */
export function hiddenFault(text: string, where: string, lines: boolean): Refusal | undefined {
  const visible = text.replaceAll(EMOJI, "x");
  const hit = HIDDEN.exec(lines ? visible.replaceAll(/[\n\t]/g, " ") : visible);
  if (hit === null) return undefined;
  const code = (hit[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  return refusal("text_hidden", `holds the character U+${code}`, where);
}

/** `text_hidden` when `text` holds blanks and marks only: a person would be asked to approve a change without a name. */
export function blankFault(text: string, where: string): Refusal | undefined {
  return /[\p{L}\p{N}\p{P}\p{S}]/u.test(text)
    ? undefined
    : refusal("text_hidden", "shows nothing that can be read", where);
}
