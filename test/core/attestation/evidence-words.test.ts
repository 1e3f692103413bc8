// Parameters on a command line: signer and verifier must read the same words alike.
import { expect, test } from "vitest";
import { readParams } from "../../../src/core/attestation/evidence-words.ts";

test.each([
  [["suite"], "name=value"],
  [["=x"], "name=value"],
  [["a=1", "a=2"], "twice"],
  [[`a=${"x".repeat(201)}`], "a "],
  [[`${"n".repeat(65)}=1`], "--param"],
  [["__proto__=1"], "--param"],
  [["n=9007199254740993"], "n "],
  [Array.from({ length: 33 }, (_, i) => `p${i}=1`), "at most"],
])("refused: %j", (words, said) => {
  expect(() => readParams(words)).toThrow(
    expect.objectContaining({ code: "usage", message: expect.stringContaining(said) as string }),
  );
});

test("texts, numbers and truth values", () => {
  expect(
    readParams([
      "suite=unit",
      "shards=4",
      "minus=-3",
      "strict=true",
      'text="4"',
      "rate=1.5",
      "zeros=007",
      "eq=a=b",
      "empty=",
    ]),
  ).toEqual({
    suite: "unit",
    shards: 4,
    minus: -3,
    strict: true,
    text: "4",
    rate: "1.5",
    zeros: "007",
    eq: "a=b",
    empty: "",
  });
});
