// What the mutation run (npm run mutate) found that no other test noticed in the run of vectors: what is said of no vector.
import { expect, test } from "vitest";
import { checkVector } from "../../../src/core/gate/vectors.ts";

test("what is no vector is a fault of use that says where", () => {
  const line = { id: "a", kind: "value", text: 1, canonical: "1" };
  expect(() => checkVector(line)).toThrow(
    expect.objectContaining({
      code: "usage",
      message: expect.stringMatching(/^is not a vector: [\s\S]*at text$/) as string,
    }),
  );
});
