// Which rules count where: what is excluded never does, what is suppressed does again at its end.
import { expect, test } from "vitest";
import { countedRules } from "../../../src/core/secrets/excluded.ts";

const END = "2030-01-01T00:00:00Z";
const reason = "made-up keys";
const rules = {
  exclude: [{ rules: ["one", "two"], paths: ["test/**"], reason }],
  suppress: [
    { rule: "three", path: "a.ts", reason, expires: END },
    { rule: "four", path: "a.ts", reason, expires: END, fingerprint: "00ff00ff00ff00ff" },
  ],
};
const before = Date.parse(END) - 1;

test.each<[string, string, string, number | undefined, boolean]>([
  ["at an excluded path", "two", "test/x/a.ts", undefined, false],
  ["elsewhere", "two", "src/a.ts", undefined, true],
  ["another rule there", "three", "test/x/a.ts", before, true],
  ["suppressed", "three", "a.ts", before, false],
  ["suppressed until now", "three", "a.ts", Date.parse(END), true],
  ["suppressed, whatever the hour is", "three", "a.ts", undefined, true],
  ["suppressed for one secret only", "four", "a.ts", before, true],
])("%s", (_, rule, path, now, expected) => {
  expect(countedRules(rules, now)(rule, path)).toBe(expected);
});
