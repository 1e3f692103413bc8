// Digests: one spelling, and the hash that the standard says.
import { expect, test } from "vitest";
import { digestSchema, sha256 } from "../../../src/core/base/digest.ts";

const EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

test.each([
  EMPTY.toUpperCase(),
  EMPTY.slice(1),
  `${EMPTY}0`,
  `${EMPTY}\n`,
  ` ${EMPTY}`,
  `sha256:${EMPTY}`,
  "",
])("refuses %j", (text) => {
  expect(digestSchema.safeParse(text).success).toBe(false);
});

test("SHA-256 of nothing, of abc (FIPS 180-4), and of text as UTF-8", () => {
  expect(sha256("")).toBe(EMPTY);
  expect(sha256("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  expect(sha256("é")).toBe(sha256(Uint8Array.of(0xc3, 0xa9)));
  expect(digestSchema.parse(EMPTY)).toBe(EMPTY);
});
