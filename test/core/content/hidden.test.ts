// Hidden characters of every class, where they hide and where they belong.
import { describe, expect, test } from "vitest";
import { hiddenIn } from "../../../src/core/content/hidden.ts";

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
    ["an ideograph's variant", "葛\u{e0100}城"],
    ["mathematics", "// ∀x∈ℝ: ⌈x⌉ ≤ 𝑥 + 1, x² ≠ ½"],
    ["boxes", "// ├── src │ └──"],
    ["Braille", "const spin = '⠋⠙⠹'; // ⠁⠀⠃"],
    ["typography", "x ← y → z … “quotes” – — ‘a’ «b»"],
    ["French spaces", "// Attention\u202f: 10\u00a0km"],
    ["spaces in a string", 'const wide = "a\u3000b\u2003c";'],
    ["phonetics", "// pronounced /viːt/, ɑ and ɡ"],
    ["a currency and a degree", "// 5 € at 20 °C, nº 5, 1ª"],
  ])("%s", (_, text) => {
    expect(hiddenIn("src/a.ts", text)).toEqual([]);
    expect(hiddenIn("docs/a.md", text)).toEqual([]);
  });
});

test("it is linear: many hostile characters in a moment", () => {
  for (const one of ["\u200d", "\u{1f3f4}\u{e0067}", "a\u0430", "\u2800", "م\u200e", '"\\', "\u{e0100}"]) {
    const start = performance.now();
    hiddenIn("a.js", one.repeat(100_000));
    expect(performance.now() - start).toBeLessThan(3000);
  }
});
