// Orders and closures: closed forms, so that nothing travels in them unseen.
import { describe, expect, test } from "vitest";
import { closureSchema, orderSchema, withoutWords } from "../../../src/core/proposal/order.ts";
import { pieced } from "../../support/pieced.ts";

const DIGEST = "a".repeat(64);
const ID = "0f8fad5b-d9cb-469f-a165-70867728950e";
const AT = "2026-11-22T10:00:00.000Z";

const order = {
  version: 1,
  patch_id: ID,
  created: AT,
  expires: AT,
  principal: "local:stdio",
  session: "s",
  base: DIGEST,
  title: "t",
  rationale: "r",
  change_type: "refactor",
  risk_level: "low",
  patch: "diff",
  patch_sha256: DIGEST,
  arguments_sha256: DIGEST,
  evidence: [{ name: "tests.passed", value: true }],
  supersedes: null,
};

describe("an order is refused", () => {
  test.each<[string, object]>([
    ["with a field too many", { ...order, outcome: "APPROVED" }],
    ["of another version", { ...order, version: 2 }],
    ["of high risk", { ...order, risk_level: "high" }],
    ["of another type of change", { ...order, change_type: "execute" }],
    ["with a path for an id", { ...order, patch_id: "../x" }],
    ["without a patch", { ...order, patch: "" }],
    ["with a patch over the limit", { ...order, patch: "a".repeat(1_048_577) }],
    ["with a digest in capitals", { ...order, base: DIGEST.toUpperCase() }],
    ["with an instant of another spelling", { ...order, created: "2026-11-22T10:00:00Z" }],
    ["without a principal", { ...order, principal: "" }],
    ["with evidence under an odd name", { ...order, evidence: [{ name: "__proto__", value: 1 }] }],
    ["with evidence that is nested", { ...order, evidence: [{ name: "a", value: {} }] }],
    ["with evidence that is not finite", { ...order, evidence: [{ name: "a", value: Infinity }] }],
    [
      "with too much evidence",
      { ...order, evidence: Array.from({ length: 33 }, () => ({ name: "a", value: 1 })) },
    ],
    ["without saying what it supersedes", { ...order, supersedes: undefined }],
  ])("%s", (_, value) => {
    expect(orderSchema.safeParse(value).success).toBe(false);
  });

  test.each(Object.keys(order))("without %s", (key) => {
    expect(orderSchema.safeParse({ ...order, [key]: undefined }).success).toBe(false);
  });
});

test("a closure closes, and says nothing else", () => {
  const closure = { version: 1, patch_id: ID, state: "withdrawn", at: AT };
  expect(closureSchema.parse(closure)).toEqual(closure);
  expect(closureSchema.safeParse({ ...closure, state: "approved" }).success).toBe(false);
  expect(closureSchema.safeParse({ ...closure, more: 1 }).success).toBe(false);
});

test("an order is read as it was written", () => {
  expect(orderSchema.parse(order)).toEqual(order);
});

test("of an order with a secret in it no word is kept that its writer chose", () => {
  const secret = pieced(["gh", "p_", "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3hJ6"]);
  const words = { title: secret, rationale: secret, patch: secret, evidence: [{ name: "a", value: secret }] };
  const whole = orderSchema.parse({ ...order, ...words, correlation: secret });
  const left = withoutWords(whole);
  expect(JSON.stringify(left)).not.toContain(secret.slice(4));
  expect(orderSchema.parse(left)).toMatchObject({ patch_id: ID, patch_sha256: DIGEST, base: DIGEST });
});
