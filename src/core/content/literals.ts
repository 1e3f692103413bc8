// Literals that are no strings and may hold quotes: regular expressions and characters. Taken for code, they would open strings.

const CHARACTER = /^'(?:[^'\\]|\\(?:u\{[0-9A-Fa-f]{1,6}\}|x[0-9A-Fa-f]{2}|.))'/u;
/** `'\u{10ffff}'` */
const CHARACTER_LENGTH = 12;

/** Length of the character literal at `at`, or 0: a lifetime is none. */
export function characterLength(line: string, at: number): number {
  return CHARACTER.exec(line.slice(at, at + CHARACTER_LENGTH))?.[0].length ?? 0;
}

const KEYWORD =
  /(?:^|[^\w$.])(?:return|typeof|case|do|else|in|of|void|delete|throw|new|instanceof|await|yield|if|unless|when|and|or|not)$/;
const KEYWORD_LENGTH = 12;

/** Whether a slash behind this code begins a regular expression: behind a value it divides. */
export function isRegexPlace(line: string, at: number, before: string): boolean {
  if (/[/*>]/.test(line.charAt(at + 1))) return false;
  return (
    before === "" || /[(,=:[!&|?{}>;+\-*%~^]$/.test(before) || KEYWORD.test(before.slice(-KEYWORD_LENGTH))
  );
}

/** Length of the regular expression at `at`; 0 where nothing closes it. A slash within a class does not. */
export function regexLength(line: string, from: number): number {
  let inClass = false;
  for (let at = from + 1; at < line.length; at += 1) {
    const letter = line.charAt(at);
    if (letter === "\\") at += 1;
    else if (letter === "[") inClass = true;
    else if (letter === "]") inClass = false;
    else if (letter === "/" && !inClass) return at + 1 - from;
  }
  return 0;
}
