// One word, one fault: what has the wrong form is not told a second time as something else.
import { expect, test } from "vitest";
import { hostSchema, originSchema, plainUrlSchema } from "../../../src/core/config/urls.ts";

test.each([
  ["*", originSchema, /\* is none/],
  ["https://A.example", originSchema, /lower case/],
  ["a b", hostSchema, /with a port or without/],
  ["a:65536", hostSchema, /real port/],
  ["ftp://a", plainUrlSchema, /must be an https URL$/],
  ["https://a?b", plainUrlSchema, /without user, query/],
])("%j", (text, schema, why) => {
  const issues = schema.safeParse(text).error?.issues ?? [];
  expect(issues.map(({ message }) => message)).toEqual([expect.stringMatching(why)]);
});
