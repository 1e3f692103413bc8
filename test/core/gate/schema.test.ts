// D28: evidence schemas are read strictly, and what is signed is the document itself.
import { describe, expect, test } from "vitest";
import { canonical } from "../../../src/core/base/canonical.ts";
import { utf8 } from "../../../src/core/base/bytes.ts";
import {
  comparatorsOf,
  type EvidenceSchema,
  MAX_SCHEMA_BYTES,
  parseSchema,
  parseSchemaStatement,
  renderSchema,
  schemasDigest,
  schemaStatement,
} from "../../../src/core/gate/schema.ts";
import { evidenceStatement } from "../../../src/core/attestation/evidence.ts";
import { context } from "../../support/evidence.ts";

const good = { schema: "countersign-evidence-schema/1", name: "ci.tests", version: 1, types: ["boolean"] };
const read = (json: unknown): ReturnType<typeof parseSchema> =>
  parseSchema(utf8(typeof json === "string" ? json : JSON.stringify(json)));

function made(over: Record<string, unknown> = {}): EvidenceSchema {
  const parsed = read({ ...good, ...over });
  if (!parsed.ok) throw new Error(parsed.refusal.message);
  return parsed.value;
}

describe("refused", () => {
  test.each<[string, unknown, string]>([
    ["no JSON", "{", "not JSON"],
    ["a key twice", '{"schema":"x","schema":"countersign-evidence-schema/1"}', "twice"],
    ["too large", `${JSON.stringify(good)}${" ".repeat(MAX_SCHEMA_BYTES)}`, "too large"],
    ["another kind of schema", { ...good, schema: "countersign-evidence-schema/2" }, "schema:"],
    ["an unknown key", { ...good, extra: 1 }, "extra"],
    ["a name with a slash", { ...good, name: "../evil" }, "name:"],
    ["version 0", { ...good, version: 0 }, "version:"],
    ["a version as text", { ...good, version: "1" }, "version:"],
    ["no types", { ...good, types: [] }, "types:"],
    ["an unknown type", { ...good, types: ["float"] }, "types.0:"],
    ["a type twice", { ...good, types: ["boolean", "boolean"] }, "types: names a type twice"],
    ["enum without words", { ...good, types: ["enum"] }, "words:"],
    ["words without enum", { ...good, words: ["a"] }, "words:"],
    ["no words", { ...good, types: ["enum"], words: [] }, "words:"],
    ["a word twice", { ...good, types: ["enum"], words: ["a", "a"] }, "words: names a word twice"],
    ["an empty list of comparators", { ...good, comparators: [] }, "comparators:"],
    ["an unknown comparator", { ...good, comparators: ["like"] }, "comparators.0:"],
    [
      "a comparator twice",
      { ...good, comparators: ["equals", "equals"] },
      "comparators: names a comparator twice",
    ],
    ["a comparator that the type has not", { ...good, comparators: ["equals", "less_than"] }, "comparators:"],
    [
      "a comparator that only one of two types has",
      { ...good, types: ["integer", "string"], comparators: ["less_than"] },
      "comparators:",
    ],
  ])("%s", (_, json, said) => {
    expect(read(json)).toMatchObject({
      ok: false,
      refusal: {
        message: expect.stringContaining(said) as string,
        fix: expect.stringContaining("docs/formats") as string,
      },
    });
  });
});

test("types intersect, and null beside others takes nothing away", () => {
  expect(comparatorsOf(made({ types: ["integer", "null"] }))).toContain("less_than");
  expect(comparatorsOf(made({ types: ["integer", "string"] }))).toEqual([
    "equals",
    "not_equals",
    "in_set",
    "exists",
    "not_exists",
  ]);
  expect(comparatorsOf(made({ comparators: ["equals"] }))).toEqual(["equals"]);
});

describe("the statement", () => {
  const payload = Buffer.from(schemaStatement(made({ about: "Unit tests passed." }))).toString();

  test("gives back the document", () => {
    expect(parseSchemaStatement(utf8(payload))).toEqual({
      ok: true,
      value: made({ about: "Unit tests passed." }),
    });
  });

  test.each([
    ["another document under the digest", payload.replace('["boolean"]', '["dynamic"]')],
    ["another predicate type", payload.replace("evidence-schema/v1", "evidence/v1")],
    ["evidence", Buffer.from(evidenceStatement(context(), true)).toString()],
    ["not canonical", `${payload} `],
    ["a field more", payload.replace('"name":"ci.tests"', '"name":"ci.tests","owner":"me"')],
  ])("is refused: %s", (_, text) => {
    expect(text).not.toBe(payload);
    expect(parseSchemaStatement(utf8(text))).toMatchObject({ ok: false });
  });
});

test("the digest is of all documents, whatever the order in which they were read", () => {
  const [one, two] = [made(), made({ version: 2, types: ["integer"] })];
  const digest = schemasDigest(
    new Map([
      ["ci.tests@1", one],
      ["ci.tests@2", two],
    ]),
  );
  expect(
    schemasDigest(
      new Map([
        ["ci.tests@2", two],
        ["ci.tests@1", one],
      ]),
    ),
  ).toBe(digest);
  for (const other of [
    new Map([["ci.tests@1", one]]),
    new Map([
      ["ci.tests@1", made({ types: ["dynamic"] })],
      ["ci.tests@2", two],
    ]),
  ])
    expect(schemasDigest(other)).not.toBe(digest);
});

test("what is kept is canonical, with a line feed", () => {
  expect(Buffer.from(renderSchema(made())).toString()).toBe(`${canonical(good)}\n`);
});
