// Armoured keys and passwords in URLs: found by their structure, whatever writes their lines.
import { describe, expect, test } from "vitest";
import { scannerOf } from "../../../src/core/secrets/find.ts";
import { shippedRules } from "../../support/served.ts";
import { pieced } from "../../support/pieced.ts";

const scanner = scannerOf(shippedRules().secrets);
const hits = (text: string): readonly [string, string][] =>
  scanner
    .find(text, { path: "a.ts", entropy: true })
    .map(({ rule, start, end }) => [rule, text.slice(start, end)]);
const rules = (text: string): readonly string[] => hits(text).map(([rule]) => rule);

/** Put together here, so that no scanner of this repository finds a key in it. */
const [HEAD, END] = ["BEGIN", "END"].map((word) => [`-----${word}`, "PRIVATE", "KEY-----"].join(" ")) as [
  string,
  string,
];
const LINE = pieced(["MIIEvQIBADANBgkqhkiG9", "w0BAQEFAASCBKcwggSjAgEAAoIBAQDAC4AWkdwKYSd8"]);

describe("a private key", () => {
  test.each([
    ["in lines", `${HEAD}\n${LINE}\n${LINE}\n${END}`],
    ["with CRLF", `${HEAD}\r\n${LINE}\r\n${END}`],
    ["in JSON", JSON.stringify(`${HEAD}\n${LINE}\n${END}`)],
    ["in pieces of code", `"${HEAD}" +\n  "${LINE}" +\n  "${END}"`],
    ["without its end", `${HEAD}\n${LINE}\n`],
  ])("%s is found, and its body with it", (_, text) => {
    expect(rules(text)).toEqual(["private-key"]);
    expect(hits(text)[0]?.[1]).toContain(LINE.slice(0, 20));
  });

  test.each([
    [
      "only its first line",
      `if (text.startsWith("${HEAD}")) return importTheKeyThatSomebodyHandedInAsText(text);`,
    ],
    ["dots for its body", `${HEAD}\n...\n${END}`],
  ])("%s is none", (_, text) => {
    expect(rules(text)).toEqual([]);
  });
});

describe("a URL", () => {
  const at = (word: string): string => `https://admin:${word}@db.internal/main`;
  test("with a password", () => {
    const word = ["r3al", "P4ssw0rd"].join("");
    expect(hits(at(word))).toEqual([["url-credentials", word]]);
  });
  test.each(["admin", "password", "${PASSWORD}", "<password>", "8080", "xxxx", "changeme"])(
    "with %s passes",
    (word) => {
      expect(rules(at(word))).toEqual([]);
    },
  );
});
