// The pack of secrets: every expression is RE2, bounded, and means the same in both engines; what is not is no pack.
import { RE2JS } from "re2js";
import { describe, expect, test } from "vitest";
import { likelyRules, secretRulesSchema } from "../../../src/core/secrets/rules.ts";
import { shippedRules } from "../../support/served.ts";

const { secrets } = shippedRules();
const token = { id: "some-token", why: "a token of some", keywords: ["tok_"], pattern: "tok_[a-z]{20}" };
const pack = (over: object): unknown => ({
  version: "2026.11.0",
  token: [{ ...token, ...over }],
  assigned: [],
});

test("the shipped pack covers more than 150 providers, each rule once, and compiles as RE2", () => {
  const all = [...secrets.token, ...secrets.assigned];
  expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
  expect(all.length).toBeGreaterThan(300);
  for (const rule of all)
    expect(() => RE2JS.compile("pattern" in rule ? rule.pattern : rule.value), rule.id).not.toThrow();
});

describe("is no pack", () => {
  test.each([
    ["with a star", { pattern: "tok_[a-z]*" }],
    ["with a plus", { pattern: "tok_[a-z]+" }],
    ["with an open bound", { pattern: "tok_[a-z]{20,}" }],
    ["with a look ahead", { pattern: "tok_(?=a)[a-z]{20}" }],
    ["with a look behind", { pattern: "(?<!a)tok_[a-z]{20}" }],
    ["with a keyword of two characters", { keywords: ["to"] }],
    ["with a folded keyword in capitals", { keywords: ["TOK_"], folded: true }],
    ["with a key of its own", { weight: 3 }],
  ])("%s", (_, over) => {
    expect(secretRulesSchema.safeParse(pack({})).success).toBe(true);
    expect(secretRulesSchema.safeParse(pack(over)).success).toBe(false);
  });
});

test("signs in sets and behind a backslash are no quantifiers", () => {
  expect(secretRulesSchema.safeParse(pack({ pattern: String.raw`tok_[a-z+*]{20}\+\*` })).success).toBe(true);
});

test("the rules whose form need not be a secret are told, and no token of a provider is among them", () => {
  expect(likelyRules(secrets)).toContain("linkedin-id");
  expect(likelyRules(secrets)).not.toContain("github-token");
});
