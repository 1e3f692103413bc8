// Tags of markup as a browser's tokenizer reads them, with their attributes; one pass, in time proportional to the text.

export interface Tag {
  /** In small letters, as are the names of attributes, of which the first of a name counts. */
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly start: number;
  /** Behind the `>`. */
  readonly end: number;
}

/** A script with what stands between its tags. */
export interface Script {
  readonly tag: Tag;
  readonly text: string;
}

export interface Markup {
  readonly tags: readonly Tag[];
  readonly scripts: readonly Script[];
  /** Places where a browser may see a script that this reader took for something else. */
  readonly doubtful: readonly number[];
}

/**
 * What lies in comments, text areas and the like is read as tags, too: so nothing hides there. Threat: the reverse, a script
 * that only this reader sees there, the body of which swallows a real one. Such a body is doubtful.
 */
export function markupOf(text: string): Markup {
  const lower = text.toLowerCase();
  const [tags, scripts, doubtful]: [Tag[], Script[], number[]] = [[], [], []];
  for (let at = text.indexOf("<"); at >= 0; at = text.indexOf("<", at)) {
    const tag = tagAt(text, at);
    if (tag === undefined) {
      at += 1;
      continue;
    }
    tags.push(tag);
    if ([...tag.attributes.values()].some((value) => SCRIPT.test(value))) doubtful.push(at);
    at = tag.end;
    if (tag.name !== "script") continue;
    const end = endOfScript(lower, at);
    const body = text.slice(at, end);
    if (SCRIPT.test(body) && ENDS.test(body)) doubtful.push(at);
    scripts.push({ tag, text: body });
    at = end;
  }
  return { tags, scripts, doubtful };
}

const SCRIPT = /<script[\s/>]/iu;

/** Ends of what a browser does not read as tags, and comments, which change where a script ends. */
const ENDS =
  /<!--|-->|\]\]>|<\/(?:textarea|title|style|xmp|iframe|no\w{5,8}|template|plaintext|svg|math|select)/iu;

function endOfScript(lower: string, from: number): number {
  for (let at = lower.indexOf("</script", from); at >= 0; at = lower.indexOf("</script", at + 1))
    if (/[\s/>]/u.test(lower[at + 8] ?? ">")) return at;
  return lower.length;
}

const OPEN = /<([a-z][^\t\n\f\r />]*)/iy;

/** By the tokenizer of the HTML standard: quotes mean something behind `=` only, and a name may begin with `=`. */
const ATTRIBUTE =
  /[\t\n\f\r /]*([^\t\n\f\r />][^\t\n\f\r />=]*)(?:[\t\n\f\r ]*=[\t\n\f\r ]*(?:"([^"]*)(?:"|$)|'([^']*)(?:'|$)|([^\t\n\f\r >"'][^\t\n\f\r >]*)?))?/y;

const CLOSE = /[\t\n\f\r /]*>?/y;

function tagAt(text: string, start: number): Tag | undefined {
  const name = matchAt(OPEN, text, start);
  if (name === undefined) return undefined;
  const attributes = new Map<string, string>();
  let at = OPEN.lastIndex;
  for (;;) {
    const found = matchAt(ATTRIBUTE, text, at);
    if (found === undefined) break;
    const [, key = "", double, single, bare = ""] = found;
    if (!attributes.has(key.toLowerCase())) attributes.set(key.toLowerCase(), double ?? single ?? bare);
    at = ATTRIBUTE.lastIndex;
  }
  matchAt(CLOSE, text, at);
  return { name: (name[1] ?? "").toLowerCase(), attributes, start, end: CLOSE.lastIndex };
}

function matchAt(form: RegExp, text: string, at: number): RegExpExecArray | undefined {
  form.lastIndex = at;
  return form.exec(text) ?? undefined;
}
