// Secretlint as the second engine: it backs the first one up where a password begins like a variable, and lets placeholders be.
import { describe, expect, test } from "vitest";
import { secretlintHits } from "../../../src/validator/scanners/secretlint.ts";
import { pieced } from "../../support/pieced.ts";

/** Put together here, so that no scanner of this repository finds a key in it. */
const R = pieced(["hX7q2Lp9Vt4Z", "k8Wm3Rb6Ny1Cd5"]);
const rules = async (word: string): Promise<readonly string[]> => {
  const hits = await secretlintHits("src/a.ts", `const u = "postgres://app:${word}\u0040db.internal/x";\n`);
  return hits.map(({ rule }) => rule);
};

describe("a URL's password", () => {
  test.each([R, `$${R}`, `(${R}`, `{${R}`, `[${R}`, `%24${R}`])("%s is told", async (word) => {
    expect(await rules(word)).toEqual(["secretlint-database-connection-string"]);
  });

  test.each(["$PASSWORD", "${PASSWORD}", "password", "xxxxxxxx"])("%s is none", async (word) => {
    expect(await rules(word)).toEqual([]);
  });
});
