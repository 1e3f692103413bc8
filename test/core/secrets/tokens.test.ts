// One form at one place: where it begins and ends, and what of its like counts for nothing.
import { expect, test } from "vitest";
import { tokenFinder } from "../../../src/core/secrets/tokens.ts";
import { shippedRules } from "../../support/served.ts";
import { pieced } from "../../support/pieced.ts";

const pack = shippedRules().secrets;
const rule = (id: string) => {
  const found = pack.token.find((one) => one.id === id);
  if (found === undefined) throw new Error(`no rule ${id}`);
  return found;
};
/** Put together, so that no scanner takes this file for a leak. */
const TOKEN = pieced(["gh", "p_", "q7Vn2Xk9Lr4Tz8Wb3Yc6".repeat(2).slice(0, 36)]);

test("a token is found where its word stands, from its begin to its end", () => {
  const text = `token ${TOKEN} end`;
  expect(tokenFinder(rule("github-token"))(text, 6, { steps: 0 })).toEqual({
    rule: "github-token",
    start: 6,
    end: 6 + TOKEN.length,
  });
});

test.each([
  ["too short", TOKEN.slice(0, 20)],
  ["filled up", `${TOKEN.slice(0, 4)}${"x".repeat(36)}`],
])("not %s", (_, text) => {
  expect(tokenFinder(rule("github-token"))(text, 0, { steps: 0 })).toBeUndefined();
});

test("an expression that is none is refused when the pack is compiled, not when a text comes", () => {
  expect(() => tokenFinder({ ...rule("github-token"), pattern: "(" })).toThrow(SyntaxError);
});
