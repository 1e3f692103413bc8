// Cuts pages of whole lines out of a file's bytes, and pieces out of lines that are longer than a page.

export interface PageLimits {
  readonly lines: number;
  readonly bytes: number;
}

export interface Page {
  /** Byte range of the page in the file. */
  readonly from: number;
  readonly to: number;
  /** First and last line of the page, from 1; `last` is `first - 1` for an empty file. */
  readonly first: number;
  readonly last: number;
  /** Where the next page begins; undefined at the end of the file. */
  readonly next: { readonly line: number; readonly byte: number } | undefined;
}

const LINE_FEED = 0x0a;

/** Number of lines: every line feed ends one, and what follows the last is one more. */
export function countLines(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(LINE_FEED); at !== -1; at = bytes.indexOf(LINE_FEED, at + 1)) count++;
  return bytes.length > 0 && bytes.at(-1) !== LINE_FEED ? count + 1 : count;
}

/**
 * The page that begins at byte `offset` of line `line`. It ends behind a whole line, or, when not even one line fits,
 * behind the last whole character that does: pages put together are the file, byte for byte. Undefined when the
 * start lies behind the file or not on a character.
 */
export function pageFrom(
  bytes: Uint8Array,
  line: number,
  offset: number,
  limits: PageLimits,
): Page | undefined {
  const start = startOf(bytes, line);
  if (start === undefined) return bytes.length === 0 && line === 1 && offset === 0 ? EMPTY : undefined;
  const from = start + offset;
  if (from >= endOf(bytes, start) || !isBoundary(bytes, from)) return undefined;
  let to = from;
  let last = line - 1;
  while (last - line + 1 < limits.lines && to < bytes.length) {
    const end = endOf(bytes, to);
    if (end - from > limits.bytes) break;
    to = end;
    last++;
  }
  if (to > from)
    return { from, to, first: line, last, next: to < bytes.length ? { line: last + 1, byte: 0 } : undefined };
  const cut = boundaryBefore(bytes, from + limits.bytes);
  return { from, to: cut, first: line, last: line, next: { line, byte: cut - start } };
}

const EMPTY: Page = { from: 0, to: 0, first: 1, last: 0, next: undefined };

function startOf(bytes: Uint8Array, line: number): number | undefined {
  let start = 0;
  for (let passed = 1; passed < line; passed++) {
    const end = bytes.indexOf(LINE_FEED, start);
    if (end === -1) return undefined;
    start = end + 1;
  }
  return start < bytes.length ? start : undefined;
}

/** Behind the line feed of the line that `at` lies in, or the end of the file. */
function endOf(bytes: Uint8Array, at: number): number {
  const end = bytes.indexOf(LINE_FEED, at);
  return end === -1 ? bytes.length : end + 1;
}

/** Not in the middle of a UTF-8 character: continuation bytes are 10xxxxxx. */
function isBoundary(bytes: Uint8Array, at: number): boolean {
  return ((bytes[at] ?? 0) & 0xc0) !== 0x80;
}

function boundaryBefore(bytes: Uint8Array, at: number): number {
  let cut = at;
  while (!isBoundary(bytes, cut)) cut--;
  return cut;
}
