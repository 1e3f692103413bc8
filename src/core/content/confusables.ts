// Letters of other scripts that look like ASCII ones: our own list, by script, of what most fonts draw alike.

/** Each ASCII character, and the characters that look like it (after UTS #39, cut to what is drawn nearly the same). */
const LOOKS: Readonly<Record<string, string>> = {
  a: "аαɑ⍺",
  b: "ЬƄᏏᖯ",
  c: "сϲᴄⲥꮯ",
  d: "ԁɗᏧᑯꓒ",
  e: "еҽ℮",
  f: "ẝꞙքƒ",
  g: "ɡցᶃ",
  h: "һհᏂ",
  i: "іɩιıӏꙇⲓᎥ",
  j: "јϳ",
  k: "κкⲕ",
  l: "ӏǀاוןⵏꓲ١۱",
  m: "ⅿ",
  n: "ոռη",
  o: "оοօσⲟഠဝ๐໐ะసഃօס०০੦૦௦౦೦൦",
  p: "рρⲣ",
  q: "ԛգզ",
  r: "гⲅꭇꭈꮁ",
  s: "ѕꜱꮪ",
  t: "тτ",
  u: "υսᴜꭎꭒ",
  v: "νѵᴠטꮩ",
  w: "ԝшɯѡաᴡꮃ",
  x: "хχᕁᕽ",
  y: "уγүყʏ",
  z: "ᴢꮓ",
  A: "АΑᎪᗅꓮ",
  B: "ВΒᏴᗷꓐ",
  C: "СϹᏟⲤꓚ",
  D: "Ꭰᗞꓓᗪ",
  E: "ЕΕᎬⴹꓰ",
  F: "ϜᖴꓝҒ",
  G: "ԌᏀᏳꓖ",
  H: "НΗᎻᕼⲎꓧ",
  I: "ІΙӀⲒꓲ",
  J: "ЈᎫᒍꓙͿ",
  K: "КΚᏦⲔꓗ",
  L: "ᏞᒪⳐꓡ",
  M: "МΜϺᎷᗰⲘꓟ",
  N: "ΝⲚꓠ",
  O: "ОΟՕⲞꓳ",
  P: "РΡᏢᑭⲢꓑ",
  Q: "ԚႳⵕ",
  R: "ᎡᏒᖇꓣ",
  S: "ЅՏᏕᏚꓢ",
  T: "ТΤᎢⲦꓔ",
  U: "Սሀᑌꓴ",
  V: "ѴᏙᐯⴸꓦ",
  W: "ԜᎳᏔꓪ",
  X: "ХΧⲬⵝꓫ",
  Y: "УΥҮᎩⲨꓬ",
  Z: "ΖᏃꓜ",
};

const byLetter = new Map(
  Object.entries(LOOKS).flatMap(([ascii, letters]) =>
    Array.from(letters)
      .filter((letter) => letter !== ascii)
      .map((letter) => [letter, ascii] as const),
  ),
);

/** The ASCII letter that `letter` looks like; undefined for all others, ASCII ones included. */
export function looksLike(letter: string): string | undefined {
  return byLetter.get(letter);
}

/** `text` with every look-alike replaced by what it looks like: what a reader reads, whatever was written. */
export function asSeen(text: string): string {
  return /[^\p{ASCII}]/u.test(text)
    ? text.replaceAll(/[^\p{ASCII}]/gu, (one) => looksLike(one) ?? one)
    : text;
}
