// The order of every key: none is forgotten, and none is left over.
import { expect, test } from "vitest";
import { configKeys } from "../../../src/core/config/keys.ts";
import { stricterMeans } from "../../../src/core/config/strictness.ts";
import { orders } from "../../../src/core/config/strictness-orders.ts";

test("every key has an order or a reason why it has none, and nothing else has", () => {
  expect(Object.keys(orders).toSorted()).toEqual([...configKeys].toSorted());
  for (const key of configKeys) expect(stricterMeans(key)).toMatch(/\S{3,}/);
});
