// Single characters: what stands before and behind decides; the whole of Unicode is judged without a throw.
import { expect, test } from "vitest";
import { asLine, hiding, SUSPECT } from "../../../src/core/content/invisible.ts";

test("nothing that Unicode draws as nothing passes between two letters", () => {
  const passed: string[] = [];
  for (let code = 0x80; code <= 0x10ffff; code += 1) {
    if (code >= 0xd800 && code <= 0xdfff) continue;
    const letter = String.fromCodePoint(code);
    if (
      /[\p{DI}\p{Zl}\p{Zp}\p{Cc}\p{Co}\p{Cn}]/u.test(letter) &&
      hiding(asLine(`a${letter}b`, false), 1) === undefined
    )
      passed.push(code.toString(16));
  }
  expect(passed).toEqual([]);
});

test("what is not suspect is not judged", () => {
  for (const letter of "aé字😀\u3000٣") expect(SUSPECT.test(letter)).toBe(false);
});
