// Lines of faults in conditions and gates: in the file where it says them, else at what made them necessary.
import { expect, test } from "vitest";
import { faultsOf } from "../../support/presets.ts";

const lines = (preset: "quickstart" | "default" | "hardened", toml: string): readonly string[] =>
  faultsOf(preset, toml).map(({ key, line }) => `${key} ${line}`);

const first =
  '[[conditions]]\nid = "a"\nprovider = "time"\nquery = { check = "hour" }\ncomparator = "exists"\n';

test.each<[string, string, readonly string[]]>([
  // The file is laid over the preset's list, so that places in the list are no places in the file.
  [
    "a rule about the second condition of the file",
    `${first}[[conditions]]\nid = "b"\nprovider = "time"\nquery = { check = "noon" }\ncomparator = "exists"`,
    ["conditions.b.query 10"],
  ],
  [
    "a key of it that is missing",
    `${first}[[conditions]]\nid = "b"\nprovider = "time"\nquery = { check = "hour" }\ncomparator = "equals"`,
    ["conditions.b.expected 7"],
  ],
  [
    "a word of it",
    `${first}[[conditions]]\nid = "b"\nprovider = "time"\nquery = { check = "hour" }\ncomparator = "is"`,
    ["conditions.b.comparator 11"],
  ],
  ["the second of one id", `${first}${first}`, ["conditions.a.id 8"]],
  ["a tree", '[gates.landing]\nrequire = { all = ["structure", "x"] }', ["gates.landing.require 3"]],
  [
    "a tree of several lines",
    '[gates.landing]\nmin_lane = "verified"\nrequire = { all = [\n  "structure",\n  { any = [] },\n] }',
    ["gates.landing.require.all.1.any 4"],
  ],
  ["a gate by a dotted key", 'gates.landing.require = "x"', ["gates.landing.require 2"]],
  // The preset's condition: what the file takes away is told where it is taken.
  [
    "what makes the preset's condition wrong",
    '[evidence]\nproviders = ["time"]',
    ["conditions.structure.provider 3"],
  ],
  [
    "an entry of a list",
    '[[dispatch.rules]]\neffect = "permit"\npaths = ["a"]\n[[dispatch.rules]]\neffect = "error"\npaths = ["b"]',
    ["dispatch.rules.1.message 5"],
  ],
])("%s", (_, toml, expected) => {
  expect(lines("quickstart", toml)).toEqual(expected);
});

test("a key of evidence that is missing is told at the keys that there are, else at the preset", () => {
  const rest = '[server.http.tls]\ncert_file = "c"\nkey_file = "k"\n[namespace]\nname = "lab"\n';
  expect(lines("hardened", rest)).toEqual(["evidence.keys 1"]);
  expect(lines("hardened", `${rest}[evidence]\nkeys = []`)).toEqual(["evidence.keys 8"]);
});

test("with an entry at fault, gates are not said to name what is not there", () => {
  expect(
    lines("quickstart", `${first.replace("hour", 'hour", x = 0.5, y = "')}[gates.verdict]\nrequire = "a"`),
  ).toEqual(["conditions.a.query.x 5"]);
});
