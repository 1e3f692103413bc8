// JSON as one reader must read it: no key twice in an object, none that names an object's prototype, bounded depth.

export type StrictJson =
  | { readonly ok: true; readonly value: unknown }
  | {
      readonly ok: false;
      readonly why: string;
      /** What a lenient parser makes of it, to find an id to answer to. */ readonly value: unknown;
    };

const MAX_DEPTH = 100;

/**
 * Parse `text`. JSON.parse silently keeps the last of two equal keys, another parser the first: a check and its
 * execution could then see different arguments. Undefined when the text is no JSON at all.
 */
export function parseStrict(text: string): StrictJson | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const why = keyFault(text);
  return why === undefined ? { ok: true, value } : { ok: false, why, value };
}

/** Walks over text that is known to be JSON, so only quotes, braces and colons have to be told apart. */
function keyFault(text: string): string | undefined {
  const open: (Set<string> | undefined)[] = [];
  for (let at = 0; at < text.length; at++) {
    const c = text[at];
    if (c === "{" || c === "[") {
      if (open.push(c === "{" ? new Set() : undefined) > MAX_DEPTH) return "is nested too deeply";
    } else if (c === "}" || c === "]") open.pop();
    else if (c === '"') {
      const end = endOfString(text, at);
      const keys = open.at(-1);
      if (keys !== undefined && isKey(text, end)) {
        const key = JSON.parse(text.slice(at, end)) as string;
        if (keys.has(key)) return `holds the key ${key} twice`;
        if (key === "__proto__") return "holds the key __proto__";
        keys.add(key);
      }
      at = end - 1;
    }
  }
  return undefined;
}

/** Index behind the closing quote of the string that begins at `start`. */
function endOfString(text: string, start: number): number {
  for (let quote = text.indexOf('"', start + 1); ; quote = text.indexOf('"', quote + 1)) {
    let slashes = 0;
    while (text[quote - 1 - slashes] === "\\") slashes++;
    if (slashes % 2 === 0) return quote + 1;
  }
}

/** In an object, a string that a colon follows is a key; a string value is followed by a comma or a brace. */
function isKey(text: string, end: number): boolean {
  let at = end;
  while (/\s/.test(text[at] ?? "")) at++;
  return text[at] === ":";
}
