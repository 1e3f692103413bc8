// D17: the vectors of signed evidence, as files that hold public keys and signatures only. UPDATE_VECTORS=1 writes them anew.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readProof, signatureFaults } from "../../../src/core/attestation/read-evidence.ts";
import { parsePublicKey } from "../../../src/core/attestation/key.ts";
import { utf8 } from "../../../src/core/base/bytes.ts";
import { proofFault } from "../../../src/core/gate/signature.ts";
import type { Proof, Subject, Trust } from "../../../src/core/gate/evidence.ts";
import { ci, trust } from "../../support/evidence.ts";
import { type Case } from "../../support/evidence-cases.ts";
import { cases } from "../../support/evidence-forgeries.ts";

const folder = join(import.meta.dirname, "../../vectors/evidence");
const question = { check: "ci.tests", params: { suite: "unit" } };

interface Vector {
  readonly about: string;
  readonly form: Proof["form"];
  /** The file's exact text. */
  readonly proof: string;
  readonly question: typeof question;
  readonly subject: Subject;
  readonly now: string;
  readonly max_age_seconds: number;
  /** evidence.bind */
  readonly bind: Trust["bind"];
  readonly keys: readonly {
    public_key: string;
    checks: readonly string[];
    expires: string | null;
    not_before?: string;
    not_after?: string;
  }[];
  /** null: it holds. */
  readonly expected: string | null;
}

function vectorOf({ name, proof, trust: under, expected }: Case): Vector {
  return {
    about: name,
    form: proof.form,
    proof: Buffer.from(proof.bytes).toString(),
    question,
    subject: under.subject,
    now: new Date(under.now).toISOString(),
    max_age_seconds: under.maxAgeSeconds,
    bind: under.bind,
    keys: under.keys.map(({ checks, expires, notBefore, notAfter }) => ({
      public_key: ci.pem,
      checks,
      expires: expires === undefined ? null : new Date(expires).toISOString(),
      ...(notBefore === undefined ? {} : { not_before: new Date(notBefore).toISOString() }),
      ...(notAfter === undefined ? {} : { not_after: new Date(notAfter).toISOString() }),
    })),
    expected: expected ?? null,
  };
}

const fileOf = (name: string): string => `${name.replaceAll(/[^a-z0-9]+/g, "-")}.json`;

if (process.env["UPDATE_VECTORS"] === "1") {
  mkdirSync(folder, { recursive: true });
  for (const one of cases)
    writeFileSync(join(folder, fileOf(one.name)), `${JSON.stringify(vectorOf(one), undefined, 2)}\n`);
}

test("each case has a name of its own, each file its case, and each is what its phrase makes, byte for byte", () => {
  const names = cases.map(({ name }) => fileOf(name));
  expect(new Set(names).size).toBe(names.length);
  expect(
    readdirSync(folder)
      .filter((name) => name !== "README.md")
      .sort(),
  ).toEqual(names.sort());
  for (const one of cases)
    expect(JSON.parse(readFileSync(join(folder, fileOf(one.name)), "utf8")), one.name).toEqual(vectorOf(one));
});

describe("a file is judged as it says", () => {
  test.each(readdirSync(folder).filter((name) => name.endsWith(".json")))("%s", (name) => {
    const vector = JSON.parse(readFileSync(join(folder, name), "utf8")) as Vector;
    const keys = vector.keys.map(({ public_key, checks, expires, not_before: from, not_after: to }) => ({
      name: "ci",
      ...parsePublicKey(public_key, "vector"),
      checks,
      ...(expires === null ? {} : { expires: Date.parse(expires) }),
      ...(from === undefined ? {} : { notBefore: Date.parse(from) }),
      ...(to === undefined ? {} : { notAfter: Date.parse(to) }),
    }));
    const under = trust({
      keys,
      now: Date.parse(vector.now),
      maxAgeSeconds: vector.max_age_seconds,
      bind: vector.bind,
      subject: vector.subject,
    });
    const read = readProof({ form: vector.form, bytes: utf8(vector.proof) });
    expect(proofFault(read, vector.question, under) ?? null).toBe(vector.expected);
  });
});

test("every fault that a file can have is in a file", () => {
  const covered = new Set(cases.map(({ expected }) => expected));
  // What only the provider's answer has, and what is too large to be kept, is in signature.test.ts.
  const rest = signatureFaults.filter((fault) => !covered.has(fault));
  expect(rest).toEqual(["signature_too_large", "signature_other_value"]);
});
