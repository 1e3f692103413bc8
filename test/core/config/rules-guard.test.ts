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

test.each<readonly [string, string]>([
  ['endpoint = "https://guard.example/v1"', "guard.model"],
  ['model = "m"', "guard.model"],
  ['key = "env:GUARD_KEY"', "guard.key"],
  ...[
    "guard.example/v1",
    "ftp://guard.example/v1",
    "http://guard.example/v1",
    "http://10.0.0.1/v1",
    "http://127.0.0.1.example/v1",
    "https://user:pw@guard.example/v1",
    "https://guard.example/v1?a=b",
    "https://guard.example/v1#a",
  ].map((url) => [`endpoint = "${url}"\nmodel = "m"`, "guard.endpoint"] as const),
  ...["a-literal-that-is-a-key", "cmd:/bin/echo", "keyring:a/b", "env:LD_PRELOAD", "file:relative"].map(
    (key) => [`endpoint = "https://guard.example/v1"\nmodel = "m"\nkey = "${key}"`, "guard.key"] as const,
  ),
])("half a classifier is a fault: %j", (toml, key) => {
  expect(of("quickstart", `[guard]\n${toml}`)).toEqual([key]);
});

test("the variable of the classifier's key is none that a condition may ask for", () => {
  const guard = '[guard]\nendpoint = "https://guard.example/v1"\nmodel = "m"\nkey = "env:GUARD_KEY"';
  const faults = faultsOf("quickstart", `${guard}\n[evidence.env]\nallow = ["GUARD_KEY"]`);
  expect(faults.map(({ key }) => key)).toEqual(["evidence.env.allow"]);
});

test.each([
  ["quickstart", "http://127.0.0.1:8080/v1"],
  ["quickstart", "http://[::1]:8080/v1"],
  ["hardened", "http://localhost:11434/v1"],
  ["hardened", "https://guard.example/v1/"],
  ["hardened", "https://10.0.0.5/v1"],
] as const)("%s may ask %s", (preset, url) => {
  const toml = `[guard]\nendpoint = "${url}"\nmodel = "m"\nkey = "file:/run/secrets/guard"`;
  expect(of(preset, toml)).toEqual([]);
});
