// Hidden characters of every class, where they hide and where they belong.
import { describe, expect, test } from "vitest";
import { hiddenIn, hiddenInPath } from "../../../src/core/content/hidden.ts";

const rules = (text: string, path = "src/a.ts"): readonly string[] =>
  hiddenIn(path, text).map(({ rule }) => rule);

describe("what hides", () => {
  test.each([
    ["an override in a string", 'if (level != "user\u202e \u2066// admin\u2069") {', "bidi"],
    ["an override in a comment", "/* \u202e } \u2066if (isAdmin)\u2069 */", "bidi"],
    ["an override in Hebrew", "שלום\u202eעולם", "bidi"],
    ["a mark within a word", "let us\u200eer = 1;", "bidi-mark"],
    ["a mark in English", "// note \u061c end", "bidi-mark"],
    ["a zero-width space", "function is\u200bAdmin() {}", "zero-width"],
    ["a joiner within a word", "is\u200dAdmin()", "zero-width"],
    ["a joiner between a word and a letter that joins", "x\u200cم", "zero-width"],
    ["joiners in a row", "م\u200c\u200cخ", "zero-width"],
    ["a word joiner", "a\u2060b", "zero-width"],
    ["a byte-order mark in the middle", "a\ufeffb", "zero-width"],
    ["a letter of tags", "// \u{e0041}", "tag"],
    [
      "tags behind a flag that is none",
      "\u{1f3f4}\u{e0069}\u{e0067}\u{e006e}\u{e006f}\u{e0072}\u{e007f}",
      "tag",
    ],
    [
      "tags behind the flag of England",
      "\u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}\u{e0041}",
      "tag",
    ],
    ["a selector on a letter", "doc\u{e0149}", "variation"],
    ["a selector on a smile, and another", "☺\ufe0f\ufe01", "variation"],
    ["selectors on an ideograph, in a row", "字\u{e0100}\u{e0101}", "variation"],
    ["a selector on a digit that is no key", "1\ufe0f", "variation"],
    ["a soft hyphen", "ad\u00admin", "invisible"],
    ["an invisible times", "a\u2062b", "invisible"],
    ["a deprecated format character", "a\u206ab", "invisible"],
    ["an annotation", "a\ufff9b", "invisible"],
    ["a vowel that is not drawn", "a\u17b4b", "invisible"],
    ["a separator of Mongolian in English", "a\u180eb", "invisible"],
    ["a joiner of graphemes in English", "a\u034fb", "invisible"],
    ["a filler of Hangul", "const \u3164 = 1;", "filler"],
    ["a half-width filler", "const \uffa0 = 1;", "filler"],
    ["a filler between letters", "us\u1160er", "filler"],
    ["a blank of Braille", "a\u2800b", "filler"],
    ["a bell", "a\u0007b", "control"],
    ["a backspace", "a\bb", "control"],
    ["an escape", "\u001b[2K", "control"],
    ["a carriage return that overwrites", "evil()\r// good", "control"],
    ["a form feed within a line", "a\fb", "control"],
    ["delete", "a\u007fb", "control"],
    ["a line separator", "a\u2028b", "line-separator"],
    ["a next line", "a\u0085b", "line-separator"],
    ["private use", "a\ue000b", "private-use"],
    ["a noncharacter", "a\ufffeb", "unassigned"],
    ["a wide space in code", "let a\u2003= 1", "space"],
    ["an ideographic space within a word", "us\u3000er = 1", "space"],
    ["a space that does not break, within a name", "us\u00a0er = 1", "space"],
    ["Cyrillic in a Latin word", "say\u041dello()", "homoglyph"],
    ["Greek in a Latin word", "const user\u03bfd = 1", "homoglyph"],
    ["a word of Cyrillic that could be Latin", "\u0441\u043e\u0440\u0443(file)", "homoglyph"],
    ["a letter of mathematics in a word", "us\u{1d452}r", "homoglyph"],
    ["a digit of another script", "us\u0665r", "homoglyph"],
    ["a click that looks like !", "if (environment\u01c3= PROD)", "homoglyph"],
    ["the question mark of Greek, which looks like ;", "return\u037e", "homoglyph"],
    ["full-width letters in a name", "\uff55ser", "full-width"],
    ["a full-width bracket in code", "f\uff08x)", "full-width"],
  ])("%s", (_, text, rule) => {
    expect(rules(text)).toContain(rule);
    // Text behind it, lines before it and Windows's line ends change nothing.
    expect(rules(`const a = 1;\r\n${text}\r\nlet b;`)).toContain(rule);
  });

  // Each of these was once let pass.
  test.each([
    ["a.py", "os.\u017fystem(c)", "homoglyph"],
    ["a.py", "\u{1d41e}\u{1d42f}\u{1d41a}\u{1d425}(input())", "homoglyph"],
    ["a.py", "import sub\u1d56rocess", "homoglyph"],
    ["a.py", "\ufb01lter(x)", "homoglyph"],
    ["a.py", "os\ufe33path = 1", "homoglyph"],
    ["a.vue", "<script>\nconst \u0430\u0441\u0435 = 1;", "homoglyph"],
    ["a.js", "const \u03bf = 1;", "homoglyph"],
    ["a.js", "let adm\u0131n = 1;", "homoglyph"],
    ["a.js", "let \u0192oo = 1;", "homoglyph"],
    ["a.js", "const ace = 1; if (role === '\u0430\u0441\u0435') {}", "homoglyph"],
    ["a.js", "x = '1\u06623';", "homoglyph"],
    ["a.js", "fetch('https://\u0440\u0430\u0443\u0440\u0430\u04cf.com/x')", "homoglyph"],
    ["a.md", "see \u0440\u0430\u0443\u0440\u0430\u04cf.com", "homoglyph"],
    ["a.js", "fetch('https://example.com\uff0fevil.com')", "homoglyph"],
    ["a.js", "fetch('https://example.com\u2215@evil.com')", "homoglyph"],
    ["a.js", 'ok = r !== "admin\u200e"; // שלום', "bidi-mark"],
    ["a.js", "let admin\u200e = 1 // שלום", "bidi-mark"],
    ["a.md", `שלום ${"\u200e\u200f".repeat(4)}`, "bidi-mark"],
    ["a.md", `שלום ${"\u200eא ".repeat(9)}`, "bidi-mark"],
    ["a.js", "let 名\u{e0100} = 1;", "variation"],
    ["a.js", "if (a <\ufe00 b) {}", "variation"],
    ["a.md", "這\u{e0110}是\u{e0107}一\u{e010e}個\u{e0115}測\u{e011c}試", "variation"],
    ["a.md", "☺\ufe0e☺\ufe0f".repeat(4), "variation"],
    ["a.md", "這\u200b是一\u200b個測\u200b試這\u200b是", "zero-width"],
    ["a.md", "admin\u{13430}", "filler"],
    ["a.js", 'x = "admin\u{1d159}";', "filler"],
    ["a.js", "let admin\u2d7f = 1;", "filler"],
    ["a.js", "let admin\u{16fe4} = 1;", "filler"],
    ["a.js", "let admin\ufe73 = 1;", "filler"],
    ["a.md", "x\u0600y", "filler"],
    ["a.js", "const cafe\u0301 = 2;", "combining"],
    ["a.js", "let a\u0335b = 1;", "combining"],
    ["a.js", "admin\u20dd = 1;", "combining"],
    ["a.js", "let a\u0e3a = 1;", "combining"],
    ["a.md", "not t\u0336h\u0336i\u0336s\u0336", "combining"],
    ["a.md", `h${"\u0300".repeat(5)}ello`, "combining"],
    ["a.sh", "rm -rf /tmp/\u00a0/", "space"],
    // A line that a reader takes for code, whatever the cutting takes it for.
    ["a.rs", "let q = '\"'; let \u0430\u0441\u0435 = 1; let w = '\"';", "homoglyph"],
    ["a.js", "const re = /[/*]/;\nconst \u0430\u0441\u0435 = 1;", "homoglyph"],
    ["a.js", "const re = /`/;\n\u0430\u0441\u0435(1);", "homoglyph"],
    ["a.js", "if (x) /`/.test(y);\nconst \u0430\u0441\u0435 = 1;", "homoglyph"],
    ["a.js", "f(`${`a${`\u0430\u0441\u0435`}`}` + \u0430\u0441\u0435)", "homoglyph"],
  ])("in %s: %j", (path, text, rule) => {
    expect(rules(text, path)).toContain(rule);
  });

  test.each(["README.md", "locale/de.json", "notes.txt"])("the worst of it in %s, too", (path) => {
    expect(rules("p\u0430ypal \u202e x \u200b y", path)).toEqual(["bidi", "zero-width", "homoglyph"]);
  });

  test("a finding says where, in characters, and what", () => {
    expect(hiddenIn("a.ts", "ok\n// 😀 \u202e")).toEqual([
      { rule: "bidi", line: 2, column: 6, character: "U+202E" },
    ]);
    expect(hiddenIn("a.ts", "// 😀 p\u0430y")).toEqual([
      { rule: "homoglyph", line: 1, column: 7, character: "U+0430" },
    ]);
  });

  test("only the lines that are asked for, each rule once a line", () => {
    const text = "a\u202eb\u202ec\na\u202eb\n";
    expect(hiddenIn("a.ts", text, new Set([2])).map(({ line }) => line)).toEqual([2]);
    expect(hiddenIn("a.ts", text).map(({ line }) => line)).toEqual([1, 2]);
  });
});

describe("what belongs where it is", () => {
  test.each([
    ["a mark of byte order at the start", "\ufeffusing System;"],
    ["line ends of Windows", "const a = 1;\r"],
    ["a form feed alone", "\f"],
    ["German", "// Größe prüfen, Straße, naïve Façade"],
    ["Vietnamese", "// Tiếng Việt có nhiều dấu"],
    ["Turkish", "const ışık = 'ıİ';"],
    ["Russian", "// Проверка доступа: а, о, с"],
    ["Russian names", "const имя = 'мир';"],
    ["Russian endings", "Используйте API-ключ и URLы из JSONа"],
    ["Greek", "// Έλεγχος πρόσβασης"],
    ["a quantity", "const α = 0.05; const Δt = 1; const µs = λ1;"],
    ["Arabic", "// هذا تعليق بالعربية، ٣ مرات"],
    ["Arabic with a mark", "// العنوان\u200f (C++)\u200e هنا"],
    ["Persian", "می\u200cخواهم"],
    ["Hebrew", "// שלום עולם"],
    ["Devanagari with joiners", "क्\u200dष और क्\u200cष"],
    ["Malayalam", "ന്\u200d"],
    ["Sinhala", "ශ්\u200dරී"],
    ["Thai", "// ภาษาไทย\u200bไม่มีช่องว่าง"],
    ["Khmer", "ភាសា\u200bខ្មែរ"],
    ["Mongolian", "ᠮᠣᠩᠭᠣᠯ\u202fᠤᠨ"],
    ["Chinese", "// 请注意，这是（全角）标点！"],
    ["Japanese", "// 全角　スペースと「括弧」、ＡＢＣ"],
    ["Korean", "// 한국어 주석: API를 호출"],
    ["old Korean", "ᄒᆞᆫ글 ᅟᅡ"],
    ["mixed names of Japanese", "const ユーザーID = 1;"],
    ["a family", 'const f = "👨\u200d👩\u200d👧";'],
    ["a heart on fire", "❤\ufe0f\u200d🔥"],
    ["a woman of a colour at work", "👩🏽\u200d💻"],
    ["a key", "1\ufe0f\u20e3"],
    ["signs as emoji and as text", "⚠\ufe0f ✔\ufe0e ©\ufe0f"],
    ["the flag of Scotland", "\u{1f3f4}\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}"],
    ["an ideograph's variant", "// 葛\u{e0100}城"],
    ["mathematics", "// ∀x∈ℝ: ⌈x⌉ ≤ 𝑥 + 1, x² ≠ ½"],
    ["boxes", "// ├── src │ └──"],
    ["Braille", "const spin = '⠋⠙⠹'; // ⠁⠀⠃"],
    ["typography", "x ← y → z … “quotes” – — ‘a’ «b»"],
    ["French spaces", "// Attention\u202f: 10\u00a0km"],
    ["spaces in a string", 'const wide = "a\u3000b\u2003c";'],
    ["phonetics", "// pronounced /viːt/, ɑ and ɡ"],
    ["ranges of letters", "const re = /[а-яё]/i; // [а-яё]"],
    ["Russian in markup", "<p>Все то же, что и раньше: API-то есть</p>"],
    ["endings behind names", "// web-сайтом, e-mailом, iPhone'ом, PDFов, МСК=UTC+3"],
    ["names in mathematics", "x̂ = 1; x̄ = mean(x); // 𝒪(n log n)"],
    ["hosts in their own script", "// https://пример.рф, https://münchen.de и https://例え.jp。"],
    ["a host before Chinese", "// 请访问 https://example.com（官网），https://example.org。"],
    ["Turkish of another kind", "const kapı = 'sınıf'; // İstanbul, ağ, şu"],
    ["emoji of both kinds", "✔\ufe0e ❤\ufe0f ☺\ufe0f ☎\ufe0e ™\ufe0f 1\ufe0f\u20e3 ⚠\ufe0f"],
    ["an ideograph's variants among others", "// 葛\u{e0100}城市の辻\u{e0101}さん"],
    ["a number sign of Arabic", "// \u0600٣"],
    ["a currency and a degree", "// 5 € at 20 °C, nº 5, 1ª"],
  ])("%s", (_, text) => {
    expect(hiddenIn("src/a.ts", text)).toEqual([]);
    expect(hiddenIn("docs/a.md", text)).toEqual([]);
  });
});

describe("names of paths", () => {
  test.each([
    ["src/\u0430pp.js", "homoglyph"],
    ["src/\u0430\u0441\u0435.js", "homoglyph"],
    ["src/a\u0336pp.js", "combining"],
    ["docs/\u0440aypal/readme.md", "homoglyph"],
  ])("%j hides something", (path, rule) => {
    expect(hiddenInPath(path).map((one) => one.rule)).toContain(rule);
  });

  test.each([
    "src/app.js",
    "docs/größe.md",
    "docs/Руководство-API.md",
    "docs/zh-CN/可变参数的选项（全角）.md",
    "src/компонент/форма.ts",
    "src/日本語/ファイル.ts",
    "テスト/UIテスト.ts",
    "שלום/עולם.md",
  ])("%s is what it looks like", (path) => {
    expect(hiddenInPath(path)).toEqual([]);
  });
});

test("it is linear: many hostile characters in a moment", () => {
  for (const one of [
    "\u200d",
    "\u{1f3f4}\u{e0067}",
    "a\u0430",
    "\u2800",
    "م\u200e",
    '"\\',
    "\u{e0100}",
    "/",
    "`${",
    "é/",
    "א\u200e",
    "://а",
    "а.",
    "n\u0301",
  ]) {
    hiddenIn("a.js", one.repeat(100_000));
  }
});
