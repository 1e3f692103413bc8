// Reading signed evidence: nothing that is handed over makes it throw, and nothing is read in two ways.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { utf8 } from "../../../src/core/base/bytes.ts";
import { formOf, readProof, signatureFaults } from "../../../src/core/attestation/read-evidence.ts";
import { parseValue, renderValue } from "../../../src/core/gate/value.ts";
import { bent, context, dsse, makers, respelt, result } from "../../support/evidence.ts";

const forms = ["dsse", "result"] as const;

describe("never throws", () => {
  test.each([
    ["nothing", ""],
    ["no JSON", "{"],
    ["a list", "[]"],
    ["null", "null"],
    ["no UTF-8", Buffer.of(0xff, 0xfe)],
    ["deep nesting", "[".repeat(30_000)],
    ["deep nesting in an object", `{"payload":${"[".repeat(20_000)}${"]".repeat(20_000)}}`],
    ["a key named __proto__", '{"__proto__":{"payload":"x"},"signatures":[{"sig":"x"}]}'],
    ["signatures of null", '{"signatures":[null]}'],
    ["a payload that is a number", '{"signatures":[{"keyid":"","sig":"eA=="}],"payload":1}'],
    [
      "a context of null",
      '{"context":null,"signature":{"scheme":"ed25519","signature":""},"evidence_hash":null}',
    ],
  ])("%s", (_, text) => {
    const bytes = typeof text === "string" ? utf8(text) : text;
    for (const form of forms) expect(readProof({ form, bytes })).toMatchObject({ ok: false });
    expect(() => formOf(bytes)).not.toThrow();
  });

  test("any byte of a good one changed: a fault of the list, or the same words", () => {
    for (const form of forms) {
      const good = makers[form]();
      fc.assert(
        fc.property(fc.nat(good.bytes.length - 1), fc.integer({ min: 0, max: 255 }), (at, byte) => {
          const bytes = Uint8Array.from(good.bytes);
          bytes[at] = byte;
          const read = readProof({ form, bytes });
          if (!read.ok) expect(signatureFaults).toContain(read.fault);
          else expect(renderValue(read.value)).toBe("true");
        }),
        { numRuns: 500 },
      );
    }
  });
});

test("a deep value in a signed statement is refused, not followed", () => {
  const proof = respelt(result(), (text) =>
    text.replace('"value":true', `"value":${"[".repeat(9000)}${"]".repeat(9000)}`),
  );
  expect(readProof(proof)).toMatchObject({ ok: false });
});

test.each(forms)("%s: gives value and context as they were signed, with every digit", (form) => {
  const value = parseValue('{"n":12345678901234567890.5,"__proto__":[null,"é"]}');
  if (value === undefined) throw new Error("no value");
  const read = readProof(makers[form](context(), value));
  expect(read).toMatchObject({ ok: true, context: context() });
  expect(read.ok ? renderValue(read.value) : "").toBe(renderValue(value));
});

test("the check of what cannot be read is still seen, in both forms", () => {
  expect(readProof(bent(dsse(), { key: "x" }))).toEqual({
    ok: false,
    fault: "signature_unknown_field",
    check: "ci.tests",
  });
  expect(readProof(bent(result(), { key: "x" }))).toEqual({
    ok: false,
    fault: "signature_unknown_field",
    check: "ci.tests",
  });
});

test("the form is seen from the bytes", () => {
  expect([formOf(dsse().bytes), formOf(result().bytes), formOf(utf8("{}")), formOf(utf8("x"))]).toEqual([
    "dsse",
    "result",
    undefined,
    undefined,
  ]);
});
