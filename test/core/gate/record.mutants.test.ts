// What the mutation run (npm run mutate) found that no other test noticed in records, their digests, trees and keys.
import { createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import { disclosureOf, shownEvidence } from "../../../src/core/gate/disclosure.ts";
import { evidenceKey, pinnedKey } from "../../../src/core/gate/evidence-key.ts";
import {
  conditionIdSchema,
  type DecisionRecord,
  decisionRecordSchema,
  recordFault,
  recordOf,
} from "../../../src/core/gate/record.ts";
import { MAX_TREE_TEXT, readTree } from "../../../src/core/gate/tree.ts";
import { ci, trust } from "../../support/evidence.ts";
import { asks, gate, record, yes } from "../../support/records.ts";

describe("evidence keys", () => {
  const entry = { name: "ci", checks: ["*"] };
  const raw = Buffer.alloc(32, 7);

  test("what is not base64 is said by the key's name", () => {
    const read = (): unknown => pinnedKey({ name: "ci", key: "%%%" });
    expect(read).toThrow(
      expect.objectContaining({ code: "key_unusable", message: "public key ci is not base64" }),
    );
  });

  test("32 bytes are a key as they are", () => {
    expect(ci.key.publicKey).toHaveLength(32);
    const key = Buffer.from(ci.key.publicKey).toString("base64");
    expect(pinnedKey({ name: "ci", key }).keyid).toBe(ci.key.keyid);
    expect(raw).toHaveLength(32);
  });

  test("a key without an end has no such field", () => {
    const key = Buffer.from(ci.key.publicKey).toString("base64");
    expect(Object.keys(evidenceKey({ ...entry, key }))).not.toContain("expires");
  });
});

describe("the schema of decision records", () => {
  const made = record(gate("a", [asks("a")]), { a: yes }, { raw: true });
  const first = made.conditions[0] ?? made.conditions.at(-1);
  const withOne = (change: object): unknown => ({ ...made, conditions: [{ ...first, ...change }] });
  const takes = (change: object): boolean => decisionRecordSchema.safeParse(withOne(change)).success;

  test.each([
    ["detail", 80],
    ["value", 4000],
    ["keyid", 100],
  ] as const)("%s: up to %i characters", (field, most) => {
    expect(takes({ [field]: "x" })).toBe(true);
    expect(takes({ [field]: "x".repeat(most) })).toBe(true);
    expect(takes({ [field]: "x".repeat(most + 1) })).toBe(false);
  });

  test("a digest is 64 hexadecimal digits and nothing around them", () => {
    const digest = "0123456789abcdef".repeat(4);
    expect(["", "0", "x"].map((more) => takes({ digest: `${digest}${more}` }))).toEqual([true, false, false]);
    expect(takes({ digest: `x${digest}` })).toBe(false);
  });

  test("an id of a condition is what its message says", () => {
    for (const id of ["9a", "_a", "A", "-a", "a!", "a b", `a${"b".repeat(40)}`, ""]) {
      const parsed = conditionIdSchema.safeParse(id);
      expect(parsed.error?.issues[0]?.message, id).toBe(
        "must be 1 to 40 lower-case letters, digits, _ or -, a letter first",
      );
    }
    expect(conditionIdSchema.safeParse(`a${"9".repeat(39)}`).success).toBe(true);
  });
});

describe("what a record may say", () => {
  const made = record(gate("a", [asks("a")]), { a: yes }, { raw: true });
  const changed = (
    change: Partial<DecisionRecord["conditions"][number]>,
    whole: object = {},
  ): DecisionRecord => ({
    ...made,
    ...whole,
    conditions: made.conditions.map((one) => ({ ...one, ...change })),
  });

  test("a value with its digest", () => {
    expect(made.conditions[0]).toMatchObject({ value: "true", digest: expect.any(String) as string });
    expect(recordFault(made)).toBeUndefined();
    expect(recordFault(changed({ digest: null }))).toBe("condition a: it shows a value without its digest");
  });

  test("a signed statement that did not hold has no key", () => {
    const unsigned = { provider: "signed", check: "statement", value: null, digest: null } as const;
    const failed = {
      ...unsigned,
      state: "unknown",
      reason: "provider_error",
      detail: "signature_invalid",
    } as const;
    expect(recordFault(changed(failed, { state: "unknown" }))).toBeUndefined();
    expect(recordFault(changed({ ...unsigned, digest: "0".repeat(64) }))).toContain("no key signed");
  });

  test("the caller's name is the gateway's to know, and nobody else's", () => {
    const named = { provider: "caller", check: "principal", lane: "verified" } as const;
    const asserted = { ...named, lane: "asserted", min_lane: "asserted" } as const;
    for (const name of ["read-file", "propose-patch"])
      expect(recordFault(changed(named, { gate: name }))).toBeUndefined();
    for (const name of ["verdict", "landing"]) {
      expect(recordFault(changed(named, { gate: name }))).toBe("condition a: such evidence is not verified");
      expect(recordFault(changed(asserted, { gate: name, min_lane: "asserted" }))).toBeUndefined();
    }
  });

  test("the least that was asked for, also where that is asserted", () => {
    const terms = trust({ minLane: "asserted" });
    expect(record(gate("a", [asks("a")]), { a: yes }, { terms }).min_lane).toBe("asserted");
  });

  test("nothing about a condition that the gate does not have", () => {
    const outcome = {
      gate: gate("a", [asks("a")]),
      state: "true",
      judged: [{ id: "b", state: "true", minLane: "verified" }],
    } as const;
    const facts = { evidence: new Map(), trust: trust() };
    const disclosure = { allowRaw: false, requireOptIn: true, optedIn: [], key: new Uint8Array(32) };
    expect(() => recordOf(outcome, facts, disclosure)).toThrow(
      new TypeError("gate verdict has no condition b"),
    );
  });
});

describe("disclosure", () => {
  test("a short key is refused by its length", () => {
    const terms = { allow_raw_values: false, require_provider_opt_in: true, raw_providers: [] };
    expect(() => disclosureOf(terms, new Uint8Array(31))).toThrow("a disclosure key has at least 32 bytes");
  });

  test("the digest of bytes is the HMAC of the question, the form and the bytes in base64", () => {
    const key = new Uint8Array(32).fill(9);
    const asked = asks("a");
    const disclosure = { allowRaw: true, requireOptIn: false, optedIn: [], key };
    const { digest } = shownEvidence(asked, { lane: "verified", bytes: new Uint8Array([1, 2]) }, disclosure);
    const said = ["countersign evidence value v1", "a", asked.provider, asked.check, "bytes", "AQI="];
    expect(digest).toBe(createHmac("sha256", key).update(JSON.stringify(said)).digest("hex"));
  });
});

test("a tree's text may be as long as a record takes, and one character longer is none", () => {
  const treeOf = (length: number): string => {
    const names = Array.from({ length: 1500 }, (_, at) => `c${String(at).padStart(39, "0")}`);
    const frame = JSON.stringify({ all: names }).length;
    return JSON.stringify({ all: [...names, "x".repeat(length - frame - 3)] });
  };
  expect(treeOf(MAX_TREE_TEXT)).toHaveLength(MAX_TREE_TEXT);
  expect(readTree(treeOf(MAX_TREE_TEXT))).toBeDefined();
  expect(readTree(treeOf(MAX_TREE_TEXT + 1))).toBeUndefined();
});
