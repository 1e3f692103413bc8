// The bytes of signed evidence: what no reader would take is not even written.
import { describe, expect, test } from "vitest";
import {
  anchorText,
  type EvidenceContext,
  evidenceStatement,
  hashOf,
  renderResult,
  resultMessage,
} from "../../../src/core/attestation/evidence.ts";
import { sha256 } from "../../../src/core/base/digest.ts";
import { parseValue } from "../../../src/core/gate/value.ts";
import { context, PATCH, patchSubject, RESOURCE, TREE, treeSubject } from "../../support/evidence.ts";

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
const loose = (over: Record<string, unknown>): EvidenceContext => ({ ...context(), ...over });

describe("is not written", () => {
  test.each([
    ["without a subject", { subject: [] }],
    ["with the tree in front", { subject: [treeSubject(), patchSubject()] }],
    ["with two patches", { subject: [patchSubject(), patchSubject()] }],
    ["with another subject", { subject: [{ name: "release", digest: { sha256: PATCH } }] }],
    ["with a nonce of 15 bytes", { nonce: "0".repeat(30) }],
    ["with an instant in another zone", { issued: "2026-06-01T12:00:00.000+01:00" }],
    ["with a check in capitals", { check: "CI" }],
    ["with a fraction as parameter", { params: { rate: 1.5 } }],
    ["with a list as parameter", { params: { of: ["a"] } }],
    [
      "with 33 parameters",
      { params: Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`p${i}`, i])) },
    ],
    ["with a field more", { provider: "ci" }],
  ])("%s", (_, over) => {
    expect(() => evidenceStatement(loose(over), true)).toThrow();
    expect(() => renderResult(loose(over), true, "id", new Uint8Array(64))).toThrow();
  });
});

test("the statement, byte for byte", () => {
  expect(
    text(evidenceStatement(context({ subject: [patchSubject(), treeSubject()] }), new Map([["b", null]]))),
  ).toBe(
    `{"_type":"https://in-toto.io/Statement/v1","predicate":{"check":"ci.tests","expires":"2026-06-01T12:59:00.000Z",` +
      `"issued":"2026-06-01T11:59:00.000Z","nonce":"${context().nonce}","params":{"suite":"unit"},` +
      `"resourceUri":"${RESOURCE}","value":"{\\"b\\":null}"},` +
      `"predicateType":"https://countersign.dev/attestation/evidence/v1",` +
      `"subject":[{"digest":{"sha256":"${PATCH}"},"name":"patch"},{"digest":{"gitTree":"${TREE}"},"name":"result-tree"}]}`,
  );
});

test("what is signed in EvidenceResult form, byte for byte, is no DSSE message", () => {
  const message = text(resultMessage(context(), hashOf(true)));
  expect(message).toBe(
    `{"context":{"check":"ci.tests","expires":"2026-06-01T12:59:00.000Z","issued":"2026-06-01T11:59:00.000Z",` +
      `"nonce":"${context().nonce}","params":{"suite":"unit"},"resourceUri":"${RESOURCE}",` +
      `"subject":[{"digest":{"sha256":"${PATCH}"},"name":"patch"}]},` +
      `"evidence_hash":{"algorithm":"sha256","value":"${sha256("true")}"},` +
      `"purpose":"https://countersign.dev/attestation/evidence/v1"}`,
  );
  expect(message.startsWith("DSSE")).toBe(false);
});

test("the hash is that of the exact value", () => {
  const exact = parseValue("9007199254740993");
  expect(exact === undefined ? undefined : hashOf(exact).value).toBe(sha256("9007199254740993"));
});

test("the anchor says what it is about", () => {
  expect(anchorText(context({ subject: [patchSubject(), treeSubject()] }))).toBe(
    `{"patch":"${PATCH}","resource":"${RESOURCE}","tree":"${TREE}"}`,
  );
});
