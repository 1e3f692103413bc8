// Signatures of ours before verifiers that we did not write, and what the signer will not sign.
import { bundleFromJSON } from "@sigstore/bundle";
import { toSignedEntity, toTrustMaterial, Verifier } from "@sigstore/verify";
import { execFileSync, spawnSync } from "node:child_process";
import { createPublicKey } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseEnvelope, preAuthEncoding, renderEnvelope } from "../../../src/core/attestation/envelope.ts";
import { renderSshKey } from "../../../src/core/attestation/key.ts";
import { verifyEnvelope } from "../../../src/core/attestation/verify.ts";
import { utf8 } from "../../../src/core/base/bytes.ts";
import { judge } from "../../../src/validator/round.ts";
import { openBench, publishNow, putOrder, type TestBench } from "../../support/bench.ts";
import { needs } from "../../support/needs.ts";
import { removeScratch, scratchRepository } from "../../support/scratch.ts";

const PATCH = "diff --git a/a.ts b/a.ts\n--- a/a.ts\n+++ b/a.ts\n@@ -1 +1 @@\n-one\n+two\n";

let repo: string;
let on: TestBench;
let genuine: Uint8Array;
let tampered: Uint8Array;
const publicFile = (): string => join(on.state, "trust", "attestation.pub.pem");

beforeAll(async () => {
  repo = scratchRepository("signer", { "a.ts": "one\n" });
  on = await openBench(repo);
  const base = await publishNow(on);
  const id = await putOrder(on, base, PATCH);
  expect(await judge(on.bench, base, id, true)).toEqual({ kind: "signed", outcome: "APPROVED" });
  const found = await on.bench.exchange.verdicts.read(id);
  genuine = found.kind === "found" ? found.bytes : new Uint8Array();
  const envelope = parseEnvelope(genuine);
  if (envelope === undefined) throw new Error("no envelope");
  const payload = Buffer.from(envelope.payload);
  payload[payload.indexOf("APPROVED")] = 0x42;
  tampered = renderEnvelope({ ...envelope, payload });
});

afterAll(() => {
  removeScratch(repo);
  removeScratch(on.state);
});

test("our own verifier takes the genuine one only", () => {
  expect(verifyEnvelope(genuine, [on.bench.signer.key]).ok).toBe(true);
  expect(verifyEnvelope(tampered, [on.bench.signer.key]).ok).toBe(false);
});

test.skipIf(!needs("openssl"))("openssl takes the genuine one only", () => {
  const verify = (bytes: Uint8Array): number | null => {
    const envelope = parseEnvelope(bytes);
    const [message, signature] = [join(on.state, "pae"), join(on.state, "sig")];
    writeFileSync(message, preAuthEncoding(envelope?.payload ?? new Uint8Array()));
    writeFileSync(signature, envelope?.signature ?? "");
    const args = [
      "pkeyutl",
      "-verify",
      "-pubin",
      "-inkey",
      publicFile(),
      "-rawin",
      "-in",
      message,
      "-sigfile",
      signature,
    ];
    return spawnSync("openssl", args).status;
  };
  expect([verify(genuine), verify(tampered)]).toEqual([0, 1]);
});

test.skipIf(!needs("ssh-keygen"))("ssh-keygen prints the keyid of the envelope", () => {
  const file = join(on.state, "key.pub");
  writeFileSync(file, renderSshKey(on.bench.signer.key.publicKey, "validator"));
  const printed = execFileSync("ssh-keygen", ["-lf", file], { encoding: "utf8" }).split(" ")[1];
  expect(printed).toBe(parseEnvelope(genuine)?.keyid);
});

test("sigstore takes the genuine one only", () => {
  const verify = (bytes: Uint8Array): void => {
    const dsseEnvelope = JSON.parse(Buffer.from(bytes).toString()) as { signatures: { keyid: string }[] };
    const material = { publicKey: { hint: dsseEnvelope.signatures[0]?.keyid ?? "" } };
    const bundle = bundleFromJSON({
      mediaType: "application/vnd.dev.sigstore.bundle.v0.3+json",
      verificationMaterial: material,
      dsseEnvelope,
    });
    const publicKey = createPublicKey(readFileSync(publicFile()));
    const root = {
      certificateAuthorities: [],
      timestampAuthorities: [],
      tlogs: [],
      ctlogs: [],
    } as unknown as Parameters<typeof toTrustMaterial>[0];
    const trust = toTrustMaterial(root, () => ({ publicKey, validFor: () => true }));
    new Verifier(trust, { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 0 }).verify(
      toSignedEntity(bundle),
    );
  };
  expect(() => verify(genuine)).not.toThrow();
  expect(() => verify(tampered)).toThrow();
});

test("nothing but statements of ours is signed", () => {
  const statement = Buffer.from(parseEnvelope(genuine)?.payload ?? "").toString();
  for (const bytes of [
    "",
    "{}",
    "a commit",
    `${statement} `,
    statement.replace("Statement/v1", "Statement/v2"),
    statement.replace('"PASSED"', '"FAILED"'),
  ]) {
    expect(() => on.bench.signer.sign(utf8(bytes))).toThrow(
      expect.objectContaining({ code: "key_unusable" }),
    );
  }
  expect(Buffer.from(on.bench.signer.sign(utf8(statement)))).toEqual(Buffer.from(genuine));
});
