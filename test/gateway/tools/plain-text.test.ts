import { expect, test } from "vitest";
import { blankFault, hiddenFault } from "../../../src/gateway/tools/plain-text.ts";

test.each([
  ["escape", "a\u001b[31mred"],
  ["NUL", "a\0b"],
  ["carriage return", "a\rb"],
  ["line feed", "a\nb"],
  ["delete", "a\u007fb"],
  ["C1 control", "a\u009bb"],
  ["right-to-left override", "a\u202eb"],
  ["isolate", "a\u2066b"],
  ["zero-width space", "a\u200bb"],
  ["zero-width joiner between letters", "a\u200db"],
  ["soft hyphen", "a\u00adb"],
  ["byte-order mark", "\ufeffa"],
  ["line separator", "a\u2028b"],
  ["tag characters", "a\u{e0041}\u{e0042}"],
  ["variation selector on a letter", "a\ufe0f"],
  ["variation selectors supplement", "a\u{e0100}"],
  ["second variation selector on an emoji", "❤\ufe0f\ufe0f"],
  ["tags behind an emoji", "🏴\u{e0067}\u{e0062}"],
  ["private use", "a\ue000"],
  ["unassigned", "a\u0378"],
  ["Hangul filler", "a\u3164b"],
  ["lone surrogate", "a\ud800"],
  ["Khmer inherent vowel", "a\u17b4b"],
  ["Braille blank", "a\u2800b"],
  ["musical beam", "a\u{1d173}b"],
])("refuses %s", (_, text) => {
  expect(hiddenFault(text, "title", false)?.code).toBe("text_hidden");
});

test.each(["plain", "Añadir función café", "日本語の説明", "שלום עולם", "emoji ❤️ 👩‍💻 ok", "tab-less"])(
  "accepts %s",
  (text) => {
    expect(hiddenFault(text, "title", false)).toBeUndefined();
  },
);

test.each([[" "], ["\u2003\u3000"], ["\u0301"], [" \n\t"]])("a text that shows nothing: %j", (text) => {
  expect(blankFault(text, "title")).toMatchObject({ code: "text_hidden", where: "title" });
  expect(blankFault(`${text}x`, "title")).toBeUndefined();
});

test.each(["…", "+", "é", "日", "👩‍💻", "7"])("%s shows something", (text) => {
  expect(blankFault(text, "title")).toBeUndefined();
});

test("line feeds and tabs only where lines are allowed; the character and the field are named", () => {
  expect(hiddenFault("a\n\tb", "rationale", true)).toBeUndefined();
  expect(hiddenFault("a\n\u202eb", "rationale", true)).toMatchObject({
    message: "holds the character U+202E",
    where: "rationale",
  });
});
