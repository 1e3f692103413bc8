// D01, D09, D39, X13: each preset from `init` to a landed proposal, other people's clients on it, and what it refuses.
import { describe, expect, test } from "vitest";
import { expectedOf, presets, rows } from "../postures/expected.ts";
import { type Walks, walkAll } from "../postures/walk.ts";

const MINUTES = 60_000;

/** Started once, two at a time; every test waits for the walk of its preset. */
const walks: Walks = walkAll((text) => void process.stderr.write(`${text}\n`), true);
for (const preset of presets) walks[preset].catch(() => undefined);

const tools = [
  "read-manifest",
  "read-file",
  "search-files",
  "propose-patch",
  "patch-status",
  "withdraw-patch",
];

describe.each(presets)("%s", (preset) => {
  test(
    "D01: takes one proposal from an agent over HTTP to a branch of the person",
    async () => {
      expect((await walks[preset]).proposal).toEqual({
        state: "approved",
        principal: preset === "quickstart" ? "local:loopback" : "agent",
        shown: true,
        integrate: 0,
        landed: "one\ntwo and more\nthree\n",
      });
    },
    4 * MINUTES,
  );

  test(
    "X13: serves the stock Inspector and both lines of the SDK",
    async () => {
      const seen = { tools, text: "b\n" };
      expect((await walks[preset]).clients).toEqual({ inspector: seen, v1: seen, v2: seen });
    },
    4 * MINUTES,
  );

  test(
    "D01, D09: refuses what is written down, and nothing else",
    async () => {
      expect((await walks[preset]).column).toEqual(expectedOf(preset));
    },
    4 * MINUTES,
  );
});

test("every row is a promise that one preset keeps in another way, or that all of them keep", () => {
  const differing = rows.filter((row) => new Set(presets.map((preset) => expectedOf(preset)[row])).size > 1);
  expect(rows.length - differing.length).toBeLessThan(rows.length / 4);
  expect(differing.length).toBeGreaterThan(25);
});
