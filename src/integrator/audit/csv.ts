// Rows of CSV (RFC 4180) that no spreadsheet takes for a formula.

/** What a spreadsheet takes for a formula, or skips before one. */
const FORMULA = /^[=+\-@\t\r]/;

export function csvRow(cells: readonly string[]): string {
  return `${cells.map(csvCell).join(",")}\r\n`;
}

/** A formula in a cell runs with the rights of whoever opens the file; behind an apostrophe it is text. */
function csvCell(text: string): string {
  const harmless = FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) || harmless !== harmless.trim()
    ? `"${harmless.replaceAll('"', '""')}"`
    : harmless;
}
