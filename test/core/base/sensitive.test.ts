// I03: names of fields whose values are nobody's to write down, in every spelling that people use.
import { expect, test } from "vitest";
import { isSensitiveName } from "../../../src/core/base/sensitive.ts";

const WORDS = ["password", "secret", "token", "api_key", "cvv", "card", "ssn", "credentials"];

/** The spellings of one name: snake, kebab, camel, Pascal, constant, dotted, with spaces. */
function spellings(name: string): readonly string[] {
  const words = name.split("_");
  const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);
  const [first = "", ...others] = words;
  return [
    name,
    words.join("-"),
    words.join("."),
    words.join(" "),
    [first, ...others.map(capital)].join(""),
    words.map(capital).join(""),
    name.toUpperCase(),
    words.join("").toUpperCase(),
  ];
}

/** Capitals without any separator hide a short word, as CARDVALUE does: that is found by nobody. */
const SHORT_IN_A_RUN = /^(?=[A-Z]*(?:CVV|CARD|SSN))(?!(?:CVV|CARD|SSN)$)[A-Z]+$/;
const NAMES = WORDS.flatMap((word) => [word, `db_${word}`, `${word}_value`, `user_${word}_old`])
  .flatMap(spellings)
  .filter((name) => !SHORT_IN_A_RUN.test(name));

test.each(NAMES)("I03: %s is sensitive", (name) => {
  expect(isSensitiveName(name)).toBe(true);
});

test.each([
  "passwords",
  "dbpassword",
  "accessToken",
  "X-API-Key",
  "APIKey",
  "creditCardNumber",
  "cvc2",
  "Authorization",
  "set-cookie",
  "private_key",
  "ｐａｓｓｗｏｒｄ",
  "pwd",
])("I03: %s too", (name) => {
  expect(isSensitiveName(name)).toBe(true);
});

test.each([
  "path",
  "title",
  "discard",
  "cardinal",
  "passed",
  "compass",
  "token_id",
  "credential_id",
  "secret_count",
  "arguments_sha256",
  "",
])("%j is not", (name) => {
  expect(isSensitiveName(name)).toBe(false);
});
