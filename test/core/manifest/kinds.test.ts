// Kinds of files by extension and by name.
import { describe, expect, test } from "vitest";
import { isKind } from "../../../src/core/manifest/kinds.ts";

const kinds = { extensions: [".ts", ".md"], names: ["Makefile", "LICENSE"] };

describe("not of the kind", () => {
  test.each(["a.exe", "a", ".ts", "x/.md", "a.ts.exe", "a.ts/b", "Makefile/x", "Makefile2", "a.", ""])(
    "%j",
    (path) => {
      expect(isKind(path, kinds)).toBe(false);
    },
  );

  test("with empty lists", () => {
    expect(isKind("a.ts", { extensions: [], names: [] })).toBe(false);
    expect(isKind("a", { extensions: [""], names: [] })).toBe(false);
  });
});

test.each(["a.ts", "x/y.MD", "a.b.ts", "Makefile", "x/makefile", "LICENSE"])("of the kind: %s", (path) => {
  expect(isKind(path, kinds)).toBe(true);
});
