// Rows of CSV (RFC 4180) that no spreadsheet takes for a formula, whichever separator it was told to use.

/** What a spreadsheet takes for a formula behind anything that it skips; tried on the compatible form (U+FF1D is an equals sign). */
const FORMULA = /^[\s\p{Cc}\p{Cf}]*[=+\-@\u2212]/u;

/** Where German and French are spoken a semicolon ends a cell, elsewhere a tab, and quotes within such a cell quote nothing. */
const ENDS = /[;\t\r\n]/g;

export function csvRow(cells: readonly string[]): string {
  return `${cells.map(csvCell).join(",")}\r\n`;
}

/**
 * A formula in a cell runs with the rights of whoever opens the file; behind an apostrophe it is text. What ends a cell or
 * a row elsewhere is written with the escapes of JSON: a cell of JSON means the same.
 */
function csvCell(text: string): string {
  const whole = text.replace(ENDS, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
  const harmless = FORMULA.test(whole.normalize("NFKC")) ? `'${whole}` : whole;
  return /[",]/.test(harmless) || harmless !== harmless.trim()
    ? `"${harmless.replaceAll('"', '""')}"`
    : harmless;
}
