// What is only likely to be a secret: words in URLs, ids with a form that keys have; and what makes it sure.
import { describe, expect, test } from "vitest";
import { scannerOf } from "../../../src/core/secrets/find.ts";
import { shippedRules } from "../../support/served.ts";
import { pieced } from "../../support/pieced.ts";

const scanner = scannerOf(shippedRules().secrets);
const judged = (text: string): readonly [string, boolean][] =>
  scanner.find(text, { path: "a.ts", entropy: true }).map(({ rule, likely }) => [rule, likely === true]);

/** Put together here, so that no scanner of this repository finds a key in it. */
const HEX = ["4f6a1b", "9c3d2e", "8f7a0b", "1c5d9e", "6f2a8b", "3c"].join("");
const DRAWN = ["q7Xv2LbN9s", "Tz4KdW8mRc"].join("");
const UUID = [HEX.slice(0, 8), HEX.slice(8, 12), HEX.slice(12, 16), HEX.slice(16, 20), HEX.slice(20)].join(
  "-",
);
const url = (word: string, host: string): string => `postgres://app:${word}@${host}/main`;
const pair = (word: string): string => Buffer.from(`app:${word}`).toString("base64");

describe("a person is asked for", () => {
  test.each<[string, string, string]>([
    ["a word in a URL", url("flabada", "db.internal.example.net"), "url-credentials"],
    ["a word and a year in a URL", url("Summer2024!", "db.corp.net"), "url-credentials"],
    ["a password on one's own machine", url("kx&lomt!vqz", "localhost:5432"), "url-credentials"],
    ["a word that a header carries", `Authorization: Basic ${pair("opensesame")}`, "basic-authorization"],
    ["a word that curl sends", pieced(["curl -u ", "alice:sesame https://api.corp.net"]), "curl-user"],
    ["an id of an account", `sid = AC${HEX}`, "twilio-account"],
    ["the name of a cache", `cache: key-${HEX}`, "mailgun-key"],
    ["an id with a beginning", `resource api-${UUID}`, "launchdarkly-client"],
  ])("%s", (_, text, rule) => {
    expect(judged(text)).toEqual([[rule, true]]);
  });
});

describe("nobody is asked for", () => {
  test.each<[string, string, string]>([
    ["what was drawn in a URL", url(DRAWN, "localhost"), "url-credentials"],
    ["a password of no words", url("tr0ub4dor&", "db.corp.net"), "url-credentials"],
    ["what was drawn in a header", `Authorization: Basic ${pair(DRAWN)}`, "basic-authorization"],
    ["a key", `SK${HEX}`, "twilio-key"],
    ["the key of a server", `sdk-${UUID}`, "launchdarkly-key"],
    ["the form behind a name for keys", `MAILGUN_API_KEY=key-${HEX}`, "mailgun-key"],
    ["the form behind a name for tokens", `"access_token": "api-${UUID}"`, "launchdarkly-client"],
    ["a value behind a name for secrets", `LINKEDIN_CLIENT_SECRET=${DRAWN.slice(0, 16)}`, "linkedin-id"],
  ])("%s", (_, text, rule) => {
    const [first] = judged(text);
    expect(first).toEqual([rule, false]);
  });
});

test("what is likely hides nothing that is sure, wherever it begins", () => {
  const token = ["gh", "p_", DRAWN, DRAWN.slice(0, 16)].join("");
  const text = `curl -u app:word${token} https://api.corp.net`;
  expect(judged(`${url("word", "host")} ${token}`)).toContainEqual(["github-token", false]);
  expect(judged(text).some(([, likely]) => !likely)).toBe(true);
});
