// Content that is not served: private keys in the spellings that programs and people give them, and nothing that is honest.
import { generateKeyPairSync } from "node:crypto";
import { describe, expect, test } from "vitest";
import { content } from "../../../src/validator/publish/classify.ts";

const pem = generateKeyPairSync("rsa", { modulusLength: 2048 })
  .privateKey.export({ type: "pkcs8", format: "pem" })
  .toString();
const [begin = "", ...rest] = pem.trimEnd().split("\n");
const body = rest.slice(0, -1).join("");
const folded = (columns: number): string =>
  [begin, ...(body.match(new RegExp(`.{1,${columns}}`, "g")) ?? []), rest.at(-1)].join("\n");
const asText = (text: string): ReturnType<typeof content> => content(Buffer.from(text));

describe("private keys are not served", () => {
  test.each([
    ["as openssl writes them", pem],
    ["with other line ends", pem.replaceAll("\n", "\r\n")],
    ["folded at 32 columns, which openssl reads", folded(32)],
    ["folded at 16 columns", folded(16)],
    ["on one line, line feeds escaped", JSON.stringify({ key: folded(32) })],
    ["as a string a line", `KEY = (\n  "${folded(38).replaceAll("\n", '\\n"\n  "')}")`],
    ["as strings put together", `key = "${folded(38).replaceAll("\n", '\\n" +\n  "')}";`],
    ["as a list of lines", JSON.stringify(folded(32).split("\n"), undefined, 2)],
    ["indented", folded(32).replaceAll("\n", "\n      ")],
    [
      "with headers of their own",
      pem.replace("-----\n", "-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00FF\n\n"),
    ],
    [
      "of PuTTY",
      `PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\nComment: me\nPublic-Lines: 1\n${body.slice(0, 64)}\nPrivate-Lines: 1\n${body.slice(0, 48)}\nPrivate-MAC: 00\n`,
    ],
  ])("%s", (_, text) => {
    expect(asText(text)).toEqual({ reason: "private_key" });
  });
});

describe("what only speaks of keys is served", () => {
  test.each([
    ["the header alone", `const header = "${begin}";\n`],
    [
      "prose",
      `The line ${begin} comes first, and behind it stands whatever the algorithm's specification demands\n`,
    ],
    ["long words", `${begin} straightforward misunderstandings notwithstanding, nothing\n`],
    [
      "code",
      `if (text.includes("${begin}"))\n  return generateKeyPairSync(privateKeyEncoding, publicKeyEncoding);\n`,
    ],
    ["a placeholder", `${begin}\n...\n${rest.at(-1) ?? ""}\n`],
    ["a certificate", folded(64).replaceAll("PRIVATE KEY", "CERTIFICATE")],
    ["PuTTY's words", "PuTTY-User-Key-File-3: names the format, Private-Lines: counts the lines\n"],
  ])("%s", (_, text) => {
    expect(asText(text)).toMatchObject({ lines: expect.any(Number) as number });
  });
});

test.each(["", "-", "ab-", `${"a".repeat(11)} `, `${"a".repeat(39)}-`])(
  "many headers cost little: %j",
  (between) => {
    const unit = `${begin}${between}`;
    // Who looks to the end for each of them does not come to an end.
    expect(asText(unit.repeat(Math.floor(1_048_576 / unit.length)))).toBeDefined();
  },
);
