// What the mutation run (npm run mutate) found that no other test noticed in schemas, signatures and explanations.
import { describe, expect, test } from "vitest";
import { canonical } from "../../../src/core/base/canonical.ts";
import { utf8 } from "../../../src/core/base/bytes.ts";
import { admitted } from "../../../src/core/gate/admitted.ts";
import type { Comparator } from "../../../src/core/gate/condition.ts";
import { demand, sentence, traceLines } from "../../../src/core/gate/explain.ts";
import {
  MAX_SCHEMA_BYTES,
  parseSchema,
  parseSchemaStatement,
  SCHEMA_FIX,
  schemaStatement,
} from "../../../src/core/gate/schema.ts";
import { chosen, MAX_CANDIDATES, signatureFault } from "../../../src/core/gate/signature.ts";
import {
  bent,
  context,
  dsse,
  NOW,
  OTHER_PATCH,
  patchSubject,
  pinned,
  result,
  spec,
  stranger,
  trust,
} from "../../support/evidence.ts";
import { asks, gate, record } from "../../support/records.ts";

const good = { schema: "countersign-evidence-schema/1", name: "ci.tests", version: 1, types: ["boolean"] };
const read = (over: object): ReturnType<typeof parseSchema> =>
  parseSchema(utf8(JSON.stringify({ ...good, ...over })));
const refusal = (message: string, where: string): unknown => ({
  code: "input_invalid",
  message,
  where,
  fix: SCHEMA_FIX,
});

describe("a schema that is refused says why, word for word", () => {
  test.each<readonly [object, string, string]>([
    [{ name: "ci/evil" }, "name", "must be 1 to 64 lower-case letters, digits, . _ or -"],
    [{ words: ["a"] }, "words", "go with the type enum, and only with it"],
    [{ comparators: ["contains"] }, "comparators", "names a comparator that no value of these types has"],
  ])("%j", (over, where, message) => {
    expect(read(over)).toMatchObject({ refusal: refusal(`${where}: ${message}`, where) });
  });

  test("what is no document at all", () => {
    const parsed = parseSchema(utf8("[]"));
    expect(parsed.ok ? "" : parsed.refusal.message).toMatch(/^the document: ./);
    expect(parsed).toMatchObject({ refusal: { code: "input_invalid", where: "" } });
  });

  test("a statement that is not canonical, and one about another document", () => {
    expect(parseSchemaStatement(utf8("{ }"))).toMatchObject({
      refusal: refusal("the statement is not canonical JSON", ""),
    });
    const made = read({});
    if (!made.ok) throw new Error("not a schema");
    const statement = JSON.parse(Buffer.from(schemaStatement(made.value)).toString()) as Record<
      string,
      unknown
    >;
    expect(statement["_type"]).toBe("https://in-toto.io/Statement/v1");
    const other = canonical({ ...statement, predicate: { ...made.value, version: 2 } });
    expect(parseSchemaStatement(utf8(other))).toMatchObject({
      refusal: refusal("the statement is about another document than it holds", "subject"),
    });
  });
});

describe("a schema may hold", () => {
  test.each<readonly [string, Comparator]>([
    ["string", "lex_less_than"],
    ["object", "deep_equals"],
    ["dynamic", "contains"],
  ])("for %s the comparator %s, which the policy opts in to", (type, comparator) => {
    expect(read({ types: [type], comparators: [comparator] }).ok).toBe(true);
  });

  test("as many bytes as its limit says", () => {
    const text = JSON.stringify(good);
    expect(parseSchema(utf8(text.padEnd(MAX_SCHEMA_BYTES, " "))).ok).toBe(true);
    expect(parseSchema(utf8(text.padEnd(MAX_SCHEMA_BYTES + 1, " "))).ok).toBe(false);
  });
});

test("no type, or only null twice, admits nothing; dynamic admits nothing where it is not opted in to", () => {
  const all = { lexicographic: true, deep_equals: true, dynamic: true };
  expect(admitted(["null", "null"], all)).toEqual([]);
  expect(admitted(["dynamic"], { ...all, dynamic: false })).toEqual([]);
});

describe("of several statements none of which holds, the one that came furthest is told", () => {
  const far = dsse(context({ subject: [patchSubject(OTHER_PATCH)] }));
  const near = dsse(context(), true, stranger);
  test.each([
    ["first", [far, near]],
    ["last", [near, far]],
  ] as const)("it stands %s", (_where, proofs) => {
    const evidence = chosen(proofs, spec(), trust());
    expect(signatureFault(spec(), evidence, trust())).toBe("signature_other_patch");
  });
});

describe("what is wrong with the statements as a whole is said in words", () => {
  const unreadable = bent(result(), { extra: true });
  const later = { issued: "2026-06-01T11:59:00.000Z" };
  test.each([
    [
      "signed_too_many",
      `more than ${MAX_CANDIDATES} signed statements`,
      Array.from({ length: MAX_CANDIDATES + 1 }, () => dsse()),
    ],
    ["signed_missing", "no signed statement is about this check", []],
    [
      "signed_conflict",
      "two statements of one instant give different answers",
      [dsse(context(later), true), dsse(context(later), false)],
    ],
    ["signature_unknown_field", "a statement about this check cannot be read", [unreadable]],
  ] as const)("%s", (code, message, proofs) => {
    expect(chosen(proofs, spec(), trust()).error).toEqual({ code, message });
  });
});

test("a key that ends later still counts now", () => {
  const keys = [pinned({ expires: NOW + 1 })];
  const evidence = { lane: "verified", value: true, proof: dsse() } as const;
  expect(signatureFault(spec(), evidence, trust({ keys }))).toBeUndefined();
  expect(signatureFault(spec(), evidence, trust({ keys, now: NOW + 1 }))).toBe("signature_key_expired");
});

test("parameters that are none are the empty list of them", () => {
  const asked = spec({ params: { name: "ci.tests", params: null } });
  const evidence = { lane: "verified", value: true, proof: dsse(context({ params: {} })) } as const;
  expect(signatureFault(asked, evidence, trust())).toBeUndefined();
});

describe("explanations", () => {
  const words: Readonly<Record<Exclude<Comparator, "exists" | "not_exists">, string>> = {
    equals: "the answer equals 1",
    not_equals: "there is an answer, and it does not equal 1",
    greater_than: "the answer is greater than 1",
    greater_than_or_equal: "the answer is at least 1",
    less_than: "the answer is less than 1",
    less_than_or_equal: "the answer is at most 1",
    lex_greater_than: "the text sorts after 1",
    lex_greater_than_or_equal: "the text sorts after or is 1",
    lex_less_than: "the text sorts before 1",
    lex_less_than_or_equal: "the text sorts before or is 1",
    contains: "the answer contains 1",
    in_set: "the answer is one of 1",
    deep_equals: "the answer is in all parts 1",
    deep_not_equals: "the answer differs in some part from 1",
  };
  const one = { sign: 1, digits: "1", exponent: 1 } as const;
  test.each(Object.entries(words))("%s", (comparator, said) => {
    expect(demand(asks("a", { comparator: comparator as Comparator, expected: one }))).toBe(said);
  });

  test("presence", () => {
    const { expected: _, ...asked } = asks("a");
    expect(demand({ ...asked, comparator: "exists" })).toBe("there is an answer");
    expect(demand({ ...asked, comparator: "not_exists" })).toBe("the provider answers that there is nothing");
  });

  test("one of several that are no plain names", () => {
    expect(sentence(gate({ at_least: 1, of: ["a", { not: "b" }] }, []))).toBe(
      "verdict opens only when at least 1 of these holds: a is true; b is known to be false.",
    );
  });

  test("a lane that nothing came in", () => {
    const made = record(gate("a", [asks("a")]), {});
    const low = { ...made, conditions: made.conditions.map((line) => ({ ...line, reason: "trust_lane" })) };
    expect(traceLines(low)[0]).toBe("a: unknown (trust_lane; no evidence, needs verified)");
  });
});
