// Hostile, manual and benign patches of the shared corpus as orders: what the validator, alone, makes of each.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  canonicalOf,
  isGits,
  may,
  openPatchLab,
  orders,
  type PatchLab,
} from "../corpora/measure-git-patches.ts";
import { hasCorpora } from "../support/corpora.ts";

const present = hasCorpora();
let lab: PatchLab;
beforeAll(() => {
  if (present) lab = openPatchLab();
});
afterAll(() => {
  if (present) lab.remove();
});

test.skipIf(!present)("the corpus is nearly all expressible as orders", () => {
  expect(orders.length).toBeGreaterThanOrEqual(165);
});

describe("a patch as its author wrote it, past the gateway", () => {
  test.each(orders)("$name", async ({ row, text }) => {
    expect(canonicalOf(text) === text ? may(row) : ["REJECTED"]).toContain(await lab.outcome(row, text));
  });
});

describe("a patch in canonical spelling, past the gateway", () => {
  const spelt = orders.flatMap(({ row, text, name }) => {
    const patch = canonicalOf(text);
    return patch === undefined || patch === text ? [] : [{ row, patch, name }];
  });

  test.each(spelt)("$name", async ({ row, patch }) => {
    const seen = await lab.outcome(row, patch);
    expect(may(row)).toContain(seen);
    if (row.verdict === "reject_or_git" && seen === "APPROVED") expect(isGits(row, patch)).toBe(true);
  });
});

describe("a patch by way of the gateway's own composition", () => {
  const benign = orders.filter(({ row }) => row.verdict === "ok" || row.verdict === "manual");

  test.each(benign)("$name", async ({ row, text }) => {
    const patch = await lab.composed(row, text);
    expect(patch).toBeDefined();
    expect(may(row)).toContain(await lab.outcome(row, patch ?? ""));
  });
});
