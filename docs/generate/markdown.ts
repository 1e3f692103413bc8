// Pieces of Markdown that cannot break the page they are put into.

/** First line of every generated page. */
export function generated(source: string): string {
  return `<!-- Generated from ${source} by docs/generate.ts. Do not edit. -->`;
}

/** Text in a table cell: a bar would begin another cell, angle brackets would be taken for HTML. */
export function cell(text: string): string {
  return text
    .replaceAll("\\", "\\\\")
    .replaceAll("|", "\\|")
    .replaceAll("<", "&lt;")
    .replaceAll("*", "\\*")
    .replaceAll("\n", " ");
}

/** Inline code in a table cell: there only the bar needs an escape. */
export function code(text: string): string {
  return `\`${text.replaceAll("|", "\\|")}\``;
}

/** A table; cells are Markdown already. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`);
  return `${lines.join("\n")}\n`;
}
