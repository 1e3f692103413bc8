// A value is found where YAML, shells and texts in three quotes put it; another key's value is not taken for it.
import { expect, test } from "vitest";
import { scannerOf } from "../../../src/core/secrets/find.ts";
import { shippedRules } from "../../support/served.ts";

const scanner = scannerOf(shippedRules().secrets);
/** Put together here, so that no scanner of this repository finds it. */
const VALUE = ["xK9mQ2", "vL8pR4", "tY7w"].join("");
const found = (text: string): readonly string[] =>
  scanner.find(text, { path: "a", entropy: true }).map(({ start, end }) => text.slice(start, end));

test.each<[string, string]>([
  ["a tag", `password: !!str ${VALUE}\n`],
  ["a tag and quotes", `password: !!str "${VALUE}"\n`],
  ["a block", `db:\n  password: |\n    ${VALUE}\n`],
  ["a folded block", `db:\n  password: >-\n    ${VALUE}\n`],
  ["a quote of a shell", `PASSWORD=$'${VALUE}'\n`],
  ["three quotes", `password = """\n${VALUE}\n"""\n`],
  ["blank lines", `"password"   :\n\n\n   "${VALUE}"\n`],
])("%s", (_, text) => {
  expect(found(text)).toEqual([VALUE]);
});

test.each<[string, string]>([
  ["the next key's", `password:\n\nchecked: ${VALUE}\n`],
  ["an expression of a shell", `PASSWORD=$(cat /run/x9K2vL8p)\n`],
])("not %s", (_, text) => {
  expect(found(text)).toEqual([]);
});
