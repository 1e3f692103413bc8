// What the mutation run (npm run mutate) found that no other test noticed in sentences: lists of long names, groups of nothing.
import { expect, test } from "vitest";
import { sentence } from "../../../src/core/gate/explain.ts";
import type { Requirement } from "../../../src/core/gate/requirement.ts";
import { gate } from "../../support/records.ts";

test.each<[Requirement, string]>([
  [{ all: ["checks_passed", "tests-ok"] }, "checks_passed and tests-ok are true"],
  [{ all: ["checks_passed", "tests-ok", "no_secret"] }, "checks_passed, tests-ok and no_secret are true"],
  [
    { any: ["checks_passed", "tests-ok", "no_secret", "lint1"] },
    "at least one of checks_passed, tests-ok, no_secret and lint1 is true",
  ],
  [{ at_least: 2, of: ["aa", "bb", "cc"] }, "at least 2 of aa, bb and cc are true"],
  [{ at_least: 1, of: ["aa"] }, "aa is true"],
  [{ any: [{ all: ["aa", "bb"] }] }, "aa and bb are true"],
])("%j: %s", (require, words) => {
  expect(sentence(gate(require, []))).toBe(`verdict opens only when ${words}.`);
});

test.each<[Requirement]>([[{ all: [] }], [{ any: [] }], [{ at_least: 1, of: [] }]])(
  "a group of nothing, which no policy may hold, can be read out all the same: %j",
  (require) => {
    expect(sentence(gate(require, []))).toMatch(/^verdict opens only when /);
  },
);
