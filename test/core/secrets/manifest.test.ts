// Secrets of Kubernetes: every value of a document that says to be one, to its last character, and of no other document.
import { describe, expect, test } from "vitest";
import { scannerOf } from "../../../src/core/secrets/find.ts";
import { shippedRules } from "../../support/served.ts";

const scanner = scannerOf(shippedRules().secrets);
const values = (text: string): readonly string[] =>
  scanner
    .find(text, { path: "a.yaml", entropy: true })
    .filter(({ rule }) => rule === "kubernetes-secret")
    .map(({ start, end }) => text.slice(start, end));

const b64 = (text: string): string => Buffer.from(text).toString("base64");
const [WORD, DOOR] = [b64("the password"), b64("zebra4711")];
const LONG = b64("a key store, in a file of some size. ".repeat(100));
const head = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: somenamehere\n";

describe("found", () => {
  test.each<[string, string, readonly string[]]>([
    ["data", `${head}data:\n  word: ${WORD}\n`, [WORD]],
    ["every value behind a long one", `${head}data:\n  jks: ${LONG}\n  door: ${DOOR}\n`, [LONG, DOOR]],
    ["data before the kind", `apiVersion: v1\ndata:\n  door: ${DOOR}\nkind: Secret\n`, [DOOR]],
    ["data far from the kind", `${head}${"  # a line\n".repeat(400)}data:\n  door: ${DOOR}\n`, [DOOR]],
    ["a comment behind the kind", `${head.replace("Secret", "Secret # mine")}data:\n  a: ${DOOR}\n`, [DOOR]],
    ["quotes", `${head}data:\n  "a": "${WORD}"\n  'b': '${DOOR}' # mine\n`, [WORD, DOOR]],
    [
      "a value in lines",
      `${head}data:\n  a: |\n    ${WORD}\n    ${DOOR}\n  b: ${DOOR}\n`,
      [`${WORD}\n    ${DOOR}`, DOOR],
    ],
    ["a tag before the value", `${head}data:\n  a: !!binary |\n    ${WORD}\n`, [WORD]],
    ["line ends of Windows", `${head}data:\n  a: ${WORD}\n`.replaceAll("\n", "\r\n"), [WORD]],
    [
      "an item of a list",
      `kind: List\nitems:\n- kind: Secret\n  data:\n    a: ${WORD}\n- data:\n    b: ${DOOR}\n  kind: Secret\n`,
      [WORD, DOOR],
    ],
    ["text of stringData", `${head}stringData:\n  pin.txt: zebra4711hello\n`, ["zebra4711hello"]],
    [
      "stringData behind a telling name",
      `${head}stringData:\n  password: correct horse battery\n`,
      ["correct horse battery"],
    ],
    ["JSON", JSON.stringify({ kind: "Secret", data: { a: WORD, b: DOOR } }), [WORD, DOOR]],
    [
      "JSON in lines",
      JSON.stringify({ data: { a: WORD }, kind: "Secret", stringData: { pin: "zebra4711" } }, undefined, 2),
      [WORD, "zebra4711"],
    ],
  ])("%s", (_, text, expected) => {
    expect(values(text)).toEqual(expected);
  });
});

describe("no secret", () => {
  test.each<[string, string]>([
    ["another kind", `${head.replace("Secret", "ConfigMap")}data:\n  word: ${WORD}\n`],
    [
      "another document",
      `${head.replace("Secret", "ConfigMap")}data:\n  word: ${WORD}\n---\n${head}---\ndata:\n  word: ${WORD}\n`,
    ],
    ["what a template fills in", `${head}data:\n  word: {{ .Values.word | b64enc }}\n`],
    [
      "names and places of stringData",
      `${head}stringData:\n  username: administrator\n  url: https://git.example.org/a/b1\n  host: db01.internal.example\n  password: \${PASSWORD}\n`,
    ],
    ["code", `const one = { kind: "secret", data: { name: "somethingLong" } };\n`],
    ["a word", "kind: Secrets are kept elsewhere\ndata:\n  word: something\n"],
  ])("%s", (_, text) => {
    expect(values(text)).toEqual([]);
  });
});

test("many that say to be one take time in proportion", () => {
  const text = `${"kind: Secret\n".repeat(60_000)}data:\n  a: ${WORD}\n${'"data":{'.repeat(20_000)}`;
  expect(values(text)).toContain(WORD);
});
