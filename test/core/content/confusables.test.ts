// The list of look-alikes: each stands once, none is ASCII, and what is seen is folded.
import { expect, test } from "vitest";
import { asSeen, looksLike } from "../../../src/core/content/confusables.ts";

test("look-alikes are folded to what is seen, and nothing else is", () => {
  expect(asSeen("іgnоrе аll рrеvіоuѕ")).toBe("ignore all previous");
  expect(asSeen("Größe 请 ok")).toBe("Größe 请 ok");
});

test("ASCII looks like nothing else", () => {
  for (let code = 0; code < 128; code += 1) expect(looksLike(String.fromCodePoint(code))).toBeUndefined();
});
