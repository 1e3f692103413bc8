// Envelopes: one form, and everything else is no envelope.
import { describe, expect, test } from "vitest";
import {
  MAX_ENVELOPE_BYTES,
  parseEnvelope,
  PAYLOAD_TYPE,
  preAuthEncoding,
  renderEnvelope,
} from "../../../src/core/attestation/envelope.ts";
import { utf8 } from "../../../src/core/base/bytes.ts";

const signature = new Uint8Array(64).fill(7);
const sig = Buffer.from(signature).toString("base64");
const good = { payload: "aGVsbG8=", payloadType: PAYLOAD_TYPE, signatures: [{ keyid: "k", sig }] };
const [only] = good.signatures;

describe("not an envelope", () => {
  test.each<[string, unknown]>([
    ["two signatures", { ...good, signatures: [only, only] }],
    ["no signature", { ...good, signatures: [] }],
    ["signatures that are no list", { ...good, signatures: only }],
    ["another payload type", { ...good, payloadType: "application/json" }],
    ["the payload type in capitals", { ...good, payloadType: PAYLOAD_TYPE.toUpperCase() }],
    ["no payload type", { ...good, payloadType: undefined }],
    ["a field too many", { ...good, outcome: "APPROVED" }],
    ["a field too many in the signature", { ...good, signatures: [{ ...only, cert: "x" }] }],
    ["URL-safe payload", { ...good, payload: "-_-_" }],
    ["payload with trailing bits", { ...good, payload: "aGVsbG9=" }],
    ["payload without padding", { ...good, payload: "aGVsbG8" }],
    ["payload with a line feed", { ...good, payload: "aGVs\nbG8=" }],
    ["empty payload", { ...good, payload: "" }],
    [
      "URL-safe signature",
      { ...good, signatures: [{ keyid: "k", sig: Buffer.alloc(64, 0xff).toString("base64url") }] },
    ],
    [
      "signature of 63 bytes",
      { ...good, signatures: [{ keyid: "k", sig: Buffer.alloc(63).toString("base64") }] },
    ],
    [
      "signature of 65 bytes",
      { ...good, signatures: [{ keyid: "k", sig: Buffer.alloc(65).toString("base64") }] },
    ],
    ["signature in hexadecimal", { ...good, signatures: [{ keyid: "k", sig: "07".repeat(64) }] }],
    ["long keyid", { ...good, signatures: [{ keyid: "k".repeat(101), sig }] }],
    ["keyid that is no text", { ...good, signatures: [{ keyid: 1, sig }] }],
    ["a list", [good]],
    ["null", null],
  ])("%s", (_, value) => {
    expect(parseEnvelope(utf8(JSON.stringify(value)))).toBeUndefined();
  });

  test.each<[string, Uint8Array]>([
    ["no JSON", utf8("envelope")],
    ["nothing", utf8("")],
    ["two of them", utf8(JSON.stringify(good) + JSON.stringify(good))],
    ["not UTF-8", Uint8Array.of(0xff, 0x7b, 0x7d)],
    ["a byte-order mark", utf8(`\ufeff${JSON.stringify(good)}`)],
    ["a swallowed key", utf8(JSON.stringify(good).replace("{", '{"__proto__":{},'))],
    [
      "a byte too large",
      utf8(
        JSON.stringify({
          ...good,
          payload: "a".repeat(MAX_ENVELOPE_BYTES - JSON.stringify(good).length + 9),
        }),
      ),
    ],
  ])("%s", (_, bytes) => {
    expect(parseEnvelope(bytes)).toBeUndefined();
  });
});

test("the bytes that are signed are those of the DSSE specification", () => {
  expect(Buffer.from(preAuthEncoding(utf8("hello world"))).toString()).toBe(
    "DSSEv1 28 application/vnd.in-toto+json 11 hello world",
  );
  // Lengths count bytes, not characters.
  expect(Buffer.from(preAuthEncoding(utf8("é"))).toString()).toBe(
    "DSSEv1 28 application/vnd.in-toto+json 2 é",
  );
  expect(Buffer.from(preAuthEncoding(new Uint8Array())).toString()).toBe(
    "DSSEv1 28 application/vnd.in-toto+json 0 ",
  );
});

test("what is written is read back, in one line", () => {
  const envelope = { payload: Uint8Array.of(0, 255, 10), keyid: "SHA256:x", signature };
  const bytes = renderEnvelope(envelope);
  expect(parseEnvelope(bytes)).toEqual({
    ...envelope,
    payload: Buffer.from(envelope.payload),
    signature: Buffer.from(signature),
  });
  expect(Buffer.from(bytes).toString()).toBe(
    `{"payload":"AP8K","payloadType":"${PAYLOAD_TYPE}","signatures":[{"keyid":"SHA256:x","sig":"${sig}"}]}\n`,
  );
});
