// Names of principals: letter case tells none apart, and ours are taken.
import { expect, test } from "vitest";
import { entryNamed, isReservedName, principalNameSchema } from "../../../src/core/identity/principal.ts";

test.each([
  "gateway",
  "Gateway",
  "VALIDATOR",
  "integrator",
  "countersign",
  "unknown",
  "anonymous",
  "operator",
])("%s is a name of our own entries in the log", (name) => {
  expect(isReservedName(name)).toBe(true);
  expect(isReservedName(`${name}2`)).toBe(false);
});

test("an entry is found in any letter case, the first one first, and by its whole name only", () => {
  const entries = [
    { name: "Bot", n: 1 },
    { name: "bot", n: 2 },
  ];
  for (const name of ["bot", "Bot", "BOT"]) expect(entryNamed(entries, name)?.n).toBe(1);
  for (const name of ["bo", "bott", ""]) expect(entryNamed(entries, name)).toBeUndefined();
});

test.each(["", "local:stdio", "a b", "-a", "a".repeat(65), "a\n", "ä"])("%j is no name", (name) => {
  expect(principalNameSchema.safeParse(name).success).toBe(false);
});
