// Values behind names: every way to assign, in code and configuration, and what only looks like one.
import { describe, expect, test } from "vitest";
import { scannerOf } from "../../../src/core/secrets/find.ts";
import { shippedRules } from "../../support/served.ts";

const scanner = scannerOf(shippedRules().secrets);
const rules = (text: string, entropy = true): readonly string[] =>
  scanner.find(text, { path: "a.ts", entropy }).map(({ rule }) => rule);
/** Put together here, so that no scanner of this repository finds a key in it. */
const HEX = ["4f6a1b", "9c3d2e", "8f7a0b", "1c5d9e", "6f2a8b", "3c"].join("");

describe("a provider's key", () => {
  test.each<[string, string]>([
    ["in code", `const adobeToken = "${HEX}";`],
    ["in Go", `adobeToken := "${HEX}"`],
    ["in a hash", `"adobe_token" => '${HEX}'`],
    ["in YAML", `adobe_token: ${HEX}`],
    ["in JSON", `{\n  "adobeToken": "${HEX}"\n}`],
    ["in JSON within JSON", String.raw`{"a": "{\"adobe\": \"${HEX}\"}"}`],
    ["in XML", `<adobeToken>\n    ${HEX}\n</adobeToken>`],
    ["in a call", `System.setProperty("ADOBE_TOKEN", "${HEX}")`],
    ["in a makefile", `ADOBE_TOKEN ?= ${HEX}`],
    ["in an environment file with CRLF", `ADOBE_TOKEN=${HEX}\r\n`],
  ])("%s", (_, text) => {
    expect(rules(text, false)).toEqual(["adobe-secret"]);
  });
});

test.each<[string, string]>([
  ["a value that goes on", `adobe = "${HEX}${HEX}"`],
  ["a call", `adobe = ${HEX}(1)`],
  ["a word", `adobe = "${"abcdefgh".repeat(4)}"`],
  ["a name in a list", `["adobe", ${HEX.slice(0, 8)}]`],
])("%s is none", (_, text) => {
  expect(rules(text, false)).toEqual([]);
});

test("random values behind words for secrets count with entropy, and not without", () => {
  const text = `client_secret = "${["hX7", "q2Lp9", "Vt4Zk8", "Rw1"].join("")}"`;
  expect(rules(text)).toEqual(["assigned-secret"]);
  expect(rules(text, false)).toEqual([]);
});
