// Secrets as unseen files have them: drawn anew for each run, in many forms, languages and files.
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { scannerOf } from "../../../src/core/secrets/find.ts";
import { shippedRules } from "../../support/served.ts";

const scanner = scannerOf(shippedRules().secrets);
/** Random text of which a rule for random text is sure: an unlucky draw must not fail a run. */
const mixed = (pairs: number): string =>
  Array.from(randomBytes(pairs), (byte) => `${"abcdefKLMN"[byte % 10]}${(byte >> 4) % 10}`).join("");
const base64 = (text: string): string => Buffer.from(text).toString("base64");
const pem = (): string =>
  generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString();
/** A word and a year, and a sign as servers ask for: put together here. */
const CHOSEN = ["Summer", "2024", "!"].join("");

test.each<[string, () => string]>([
  ["a key in base64 of 64 columns", () => base64(pem()).replaceAll(/.{64}/g, "$&\n")],
  ["a key in base64 of 76 columns", () => base64(pem()).replaceAll(/.{76}/g, "$&\n")],
  ["a symmetric JWK", () => `{"kty":"oct","k":"${mixed(22)}"}`],
  ["a symmetric JWK, its kind last", () => `{"k": "${mixed(22)}", "kty": "oct"}`],
  ["a wallet's key", () => ["xp", "rv", mixed(54).replaceAll("0", "1").slice(0, 107)].join("")],
  ["an RSA key in XML", () => `<RSAKeyValue><D>${randomBytes(96).toString("base64")}</D></RSAKeyValue>`],
  ["a connection", () => `Server=db.corp.net;User Id=sa;Password=${CHOSEN};`],
  ["a connection that ends with it", () => `"Data Source=db;Uid=sa;Pwd=${CHOSEN}"`],
  ["a part of a connection", () => `Password=${CHOSEN};`],
  ["a URL of Java", () => `jdbc:postgresql://db.corp.net/app?user=app&password=${CHOSEN}`],
  [
    "a value of Kubernetes in a part of its file",
    () => `data:\n  password: ${base64("a super secret word")}`,
  ],
  ["a machine's file", () => `machine api.corp.net login bot password ${mixed(8)}`],
  ["a short name", () => `DB_PASS=${mixed(8)}`],
  ["letters without digits", () => `password = "${["kQzPyrXuWDbPowLmEZ", "QxRt"].join("")}"`],
])("%s is found", (_, make) => {
  const text = make();
  expect(scanner.find(text, { path: "a", entropy: true }), text).not.toEqual([]);
});

test.each<[string, string]>([
  ["a module beside this one", 'const auth = require("./auth-D1CeV_Jr.cjs");'],
  ["a password to be chosen", "Server=db;User Id=sa;Password=your_password;"],
  ["a variable in a connection", "Server=db;User Id=sa;Password=${DB_PASSWORD};"],
  ["a part of a longer text in base64", `data:;base64,${base64("x".repeat(90))}/EAAB${"aB3".repeat(40)}/9k=`],
])("%s is not", (_, text) => {
  expect(scanner.find(text, { path: "a", entropy: true })).toEqual([]);
});
