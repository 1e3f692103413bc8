// Verification: every change to a good envelope is a no, and the library's lenient yes is a no too.
import * as ed from "@noble/ed25519";
import { hash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { preAuthEncoding, renderEnvelope } from "../../../src/core/attestation/envelope.ts";
import { keyId } from "../../../src/core/attestation/key.ts";
import { verifyEnvelope } from "../../../src/core/attestation/verify.ts";
import { utf8 } from "../../../src/core/base/bytes.ts";
import { signerOf } from "../../support/signing.ts";

interface Vector {
  readonly name: string;
  readonly seed: string;
  readonly public: string;
  readonly message: string;
  readonly signature: string;
}
const vectors = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../vectors/ed25519/rfc8032.json"), "utf8"),
) as readonly Vector[];
const weak = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../vectors/ed25519/weak-keys.json"), "utf8"),
) as Readonly<Record<string, string>>;

const signer = signerOf(vectors[0]!.seed);
const other = signerOf(vectors[1]!.seed);
const payload = utf8('{"hello":"world"}');
const message = preAuthEncoding(payload);
const keyid = signer.key.keyid;

const ask = (signature: Uint8Array, own = { payload, keyid }, keys = [signer.key]): unknown =>
  verifyEnvelope(renderEnvelope({ ...own, signature }), keys);
const NO = { ok: false, refusal: { code: "verdict_signature" } };

const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;
const little = (n: bigint): Uint8Array =>
  Uint8Array.from({ length: 32 }, (_, i) => Number((n >> BigInt(8 * i)) & 255n));
const number = (bytes: Uint8Array): bigint =>
  bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
const challenge = (...parts: readonly Uint8Array[]): bigint =>
  number(hash("sha512", Buffer.concat(parts), "buffer")) % ORDER;

describe("refusals", () => {
  const good = signer.sign(message);

  test("any single bit of the signature", () => {
    for (let bit = 0; bit < 512; bit += 5) {
      const bent = Uint8Array.from(good);
      bent[bit >> 3]! ^= 1 << (bit & 7);
      expect(ask(bent)).toMatchObject(NO);
    }
  });

  test.each<[string, () => unknown, string]>([
    ["another payload", () => ask(good, { payload: utf8('{"hello":"World"}'), keyid }), "does not verify"],
    ["signed without the type: the bare payload", () => ask(signer.sign(payload)), "does not verify"],
    [
      "signed as another type",
      () => ask(signer.sign(utf8(`DSSEv1 10 text/plain ${payload.length} {"hello":"world"}`))),
      "does not verify",
    ],
    ["somebody else's signature under our keyid", () => ask(other.sign(message)), "does not verify"],
    [
      "our signature under somebody else's keyid",
      () => ask(good, { payload, keyid: other.key.keyid }, [signer.key, other.key]),
      "does not verify",
    ],
    [
      "a good signature of a key that nobody trusts",
      () => ask(other.sign(message), { payload, keyid: other.key.keyid }),
      "not a trusted one",
    ],
    ["no keyid, which must not mean any key", () => ask(good, { payload, keyid: "" }), "not a trusted one"],
    ["no keys", () => ask(good, { payload, keyid }, []), "not a trusted one"],
  ])("%s", (_, outcome, said) => {
    expect(outcome()).toMatchObject({ ...NO, refusal: { message: expect.stringContaining(said) as string } });
  });

  test("what is no envelope", () => {
    expect(verifyEnvelope(utf8("{}"), [signer.key])).toMatchObject({
      ok: false,
      refusal: { code: "verdict_invalid" },
    });
  });

  test("S plus the group's order: the same signature in a second spelling", () => {
    const again = Uint8Array.from(good);
    again.set(little(number(good.subarray(32)) + ORDER), 32);
    expect(ask(again)).toMatchObject(NO);
  });

  // Wycheproof's tcId 151 in our own words: R is the identity, spelt with the sign bit. openssl refuses it; ZIP 215 does not.
  test("R in an encoding that is not canonical", () => {
    const { scalar, pointBytes } = ed.utils.getExtendedPublicKey(Buffer.from(vectors[0]!.seed, "hex"));
    const R = Buffer.from(weak["identity with the sign bit"]!, "hex");
    const S = (challenge(R, pointBytes, message) * scalar) % ORDER;
    const signature = Buffer.concat([R, little(S)]);
    expect(ed.verify(signature, message, signer.key.publicKey, { zip215: true })).toBe(true);
    expect(ask(signature)).toMatchObject(NO);
  });

  test("a key of small order, under which nothing needs to be signed", () => {
    const publicKey = Buffer.from(weak["identity"]!, "hex");
    const signature = Buffer.concat([ed.Point.BASE.toBytes(), little(1n)]);
    expect(ed.verify(signature, message, publicKey, { zip215: true })).toBe(true);
    expect(
      ask(signature, { payload, keyid: keyId(publicKey) }, [{ keyid: keyId(publicKey), publicKey }]),
    ).toMatchObject(NO);
  });

  test("a key that is none does not crash", () => {
    const publicKey = new Uint8Array(31);
    expect(ask(good, { payload, keyid: "x" }, [{ keyid: "x", publicKey }])).toMatchObject(NO);
  });
});

describe("acceptance", () => {
  test("gives the very bytes that were signed, and the key", () => {
    expect(verifyEnvelope(signer.envelope(payload), [other.key, signer.key])).toEqual({
      ok: true,
      value: { payload: Buffer.from(payload), keyid },
    });
  });

  test("the signature over a fixed payload is what it always was", () => {
    const golden = readFileSync(join(import.meta.dirname, "../../vectors/dsse/hello.dsse.json"));
    expect(Buffer.from(signer.envelope(payload)).toString()).toBe(golden.toString());
    expect(verifyEnvelope(golden, [signer.key]).ok).toBe(true);
  });

  test.each(vectors)(
    "RFC 8032 $name, under the options that are used here",
    ({ message: text, signature, public: key }) => {
      expect(
        ed.verify(Buffer.from(signature, "hex"), Buffer.from(text, "hex"), Buffer.from(key, "hex"), {
          zip215: false,
        }),
      ).toBe(true);
    },
  );
});
