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

/** Looks drawn, and is put together here. */
const DRAWN = ["q7Xv2LbN9s", "Tz4KdW8mRc", "5YhJ3pGf6V", "aE"].join("");

describe("a random value", () => {
  test.each<[string, string]>([
    ["of Rust", `const API_KEY: &str = "${DRAWN}";`],
    ["of TypeScript", `const apiKey: string = "${DRAWN}";`],
    ["of Kotlin", `const val API_KEY: String = "${DRAWN}"`],
    ["of Go in bytes", `var jwtSecret = []byte("${DRAWN}")`],
    ["of C", `#define API_KEY "${DRAWN}"`],
    ["of a setter", `client.setApiKey("${DRAWN}")`],
    ["of a default", `process.env.API_KEY ?? "${DRAWN}"`],
    ["of XML", `<password>${DRAWN}</password>`],
    ["of an attribute", `<add key="ApiKey" value="${DRAWN}"/>`],
    ["of an environment in YAML", `  - name: DB_PASSWORD\n    value: "${DRAWN}"`],
    ["of a pair in JSON", `{"name":"DB_PASSWORD","value":"${DRAWN}"}`],
    ["of Terraform", `variable "db_password" {\n  default = "${DRAWN}"\n}`],
    ["of a flag", `mycli --password ${DRAWN} login`],
    ["of Rails", `RAILS_MASTER_KEY=${HEX}`],
    ["behind a word of a placeholder", `DB_PASSWORD=my-${DRAWN}`],
    ["before a fill", `DB_PASSWORD=${DRAWN}00000000`],
  ])("%s", (_, text) => {
    expect(rules(text)).toEqual(["assigned-secret"]);
  });
});

test.each<[string, string]>([
  ["a call for a keyword argument", "User(hashed_password=get_password_hash(obj.password))"],
  ["a name for a keyword argument", "connect(db_password=config.password, proxy_auth=proxy.raw_auth)"],
  ["a path for a keyword argument", "send(target=proxy.url.raw_path, http_auth=HTTPBasicAuth)"],
  ["a digest of a provider's tool", `SENTRY_CLI_SHA256=${HEX}${HEX}`],
  ["a commit of a provider's tool", `jira_commit: ${HEX}`],
  ["a channel", `DISCORD_CHANNEL_ID = ${"12".repeat(9)}`],
  ["a project", `asana_project: ${"12".repeat(8)}`],
  ["a comparison", `if (token > ${DRAWN}) return;`],
])("%s is no secret", (_, text) => {
  expect(rules(text)).toEqual([]);
});
