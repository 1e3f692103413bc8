// What a person sees: aligned columns, colour only on a terminal, and agents' text that cannot repaint the screen.
import { printable } from "../../core/base/refusal.ts";

export type Style = "bold" | "dim" | "red" | "green" | "yellow" | "cyan";

const CODES: Record<Style, readonly [number, number]> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
};

/** Paints text, or leaves it as it is when colour is off. */
export type Paint = (style: Style, text: string) => string;

export function painter(colour: boolean): Paint {
  if (!colour) return (_style, text) => text;
  return (style, text) => {
    const [on, off] = CODES[style];
    return `\u001b[${on}m${text}\u001b[${off}m`;
  };
}

/** Whether to paint: only on a terminal, and never when NO_COLOR is set to anything (no-color.org). */
export function wantsColour(isTerminal: boolean, env: Readonly<Record<string, string | undefined>>): boolean {
  return isTerminal && (env["NO_COLOR"] ?? "") === "" && env["TERM"] !== "dumb";
}

/** Rows in columns as wide as their widest cell, two spaces apart. Cells hold no colour codes; `paint` comes after. */
export function columns(
  rows: readonly (readonly string[])[],
  paint: (cell: string, column: number, row: number) => string = (cell) => cell,
): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length);
  }
  const lines = rows.map((row, r) =>
    row
      .map((cell, i) => {
        const gap = i === row.length - 1 ? "" : " ".repeat((widths[i] ?? 0) - cell.length + 2);
        return `${paint(cell, i, r)}${gap}`;
      })
      .join(""),
  );
  return lines.map((line) => `${line}\n`).join("");
}

const PIECE = 400;

/**
 * One line of agent text, whole: `printable` cuts long text, and what is cut from a diff would land unseen. Tabs stay,
 * everything else that moves the cursor or hides is written as \u{…}.
 */
export function wholeLine(text: string): string {
  return uncommanding(text.toWellFormed().split("\t").map(escapeAll).join("\t"));
}

/**
 * CI systems take orders from what a job prints: `::name::` where a line begins (GitHub, after any space), `##[name]`,
 * `##vso[…]` and `##teamcity[…]` anywhere. The first sign of each is written as \u{…}.
 */
export function uncommanding(lines: string): string {
  return lines.replace(/^([^\S\n]*)::/gm, "$1\\u{3a}:").replace(/##(?=\[|vso\[|teamcity\[)/gi, "\\u{23}#");
}

/**
 * JSON for people and programs: what could move a cursor, hide, or command a CI is written with the escapes of JSON, so
 * that a reader of JSON gets the very same values.
 */
export function jsonText(value: unknown): string {
  return unobeyed(JSON.stringify(value, undefined, 2));
}

/** The same on one line. */
export function jsonLine(value: unknown): string {
  return unobeyed(JSON.stringify(value));
}

/** Text of JSON, in which nothing is left that anything would obey. */
export function unobeyed(json: string): string {
  return json
    .replace(/##(?=\[|vso\[|teamcity\[)/gi, "\\u0023#")
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{DI}]/gu, (c) => (c === "\n" ? c : escapes(c)));
}

function escapes(text: string): string {
  const units = Array.from({ length: text.length }, (_, at) => text.charCodeAt(at));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("");
}

function escapeAll(text: string): string {
  let out = "";
  let piece = "";
  for (const c of text) {
    piece += c;
    if (piece.length < PIECE) continue;
    out += printable(piece);
    piece = "";
  }
  return out + printable(piece);
}

/** `text` in lines of at most `width` characters, broken at spaces; escaped. */
export function wrapped(text: string, width: number): readonly string[] {
  return text.split("\n").flatMap((paragraph) => wrapOne(wholeLine(paragraph.replaceAll("\t", " ")), width));
}

function wrapOne(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
