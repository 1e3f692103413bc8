// The corpus of weak and clean code, read in place: recall by general rules, and silence on the clean files of real projects.
import { expect, test } from "vitest";
import { hasCorpora } from "../support/corpora.ts";
import { judgeSast, measure } from "./measure-sast.ts";

const there = hasCorpora();

test.runIf(there)(
  "at least 85 of 100 weak files are found, and no clean one is",
  async () => {
    const figures = await measure();
    expect(figures.filter(({ ok }) => !ok)).toEqual([]);
    expect(figures.length).toBeGreaterThan(2);
  },
  60_000,
);

test.runIf(there)(
  "no file of it is beyond the parser",
  async () => {
    const judged = await judgeSast();
    expect(judged.length).toBeGreaterThan(200);
    expect(judged.filter(({ found }) => found.length === 1 && /^(?:unreadable|misread)$/.test(found[0] ?? "")).map(({ id }) => id)).toEqual([]);
  },
  60_000,
);
