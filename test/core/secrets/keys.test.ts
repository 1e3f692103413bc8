// Private keys without the lines that say so, and behind lines that say it in other ways.
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { scannerOf } from "../../../src/core/secrets/find.ts";
import { shippedRules } from "../../support/served.ts";
import { pieced } from "../../support/pieced.ts";

const scanner = scannerOf(shippedRules().secrets);
const mixed = (pairs: number): string =>
  Array.from(randomBytes(pairs), (byte) => `${"hXqLpVtZkW"[byte % 10]}${(byte >> 4) % 10}`).join("");
const find = (text: string) => scanner.find(text, { path: "a", entropy: true });

describe("keys", () => {
  const pem = (type: "pkcs8" | "pkcs1"): string =>
    generateKeyPairSync("rsa", { modulusLength: 1024 }).privateKey.export({ type, format: "pem" }).toString();
  const body = (text: string): string => text.replaceAll(/-----[^-]+-----\n/g, "").trim();
  const dashes = "-".repeat(5);
  test.each<[string, () => string]>([
    ["a body alone", () => body(pem("pkcs8"))],
    ["an old body alone", () => body(pem("pkcs1"))],
    ["a body in a string", () => `k = "${body(pem("pkcs8")).replaceAll("\n", String.raw`\n`)}"`],
    [
      "OpenSSH",
      () =>
        `${pieced(["b3BlbnNzaC1r", "ZXktdjEAAAAABG5vbmUAAAAEbm9uZQ"])}${mixed(20)}\n${mixed(35)}\n${mixed(35)}`,
    ],
  ])("of %s are hidden to their last line", (_, make) => {
    const text = make();
    expect(find(text), text).toMatchObject([{ rule: "private-key", start: text.search(/MII|b3B/) }]);
    expect(find(text)[0]?.end).toBe(text.endsWith('"') ? text.length - 1 : text.length);
  });
  test.each<[string, string]>([
    ["two blanks", `${dashes}BEGIN  PRIVATE KEY${dashes}\n${mixed(32)}\n${dashes}END  PRIVATE KEY${dashes}`],
    [
      "SSH2",
      `---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\n${mixed(32)}\n---- END SSH2 ENCRYPTED PRIVATE KEY ----`,
    ],
    ["OpenVPN", `${dashes}BEGIN OpenVPN Static key V1${dashes}\n9b74c9897bac770ffc029102a200c5de\n`],
  ])("behind %s are found", (_, text) => {
    expect(find(text)).toMatchObject([{ rule: "private-key" }]);
  });
  test("of others are found: a bot's in a URL, a seed, an account's digest", () => {
    expect(find(`https://api.telegram.org/bot5123456789:AA${mixed(17).slice(0, 33)}/getMe`)).toHaveLength(1);
    expect(find(`TOTP_SEED = "${"JBSWY3DPEHPK3PXP".repeat(2)}"`)).not.toEqual([]);
    expect(find(`root:$6$abcdefgh$${mixed(43)}:19000:0:99999:7:::`)).toHaveLength(1);
  });
});

test("what a public key and a certificate begin with is no private key", () => {
  const key = generateKeyPairSync("rsa", { modulusLength: 1024 }).publicKey;
  expect(find(key.export({ type: "spki", format: "pem" }).toString())).toEqual([]);
});
