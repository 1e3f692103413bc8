// What the mutation run (npm run mutate) found that no other test noticed in vectors' schema: what is left out, and bounds.
import { describe, expect, test } from "vitest";
import { vectorSchema } from "../../../src/core/gate/vector.ts";

const line = {
  id: "a",
  kind: "condition",
  condition: { comparator: "exists" },
  evidence: {},
  state: "true",
  reason: null,
};
const KEY = { name: "ci", keyid: "k", public_key: "AAAA", checks: ["*"], expires: 1 };
const takes = (over: object): boolean => vectorSchema.safeParse({ ...line, ...over }).success;
const trusts = (trust: object): boolean => takes({ trust });
const proves = (proof: unknown): boolean => takes({ evidence: { proof } });

test("what is left out of condition, evidence and trust is as vectors.ts says, and nothing else is there", () => {
  expect(vectorSchema.parse(line)).toEqual({
    ...line,
    condition: { provider: "json", check: "path", params: {}, comparator: "exists", types: ["dynamic"] },
    evidence: { lane: "verified" },
    trust: {
      min_lane: "verified",
      now: 0,
      max_age_seconds: 86_400,
      bind: "patch",
      anchors: {},
      keys: [],
      subject: { resource: "" },
    },
    min_lane: "verified",
  });
});

test("what is there holds a value: undefined is not left out", () => {
  expect(takes({ evidence: { value: undefined } })).toBe(false);
  expect(trusts({ permissive: undefined })).toBe(false);
});

test.each(["", "01", "[1", '{"a":1,"a":1}'])("a value that is no strict JSON says so: %j", (value) => {
  const { error } = vectorSchema.safeParse({ ...line, evidence: { value } });
  expect(error?.issues).toMatchObject([{ path: ["evidence", "value"], message: "is not strict JSON text" }]);
});

describe("trust", () => {
  test.each([
    [0, false],
    [1, true],
    [3600, true],
    [1.5, false],
  ])("a longest life of %d seconds: %s", (max_age_seconds, taken) => {
    expect(trusts({ max_age_seconds })).toBe(taken);
  });

  test("a key has all its words, and no other", () => {
    const { expires: _, ...endless } = KEY;
    expect(trusts({ keys: [KEY, endless] })).toBe(true);
    for (const name of ["name", "keyid", "public_key", "checks"])
      expect(trusts({ keys: [{ ...KEY, [name]: undefined }] }), name).toBe(false);
    expect(trusts({ keys: [{ ...KEY, expired: 1 }] })).toBe(false);
    expect(trusts({ keys: [{ ...KEY, public_key: "%" }] })).toBe(false);
  });

  test("what is changed has a resource, perhaps a patch and a tree, and nothing else", () => {
    expect(trusts({ subject: { resource: "r", patch: "p", tree: "t" } })).toBe(true);
    expect(trusts({ subject: { patch: "p" } })).toBe(false);
    expect(trusts({ subject: { resource: "r", commit: "c" } })).toBe(false);
  });
});

test("a proof has one of two forms, and a text", () => {
  expect(
    [
      { form: "dsse", text: "" },
      { form: "result", text: "" },
    ].map(proves),
  ).toEqual([true, true]);
  expect([{}, { form: "dsse" }, { text: "" }, { form: "", text: "" }, "dsse"].map(proves)).toEqual(
    Array.from({ length: 5 }, () => false),
  );
});
