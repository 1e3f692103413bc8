import { expect, test } from "vitest";
import * as fc from "fast-check";
import { countLines, pageFrom } from "../../../src/gateway/tools/lines.ts";

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const limits = { lines: 3, bytes: 10 };

test.each([
  ["behind the end", "a\nb\n", 3, 0],
  ["far behind the end", "a\n", 1000, 0],
  ["start_byte behind the line", "abc\nd\n", 1, 4],
  ["start_byte at the next line", "abc\nd\n", 1, 5],
  ["start_byte within a character", "é\n", 1, 1],
  ["line 2 of an empty file", "", 2, 0],
  ["byte 1 of an empty file", "", 1, 1],
])("no page %s", (_, content, line, byte) => {
  expect(pageFrom(text(content), line, byte, limits)).toBeUndefined();
});

test.each([
  ["", 0],
  ["a", 1],
  ["a\n", 1],
  ["a\nb", 2],
  ["\n\n", 2],
])("counts the lines of %j", (content, lines) => {
  expect(countLines(text(content))).toBe(lines);
});

test("an empty file is one empty page", () => {
  expect(pageFrom(text(""), 1, 0, limits)).toMatchObject({
    from: 0,
    to: 0,
    first: 1,
    last: 0,
    next: undefined,
  });
});

test("a page ends at the limit of lines, and at the limit of bytes", () => {
  expect(pageFrom(text("1\n2\n3\n4\n"), 1, 0, limits)).toMatchObject({
    to: 6,
    last: 3,
    next: { line: 4, byte: 0 },
  });
  expect(pageFrom(text("12345\n6789\n"), 1, 0, limits)).toMatchObject({
    to: 6,
    last: 1,
    next: { line: 2, byte: 0 },
  });
  // Exactly the limit fits; one byte more does not.
  expect(pageFrom(text("1234\n6789\n"), 1, 0, limits)).toMatchObject({ to: 10, next: undefined });
});

test("a line longer than a page is cut before a character, never within", () => {
  const long = text(`${"é".repeat(20)}\nend\n`);
  expect(pageFrom(long, 1, 0, { lines: 3, bytes: 9 })).toMatchObject({
    from: 0,
    to: 8,
    first: 1,
    last: 1,
    next: { line: 1, byte: 8 },
  });
});

test("pages put together are the file, in valid UTF-8, within the limits", () => {
  const content = fc.array(
    fc.constantFrom("a", "bc", "é", "日本", "😀", "\n", "\n\n", "\r\n", "x".repeat(15)),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(content, (parts) => {
      const bytes = text(parts.join(""));
      const decoder = new TextDecoder("utf-8", { fatal: true });
      let all = "";
      let at: { line: number; byte: number } | undefined = { line: 1, byte: 0 };
      while (at !== undefined) {
        const page = pageFrom(bytes, at.line, at.byte, limits);
        expect(page).toBeDefined();
        expect(page!.to - page!.from).toBeLessThanOrEqual(limits.bytes);
        expect(page!.last - page!.first + 1).toBeLessThanOrEqual(limits.lines);
        all += decoder.decode(bytes.subarray(page!.from, page!.to));
        expect(page!.next === undefined || page!.to > page!.from).toBe(true);
        at = page!.next;
      }
      expect(all).toBe(parts.join(""));
    }),
  );
});
