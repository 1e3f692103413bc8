// What a text costs: every rule looks at a flood of beginnings of its form, and tries few expressions for each character.
import { describe, expect, test } from "vitest";
import { scannerOf } from "../../../src/core/secrets/find.ts";
import { shippedRules } from "../../support/served.ts";

const { secrets } = shippedRules();
const scanner = scannerOf(secrets);

function stepsOf(piece: string, length: number): number {
  const work = { steps: 0 };
  const text = piece.repeat(Math.ceil(length / piece.length)).slice(0, length);
  scanner.find(text, { path: "a.ts", entropy: true, work });
  return work.steps;
}

/** What stands between two beginnings: nothing, what parts words, and what words of tokens go on with. */
const BETWEEN = ["", " ", "-", "_", ".", "/", "=", '"', ": ", '="', "aaaa-", "aB3dE6gH9"];
const LENGTH = 4096;
/** Rules that share words look at each of them. */
const MOST_PER_CHARACTER = 8;
/** A word has at least as many characters, and a form that begins before its word is read backwards from each. */
const SHORTEST = 3;

const floods = [
  ...secrets.token.map(({ id, keywords, before }) => [id, keywords, before?.[1] ?? 0] as const),
  ...secrets.assigned.map(({ id, names }) => [id, names, 0] as const),
  [
    "shapes",
    [
      "-----BEGIN ",
      "-----BEGIN PRIVATE KEY-----\n",
      "a://",
      "a://b:c",
      "kind: Secret\n",
      'kind: Secret\n  data: {"a',
      "password",
      "password: |\n",
      'setPassword("',
      String.raw`\u0061`,
      '"a" + ',
      "eyJaaaaaaaaa.",
    ],
    0,
  ] as const,
];

describe("a flood of its beginnings costs little", () => {
  test.each(floods)("%s", (_, words, before) => {
    const most = MOST_PER_CHARACTER + before / SHORTEST;
    for (const word of words.slice(0, 13))
      for (const between of BETWEEN) {
        const steps = stepsOf(`${word}${between}`, LENGTH);
        expect(steps / LENGTH, `${word}${between}`).toBeLessThan(most);
      }
  });
});

test.each([
  ["beginnings of links", "eyJ-"],
  ["an ending that stands there again and again", `${String.raw`\u0041`}${"+AMC".repeat(48)}\n`],
  ["values that are found", `adobe=${["4f6a1b", "9c3d2e", "8f7a0b", "1c5d9e", "6f2a8b", "3c"].join("")} `],
])("twice the length of %s costs twice as much", (_, piece) => {
  const [once, twice] = [stepsOf(piece, LENGTH), stepsOf(piece, 2 * LENGTH)];
  expect(once).toBeGreaterThan(0);
  expect(twice / once).toBeLessThan(2.2);
});
