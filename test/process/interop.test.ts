// Real verdicts meet verifiers that we did not write: openssl, ssh-keygen, @sigstore/verify and cosign.
import { bundleFromJSON } from "@sigstore/bundle";
import { toSignedEntity, toTrustMaterial, Verifier } from "@sigstore/verify";
import { execFileSync, spawnSync } from "node:child_process";
import { createPublicKey } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { APPROVAL } from "../../src/core/attestation/statement.ts";
import { content, propose, type Served, serve } from "../support/agent.ts";
import { needs } from "../support/needs.ts";
import { removeScratch, scratch, scratchRepository } from "../support/scratch.ts";

interface EnvelopeJson {
  payload: string;
  payloadType: string;
  signatures: { keyid: string; sig: string }[];
}

let served: Served;
let folder: string;
let id: string;
let envelope: EnvelopeJson;
const publicKey = (): string => join(served.state, "trust", "attestation.pub.pem");

beforeAll(async () => {
  folder = scratch("interop");
  served = await serve(scratchRepository("interop", { "src/a.ts": "export const a = 1;\n" }));
  const edit = { op: "replace", path: "src/a.ts", old_text: "a = 1", new_text: "a = 2" };
  const said = content(await propose(served, { edits: [edit] }));
  expect(said["state"]).toBe("approved");
  id = String(said["patch_id"]);
  envelope = JSON.parse(
    readFileSync(join(served.state, "exchange", "verdicts", `${id}.dsse.json`), "utf8"),
  ) as EnvelopeJson;
  const order = JSON.parse(readFileSync(join(served.state, "exchange", "orders", `${id}.json`), "utf8")) as {
    patch: string;
  };
  writeFileSync(join(folder, "patch.diff"), order.patch);
});

afterAll(async () => {
  await served.stop();
  removeScratch(folder);
  removeScratch(served.repo);
});

/** The same envelope with one byte of its payload changed. */
function tampered(): EnvelopeJson {
  const bytes = Buffer.from(envelope.payload, "base64");
  const at = bytes.indexOf("APPROVED");
  bytes[at] = 0x42;
  return { ...envelope, payload: bytes.toString("base64") };
}

function pae(of: EnvelopeJson): Buffer {
  const body = Buffer.from(of.payload, "base64");
  return Buffer.concat([
    Buffer.from(`DSSEv1 ${of.payloadType.length} ${of.payloadType} ${body.length} `),
    body,
  ]);
}

function openssl(of: EnvelopeJson): number | null {
  writeFileSync(join(folder, "pae.bin"), pae(of));
  writeFileSync(join(folder, "sig.bin"), Buffer.from(of.signatures[0]?.sig ?? "", "base64"));
  const args = [
    "pkeyutl",
    "-verify",
    "-pubin",
    "-inkey",
    publicKey(),
    "-rawin",
    "-in",
    join(folder, "pae.bin"),
    "-sigfile",
    join(folder, "sig.bin"),
  ];
  return spawnSync("openssl", args).status;
}

function bundleOf(of: EnvelopeJson): unknown {
  return {
    mediaType: "application/vnd.dev.sigstore.bundle.v0.3+json",
    verificationMaterial: {
      publicKey: { hint: of.signatures[0]?.keyid },
      tlogEntries: [],
      timestampVerificationData: { rfc3161Timestamps: [] },
    },
    dsseEnvelope: of,
  };
}

function sigstore(of: EnvelopeJson): boolean {
  const key = createPublicKey(readFileSync(publicKey(), "utf8"));
  const trust = toTrustMaterial(
    { mediaType: "", certificateAuthorities: [], timestampAuthorities: [], tlogs: [], ctlogs: [] },
    () => ({ publicKey: key, validFor: () => true }),
  );
  const verifier = new Verifier(trust, { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 0 });
  try {
    verifier.verify(toSignedEntity(bundleFromJSON(bundleOf(of))));
    return true;
  } catch {
    return false;
  }
}

describe("a real verdict", () => {
  test.skipIf(!needs("openssl"))("openssl accepts it, and refuses it with one byte changed", () => {
    expect(openssl(envelope)).toBe(0);
    expect(openssl(tampered())).not.toBe(0);
  });

  test("@sigstore/verify accepts it, and refuses it with one byte changed", () => {
    expect(sigstore(envelope)).toBe(true);
    expect(sigstore(tampered())).toBe(false);
  });

  test.skipIf(!needs("ssh-keygen"))("ssh-keygen -lf prints its keyid", () => {
    const raw = createPublicKey(readFileSync(publicKey(), "utf8"))
      .export({ format: "der", type: "spki" })
      .subarray(12);
    const name = Buffer.from("ssh-ed25519");
    const length = (n: number): Buffer => Buffer.from([0, 0, 0, n]);
    const line = Buffer.concat([length(name.length), name, length(raw.length), raw]).toString("base64");
    writeFileSync(join(folder, "key.pub"), `ssh-ed25519 ${line}\n`);
    expect(execFileSync("ssh-keygen", ["-lf", join(folder, "key.pub")], { encoding: "utf8" })).toContain(
      ` ${envelope.signatures[0]?.keyid} `,
    );
  });

  describe.skipIf(!needs("cosign"))("cosign verify-blob-attestation", () => {
    const cosign = (of: EnvelopeJson, blob = "patch.diff"): number | null => {
      const bundle = join(folder, "bundle.json");
      writeFileSync(bundle, JSON.stringify(bundleOf(of)));
      const args = [
        "verify-blob-attestation",
        "--key",
        publicKey(),
        "--bundle",
        bundle,
        "--type",
        APPROVAL,
        "--insecure-ignore-tlog",
        join(folder, blob),
      ];
      return spawnSync("cosign", args, { env: { ...process.env, HOME: folder } }).status;
    };

    test("accepts the verdict for the patch", () => expect(cosign(envelope)).toBe(0));
    test("refuses a changed byte", () => expect(cosign(tampered())).not.toBe(0));
    test("refuses another patch", () => {
      writeFileSync(join(folder, "other.diff"), "something else\n");
      expect(cosign(envelope, "other.diff")).not.toBe(0);
    });
  });
});
