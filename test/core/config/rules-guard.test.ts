// Rules of the guard: off only in quickstart, trust only for who proves a name, no key that nobody reads.
import { expect, test } from "vitest";
import { faultsOf } from "../../support/presets.ts";

const SUBJECT = `token:${"ab12".repeat(16)}`;
const entry = (subjects: string): string =>
  `[[principals]]\nname = "ci"\nsubjects = ${subjects}\nroles = ["proposer"]\n`;
const of = (preset: "quickstart" | "default" | "hardened", toml: string): readonly string[] =>
  faultsOf(preset, toml)
    .filter(({ key }) => key.startsWith("guard"))
    .map(({ key }) => key);

test("U11: off is an error everywhere but in quickstart", () => {
  expect(of("hardened", "[guard]\nenabled = false")).toEqual(["guard.enabled"]);
  expect(of("default", "[guard]\nenabled = false")).toEqual(["guard.enabled"]);
  expect(of("quickstart", "[guard]\nenabled = false")).toEqual([]);
});

test.each([
  ["nobody", ""],
  ["somebody without a proof", entry("[]")],
  ["a caller of this machine", entry('["local:stdio"]')],
  ["a caller of this machine with a token, too", entry(`["local:stdio", "${SUBJECT}"]`)],
])("U06: %s cannot be trusted", (_, principals) => {
  expect(of("quickstart", `[guard]\ntrusted = ["ci"]\n${principals}`)).toEqual(["guard.trusted.0"]);
});

test("U06: nobody is trusted who is not named, and an empty name is none", () => {
  expect(of("quickstart", '[guard]\ntrusted = [""]')).not.toEqual([]);
});

test("whoever has a token can be trusted", () => {
  expect(of("quickstart", `[guard]\ntrusted = ["ci"]\n${entry(`["${SUBJECT}"]`)}`)).toEqual([]);
});

test.each(["endpoint", "model", "key"])("a classifier cannot be asked yet: %s", (name) => {
  expect(of("quickstart", `[guard]\n${name} = "x"`)).toEqual([`guard.${name}`]);
});
