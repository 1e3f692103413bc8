// Signed evidence before a signer and a verifier that we did not write: openssl alone, by the recipes of docs/formats/evidence.md.
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parsePublicKey } from "../../../src/core/attestation/key.ts";
import { readProof } from "../../../src/core/attestation/read-evidence.ts";
import { parseSchemaStatement } from "../../../src/core/gate/schema.ts";
import { verifyEnvelope } from "../../../src/core/attestation/verify.ts";
import { sha256 } from "../../../src/core/base/digest.ts";
import { proofFault } from "../../../src/core/gate/signature.ts";
import { renderValue } from "../../../src/core/gate/value.ts";
import { context, RESOURCE, trust } from "../../support/evidence.ts";
import { needs } from "../../support/needs.ts";
import { removeScratch, scratch, scratchRepository } from "../../support/scratch.ts";
import { signEvidence } from "../../../src/validator/signing/evidence.ts";
import { readKey } from "../../../src/validator/signing/key-file.ts";

const PATIENCE = 60_000;
const program = join(import.meta.dirname, "../../../bin/countersign.js");
const page = readFileSync(join(import.meta.dirname, "../../../docs/formats/evidence.md"), "utf8");
const [makeKey = "", make = "", verify = ""] = [...page.matchAll(/```sh\n([^]*?)```/g)].map(
  ([, text = ""]) => text,
);

let folder: string;
const PATCH = "diff --git a/a b/a\n";
const question = { check: "ci.tests", params: { suite: "unit" } };

const shell = (script: string): { status: number | null; stdout: string; stderr: string } =>
  spawnSync("sh", ["-euc", script], { cwd: folder, encoding: "utf8", timeout: PATIENCE });
const countersign = (...args: readonly string[]): { status: number | null; stdout: string; stderr: string } =>
  spawnSync(process.execPath, [program, ...args], { cwd: folder, encoding: "utf8", timeout: PATIENCE });
const words = (...more: readonly string[]): readonly string[] => [
  "evidence",
  "sign",
  "--key",
  "ci.key.pem",
  "--check",
  "ci.tests",
  "--param",
  "suite=unit",
  "--resource-name",
  "demo",
  "--namespace",
  "team-a",
  ...more,
];
const sign = (...more: readonly string[]): ReturnType<typeof countersign> => countersign(...words(...more));

function faultOf(bytes: Uint8Array, form: "dsse" | "result", patch: string = sha256(PATCH)): unknown {
  const key = parsePublicKey(readFileSync(join(folder, "ci.pub.pem"), "utf8"), "ci");
  const keys = [{ name: "ci", ...key, checks: ["ci.tests"] }];
  const subject = { resource: RESOURCE, patch };
  return proofFault(readProof({ form, bytes }), question, trust({ keys, subject, now: Date.now() }));
}

beforeAll(() => {
  folder = scratch("evidence");
  writeFileSync(join(folder, "patch.diff"), PATCH);
  if (!needs("openssl")) return;
  expect(shell(makeKey)).toMatchObject({ status: 0 });
});
afterAll(() => removeScratch(folder));

describe.skipIf(!needs("openssl"))("openssl", () => {
  test(
    "an envelope of ours verifies by the recipe, and a changed one does not",
    () => {
      const { stdout, status } = sign("--patch-file", "patch.diff", "--value", "true");
      expect(status).toBe(0);
      writeFileSync(join(folder, "evidence.json"), stdout);
      expect(shell(verify)).toMatchObject({
        status: 0,
        stdout: expect.stringContaining("Verified") as string,
      });
      const json = JSON.parse(stdout) as { payload: string };
      const payload = Buffer.from(json.payload, "base64")
        .toString()
        .replace('"value":"true"', '"value":"null"');
      writeFileSync(
        join(folder, "evidence.json"),
        `${JSON.stringify({ ...json, payload: Buffer.from(payload).toString("base64") })}\n`,
      );
      expect(shell(verify).status).toBe(1);
    },
    PATIENCE,
  );

  test(
    "an envelope that openssl made by the recipe alone counts, for this patch",
    () => {
      expect(shell(make)).toMatchObject({ status: 0, stderr: "" });
      const bytes = readFileSync(join(folder, "evidence.json"));
      expect(faultOf(bytes, "dsse")).toBe(undefined);
      expect(faultOf(bytes, "dsse", sha256("another"))).toBe("signature_other_patch");
      expect(faultOf(Buffer.from(bytes.toString().replace(/"sig":"../, '"sig":"AA')), "dsse")).toBe(
        "signature_invalid",
      );
    },
    PATIENCE,
  );

  test(
    "a signature of ours in EvidenceResult form verifies over the message of the page",
    () => {
      const { stdout } = sign("--patch-file", "patch.diff", "--value", "true", "--form", "result");
      const json = JSON.parse(stdout) as {
        context: unknown;
        evidence_hash: unknown;
        signature: { signature: string };
      };
      const purpose = "https://countersign.dev/attestation/evidence/v1";
      // What countersign prints is canonical, so that a program which keeps the order of keys needs no canonicaliser.
      writeFileSync(
        join(folder, "message"),
        JSON.stringify({ context: json.context, evidence_hash: json.evidence_hash, purpose }),
      );
      writeFileSync(join(folder, "sig"), Buffer.from(json.signature.signature, "base64"));
      const check = "openssl pkeyutl -verify -pubin -inkey ci.pub.pem -rawin -in message -sigfile sig";
      expect(shell(check).status).toBe(0);
      writeFileSync(
        join(folder, "message"),
        JSON.stringify({ context: json.context, evidence_hash: json.evidence_hash }),
      );
      expect(shell(check).status).toBe(1);
    },
    PATIENCE,
  );

  test.each(["dsse", "result"] as const)(
    "%s: what is signed in a job without any state counts",
    (form) => {
      const { stdout } = sign(
        "--patch",
        sha256(PATCH),
        "--value",
        '{"b":1.50,"a":9007199254740993}',
        "--form",
        form,
      );
      expect(faultOf(Buffer.from(stdout), form)).toBe(undefined);
      const read = readProof({ form, bytes: Buffer.from(stdout) });
      expect(read.ok ? [renderValue(read.value), read.context.nonce.length] : []).toEqual([
        '{"a":9007199254740993,"b":1.5}',
        32,
      ]);
      const again = readProof({
        form,
        bytes: Buffer.from(sign("--patch", sha256(PATCH), "--value", "1", "--form", form).stdout),
      });
      expect(read.ok && again.ok ? read.context.nonce : "").not.toBe(again.ok ? again.context.nonce : "");
    },
    PATIENCE,
  );

  test("what no reader would take is not signed", () => {
    const key = readKey(join(folder, "ci.key.pem"), []);
    for (const form of ["dsse", "result"] as const)
      expect(() => signEvidence(context(), "x".repeat(70_000), form, key)).toThrow(
        expect.objectContaining({ code: "usage" }),
      );
  });

  test(
    "a schema is signed as what it is",
    () => {
      const document = {
        schema: "countersign-evidence-schema/1",
        name: "ci.tests",
        version: 1,
        types: ["boolean"],
      };
      writeFileSync(join(folder, "schema.json"), JSON.stringify(document));
      const { stdout, status } = countersign("schema", "sign", "schema.json", "--key", "ci.key.pem");
      expect(status).toBe(0);
      const key = parsePublicKey(readFileSync(join(folder, "ci.pub.pem"), "utf8"), "ci");
      const verified = verifyEnvelope(Buffer.from(stdout), [key]);
      expect(verified.ok ? parseSchemaStatement(verified.value.payload) : verified).toEqual({
        ok: true,
        value: document,
      });
      writeFileSync(join(folder, "schema.json"), JSON.stringify({ ...document, types: [] }));
      expect(countersign("schema", "sign", "schema.json", "--key", "ci.key.pem")).toMatchObject({
        status: 2,
        stdout: "",
      });
    },
    PATIENCE,
  );
});

describe.skipIf(!needs("openssl"))("evidence sign refuses, signs nothing, and says what to do", () => {
  const about = ["--patch", sha256(PATCH), "--value", "true"] as const;

  test.each<[string, readonly string[], string]>([
    ["nothing that it is about", ["--value", "true"], "Pass --patch"],
    ["a patch twice", [...about, "--patch-file", "patch.diff"], "both given"],
    ["a patch that is no digest", ["--patch", "abc", "--value", "true"], "--patch must be"],
    ["a patch file that is not there", ["--patch-file", "none.diff", "--value", "true"], "does not exist"],
    ["a patch file that is a folder", ["--patch-file", ".", "--value", "true"], "not a regular file"],
    ["a value that is not JSON", ["--patch", sha256(PATCH), "--value", "passed"], `'"passed"'`],
    ["a value with a key twice", ["--patch", sha256(PATCH), "--value", '{"a":1,"a":2}'], "is not JSON"],
    ["a parameter twice", [...about, "--param", "suite=all"], "twice"],
    ["an unknown form", [...about, "--form", "jwt"], "--form"],
    ["no life", [...about, "--ttl", "0"], "--ttl"],
    ["a life of more than 30 days", [...about, "--ttl", "2592001"], "--ttl"],
    ["a tree that is none", [...about, "--tree", "HEAD"], "--tree"],
    ["a key by reference", [...about, "--key", "env:CI_KEY"], "umask 077"],
    ["a public key", [...about, "--key", "ci.pub.pem"], "ci.pub.pem"],
    ["an unknown option", [...about, "--force"], "unknown option"],
  ])(
    "%s",
    (_, more, said) => {
      const { status, stdout, stderr } = sign(...more);
      expect({ status, stdout, stderr }).toEqual({
        status: 2,
        stdout: "",
        stderr: expect.stringContaining(said) as string,
      });
      expect(stderr).not.toMatch(/^ {4}at /m);
    },
    PATIENCE,
  );

  test(
    "a key that others can read, and one inside a repository",
    () => {
      chmodSync(join(folder, "ci.key.pem"), 0o640);
      expect(sign(...about)).toMatchObject({
        status: 2,
        stdout: "",
        stderr: expect.stringContaining("chmod 600") as string,
      });
      chmodSync(join(folder, "ci.key.pem"), 0o600);
      const checkout = scratchRepository("evidence", { a: "x" });
      mkdirSync(join(checkout, "keys"));
      execFileSync("cp", ["-p", join(folder, "ci.key.pem"), join(checkout, "keys", "ci.key.pem")]);
      expect(sign(...about, "--key", join(checkout, "keys", "ci.key.pem"))).toMatchObject({
        status: 2,
        stdout: "",
        stderr: expect.stringContaining("inside the repository") as string,
      });
      removeScratch(checkout);
    },
    PATIENCE,
  );

  test(
    "a file that is there is not overwritten",
    () => {
      expect(sign(...about, "--out", "out.json")).toMatchObject({ status: 0, stdout: "" });
      const before = readFileSync(join(folder, "out.json"), "utf8");
      expect(statSync(join(folder, "out.json")).mode & 0o007).toBe(0);
      expect(sign(...about, "--out", "out.json")).toMatchObject({
        status: 2,
        stderr: expect.stringContaining("not overwritten") as string,
      });
      expect(readFileSync(join(folder, "out.json"), "utf8")).toBe(before);
    },
    PATIENCE,
  );
});
