// D02, D25: remove, corrupt, delay, oversize or throw in each provider: never an allow, always its own code.
import { beforeAll, describe, expect, test } from "vitest";
import { providerNames } from "../../src/core/gate/providers.ts";
import { type Outcome, runMatrix, sources } from "../faults/matrix.ts";
import { faultNames } from "../faults/row.ts";

let outcomes: readonly Outcome[];
beforeAll(async () => {
  outcomes = await runMatrix(() => undefined);
});

test("every provider is in the matrix", () => {
  expect(sources.map(({ provider }) => provider).sort()).toEqual([...providerNames].sort());
});

describe.each(providerNames)("%s", (provider) => {
  test.each(faultNames)("%s", (fault) => {
    const outcome = outcomes.find((one) => one.provider === provider && one.fault === fault);
    expect(outcome?.wrong).toBeUndefined();
    expect(outcome?.found).toBe(outcome?.expected ?? "a row");
  });
});
