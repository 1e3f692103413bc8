// The catalogue of refusals is closed in both directions: every reason is given somewhere, and some test provokes it.
import { expect, test } from "vitest";
import { reasonCodes } from "../../src/core/base/reason.ts";
import { files, read, sources } from "./files.ts";

/** The catalogue itself gives nothing. */
const CATALOGUE = /^src\/core\/base\/reason(?:-\w+)?\.ts$/;

const source = sources.filter((path) => !CATALOGUE.test(path)).map(read);
const tests = files.filter((path) => path.startsWith("test/") && !path.startsWith("test/house/")).map(read);

/** As a word in quotes, as a key of a table, or as a member: `"x"`, `x: …`, `reasons.x`. */
const given = (code: string): RegExp =>
  new RegExp(`["'\`]${code}["'\`]|\\b${code}\\??:|\\breasons\\.${code}\\b`);

test("every reason is given somewhere in src", () => {
  expect(reasonCodes.filter((code) => !source.some((text) => given(code).test(text)))).toEqual([]);
});

test("every reason is provoked by a test", () => {
  const named = (code: string): RegExp => new RegExp(`\\b${code}\\b`);
  expect(reasonCodes.filter((code) => !tests.some((text) => named(code).test(text)))).toEqual([]);
});
