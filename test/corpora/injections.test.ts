// Prompt injections of the corpus: most are flagged, and hardly anything benign is.
import { describe, expect, test } from "vitest";
import { hasCorpora } from "../support/corpora.ts";
import { measure } from "./measure-injections.ts";

describe.skipIf(!hasCorpora())("prompt injections of the corpus", () => {
  test("the aims are met", async () => {
    const measured = await measure();
    expect(measured.filter(({ ok }) => !ok)).toEqual([]);
    expect(measured.map(({ rows }) => rows).every((rows) => rows > 0)).toBe(true);
  });
});
