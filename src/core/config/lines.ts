// Where a dotted key stands in a TOML text; for messages only, never to decide anything.

interface Places {
  /** Keys and tables that have a line of their own. */
  readonly written: ReadonlyMap<string, number>;
  /** Tables that exist only because something below them is written. */
  readonly implied: ReadonlyMap<string, number>;
}

const HEADER = /^\s*(\[{1,2})\s*([^\]]+?)\s*\]{1,2}\s*(?:#.*)?$/;
const ASSIGNED =
  /^\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*=/;
const BLOCK = /"""|'''/g;

/**
 * Line on which `key` is written, counted from 1; else that of the nearest table that is written; else 0. Entries of
 * arrays of tables are named by their index: `principals.1.roles`.
 */
export function lineOf(text: string, key: string): number {
  const { written } = placesOf(text);
  for (let name = key; name !== ""; name = name.slice(0, Math.max(0, name.lastIndexOf(".")))) {
    const line = written.get(name) ?? (name === key ? exactLineOf(text, key) : 0);
    if (line > 0) return line;
  }
  return 0;
}

/** Line on which exactly `key` is written, or that of the first thing below it; 0 when it is not in the text. */
export function exactLineOf(text: string, key: string): number {
  const { written, implied } = placesOf(text);
  return written.get(key) ?? implied.get(key) ?? 0;
}

let last: { readonly text: string; readonly places: Places } | undefined;

/** A file with many faults is asked about many times. */
function placesOf(text: string): Places {
  if (last?.text !== text) last = { text, places: readPlaces(text) };
  return last.places;
}

function readPlaces(text: string): Places {
  const written = new Map<string, number>();
  const implied = new Map<string, number>();
  const counts = new Map<string, number>();
  let table = "";
  let inBlock = false;
  for (const [index, line] of text.split("\n").entries()) {
    const marks = line.match(BLOCK)?.length ?? 0;
    const wasInBlock = inBlock;
    if (marks % 2 === 1) inBlock = !inBlock;
    if (wasInBlock) continue;
    const header = headerOn(line);
    const name = nameOn(line, header, table, counts);
    if (name === undefined) continue;
    if (header !== null) table = name;
    remember(name, index + 1, written, implied);
  }
  return { written, implied };
}

/** Longer lines are values: over one of spaces and brackets the expression would take quadratic time. */
const LONGEST_HEADER = 1000;

function headerOn(line: string): RegExpExecArray | null {
  return line.length > LONGEST_HEADER ? null : HEADER.exec(line);
}

/** The full name that a line is about: a table's header or an assignment. */
function nameOn(
  line: string,
  header: RegExpExecArray | null,
  table: string,
  counts: Map<string, number>,
): string | undefined {
  if (header?.[2] !== undefined) {
    const name = indexed(plain(header[2]), counts);
    if (header[1] !== "[[") return name;
    const index = counts.get(name) ?? 0;
    counts.set(name, index + 1);
    return `${name}.${index}`;
  }
  const assigned = ASSIGNED.exec(line)?.[1];
  if (assigned === undefined) return undefined;
  return table === "" ? plain(assigned) : `${table}.${plain(assigned)}`;
}

/** `[principals.x]` after two `[[principals]]` belongs to the second of them. */
function indexed(name: string, counts: ReadonlyMap<string, number>): string {
  for (const [array, count] of counts) {
    if (name.startsWith(`${array}.`)) return `${array}.${count - 1}${name.slice(array.length)}`;
  }
  return name;
}

function remember(
  name: string,
  line: number,
  written: Map<string, number>,
  implied: Map<string, number>,
): void {
  if (!written.has(name)) written.set(name, line);
  for (let at = name.lastIndexOf("."); at > 0; at = name.lastIndexOf(".", at - 1)) {
    const above = name.slice(0, at);
    if (!implied.has(above)) implied.set(above, line);
  }
}

function plain(name: string): string {
  return name.replaceAll(/["']/g, "").replaceAll(/\s*\.\s*/g, ".");
}
