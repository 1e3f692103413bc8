// No token leaves through the log, whatever a caller put it into.
import { expect, test } from "vitest";
import { masked } from "../../../src/core/identity/mask.ts";
import { mintToken, TOKEN_BYTES } from "../../../src/core/identity/token.ts";

const { token, id } = mintToken(new Uint8Array(TOKEN_BYTES).fill(7));
const secret = token.slice(`cst_${id}_`.length);
const part = (text: string): string => Buffer.from(text).toString("base64url");
const jwt = [part('{"alg":"ES256"}'), part('{"sub":"somebody"}'), part("a signature")].join(".");

test.each([
  ["alone", token],
  ["within a path", `src/${token}/a.ts`],
  ["twice", `${token} ${token}`],
  ["cut by a limit of length", token.slice(0, -20)],
])("a token %s: its id stays, its secret does not", (_, text) => {
  const shown = masked(text);
  expect(shown).toContain(`cst_${id}_masked`);
  expect(shown).not.toContain(secret.slice(0, 12));
});

test("nothing of a JWT stays, with or without its signature", () => {
  expect(masked(`Bearer ${jwt}`)).toBe("Bearer jwt_masked");
  expect(masked(jwt.slice(0, jwt.lastIndexOf(".")))).toBe("jwt_masked");
});

test.each(["src/cst_notes.md", "eyJ", "a plain sentence", "cst_0123456789abcdef"])(
  "%s stays as it is",
  (text) => {
    expect(masked(text)).toBe(text);
  },
);
