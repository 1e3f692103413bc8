// Readers of bytes refuse what they would have to guess; every other pair of conversions loses nothing.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  bytesOf,
  byteText,
  fromBase64,
  fromUtf8,
  toBase64,
  utf8,
  utf8Length,
} from "../../../src/core/base/bytes.ts";

describe("refusals", () => {
  test.each([
    ["overlong slash", [0xc0, 0xaf]],
    ["lone continuation", [0x80]],
    ["cut short", [0xe2, 0x82]],
    ["surrogate in UTF-8", [0xed, 0xa0, 0x80]],
    ["beyond U+10FFFF", [0xf4, 0x90, 0x80, 0x80]],
    ["latin-1", [0x63, 0x61, 0x66, 0xe9]],
  ])("fromUtf8: %s", (_, bytes) => {
    expect(fromUtf8(Uint8Array.from(bytes))).toBeUndefined();
  });

  test.each([
    ["URL-safe alphabet", "-_-_"],
    ["trailing bits that decode to the same byte", "QR=="],
    ["no padding", "QQ"],
    ["too much padding", "QQ==="],
    ["line feed", "QUJD\n"],
    ["space", "QU JD"],
    ["text behind the padding", "QQ==QQ=="],
    ["not base64 at all", "*"],
  ])("fromBase64: %s", (_, text) => {
    expect(fromBase64(text)).toBeUndefined();
  });
});

describe("conversions", () => {
  test("a byte-order mark stays a character", () => {
    expect(fromUtf8(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61))).toBe("\ufeffa");
  });

  test("UTF-8 there and back, with its length", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(fromUtf8(utf8(text))).toBe(text);
        expect(utf8(text).length).toBe(utf8Length(text));
      }),
    );
  });

  test("base64 and byte text there and back, also for a view into a larger buffer", () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.nat({ max: 5 }), (bytes, from) => {
        const view = bytes.subarray(from);
        expect(fromBase64(toBase64(view))).toEqual(Buffer.from(view));
        expect(Buffer.from(bytesOf(byteText(view)))).toEqual(Buffer.from(view));
        expect(byteText(view).length).toBe(view.length);
      }),
    );
  });
});
