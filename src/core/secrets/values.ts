// Where a value begins that does not stand right behind its operator and quote: YAML's tags and blocks, quotes of shells, blank lines.
interface Place {
  readonly quoted: boolean;
  /** Offset of the value. */
  readonly value: number;
}

const FORMS = [
  // `password: !!str …`
  String.raw`!{1,2}[\w:./-]{0,60}[ \t]{1,8}["']?`,
  // `password: &name …`
  String.raw`&[\w-]{1,60}[ \t]{1,8}["']?`,
  // `password:`, and `value: …` in the next line
  String.raw`(?<=\n[ \t]{1,40})(?:value|default|content|plain|text)["']?[ \t]{0,8}[:=][ \t]{1,8}["']?`,
  // `password: |`, and the value in the next line
  String.raw`[|>][-+0-9]{0,2}[ \t]{0,8}\r?\n[ \t]{1,40}`,
  // `PASSWORD=$'…'`
  String.raw`\$["']`,
  // The value's own quote after blank lines
  String.raw`\s{1,80}["'\u0060]`,
];
const FARTHER = new RegExp(FORMS.join("|"), "y");
/** Behind three quotes a text begins in the next line as often as not. */
const IN_TEXT = /\r?\n[ \t]{0,40}/y;

export function valueOf<T extends Place>(text: string, link: T): T {
  const { value } = link;
  const form = /(["'`])\1\1$/.test(text.slice(Math.max(0, value - 3), value)) ? IN_TEXT : FARTHER;
  form.lastIndex = value;
  if (!form.test(text)) return link;
  const at = form.lastIndex;
  return { ...link, value: at, quoted: link.quoted || /["'`]/.test(text.charAt(at - 1)) };
}
