// Wycheproof: known ways to get Ed25519 and AES-GCM wrong, tried on what verifies our verdicts and opens our entries.
import { createDecipheriv } from "node:crypto";
import { afterAll, describe, expect, test } from "vitest";
import { isSignature } from "../../src/core/attestation/verify.ts";
import { removeScratch, scratch } from "../support/scratch.ts";
import { groupsOf, wycheproof } from "../support/wycheproof.ts";

const folder = scratch("wycheproof");
afterAll(() => removeScratch(folder));
const vectors = wycheproof(folder);
const bytes = (hex: string): Buffer => Buffer.from(hex, "hex");

interface Vector {
  readonly tcId: number;
  readonly comment: string;
  readonly msg: string;
  readonly result: "valid" | "invalid" | "acceptable";
}
interface Signed extends Vector {
  readonly sig: string;
}
interface Encrypted extends Vector {
  readonly key: string;
  readonly iv: string;
  readonly aad: string;
  readonly ct: string;
  readonly tag: string;
}

/** As core/audit/sealed-line.ts opens a line: 256-bit key, nonce of 12 bytes, tag of 16. */
function opened({ key, iv, aad, ct, tag }: Encrypted): string | undefined {
  try {
    const cipher = createDecipheriv("aes-256-gcm", bytes(key), bytes(iv), { authTagLength: 16 });
    cipher.setAAD(bytes(aad));
    cipher.setAuthTag(bytes(tag));
    return Buffer.concat([cipher.update(bytes(ct)), cipher.final()]).toString("hex");
  } catch {
    return undefined;
  }
}

describe.skipIf(vectors === undefined)("Wycheproof", () => {
  test("Ed25519: each signature is taken or refused as it says", () => {
    const groups = groupsOf<Signed>(vectors ?? "", "ed25519_test.json");
    const said = groups.flatMap(({ publicKey, tests }) =>
      tests.map(({ tcId, comment, msg, sig, result }) => ({
        tcId,
        comment,
        result: isSignature(bytes(sig), bytes(msg), bytes(publicKey?.pk ?? "")) ? "valid" : "invalid",
        wanted: result,
      })),
    );
    expect(said.filter(({ result, wanted }) => result !== wanted)).toEqual([]);
    expect(said.length).toBe(150);
    console.log(`Wycheproof: ${said.length} of Ed25519`);
  });

  test("AES-256-GCM: each text is opened or refused as it says", () => {
    const groups = groupsOf<Encrypted>(vectors ?? "", "aes_gcm_test.json").filter(
      ({ keySize, ivSize, tagSize }) => keySize === 256 && ivSize === 96 && tagSize === 128,
    );
    const said = groups.flatMap(({ tests }) =>
      tests.map((one) => ({
        tcId: one.tcId,
        right: one.result === "valid" ? opened(one) === one.msg : opened(one) === undefined,
      })),
    );
    expect(said.filter(({ right }) => !right)).toEqual([]);
    expect(said.length).toBeGreaterThan(50);
    console.log(`Wycheproof: ${said.length} of AES-256-GCM with nonces of 12 bytes`);
  });
});
