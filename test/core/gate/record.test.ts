// D14, D31: the record says how it was decided and nothing else, and it can be followed.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sha256 } from "../../../src/core/base/digest.ts";
import type { Evidence, Trust } from "../../../src/core/gate/evidence.ts";
import { decisionRecordSchema, recordFault } from "../../../src/core/gate/record.ts";
import type { Requirement } from "../../../src/core/gate/requirement.ts";
import { treeText } from "../../../src/core/gate/tree.ts";
import {
  ci,
  context,
  dsse,
  NOW,
  pinned,
  result,
  spec as signedSpec,
  stranger,
  trust,
} from "../../support/evidence.ts";
import { asks, claimed, gate, no, record, yes } from "../../support/records.ts";

describe("the record", () => {
  const policy = gate({ all: ["a", { not: "b" }, { any: ["c", "d"] }] }, [
    asks("a"),
    asks("b"),
    claimed("c"),
    asks("d"),
  ]);
  const made = record(policy, { a: yes, b: no, c: { lane: "asserted", value: true } });

  test("names every condition of the tree, with lane, state and one reason", () => {
    expect(decisionRecordSchema.parse(made)).toEqual(made);
    expect(made).toMatchObject({
      gate: "verdict",
      state: "unknown",
      logic: "kleene",
      min_lane: "verified",
      permissive_until: null,
      require: '{"all":["a",{"not":"b"},{"any":["c","d"]}]}',
    });
    expect(made.conditions.map(({ id, state, lane, reason }) => [id, state, lane, reason])).toEqual([
      ["a", "true", "verified", null],
      ["b", "false", "verified", "condition_false"],
      ["c", "unknown", "asserted", "trust_lane"],
      ["d", "unknown", null, "evidence_missing"],
    ]);
    expect(recordFault(made)).toBe(undefined);
  });

  test("holds no value, unless the policy discloses it", () => {
    const canary = `canary-${sha256("canary").slice(0, 12)}`;
    const asked = gate("a", [asks("a", { expected: canary, types: ["string"] })]);
    const hidden = record(asked, { a: { lane: "verified", value: canary } });
    expect(JSON.stringify(hidden)).not.toContain(canary);
    expect(hidden.conditions[0]).toMatchObject({ state: "true", value: null });
    expect(
      record(asked, { a: { lane: "verified", value: canary } }, { raw: true }).conditions[0]?.value,
    ).toBe(JSON.stringify(canary));
  });

  test("what failed shows neither value nor digest, also where a value came with it", () => {
    const error = { code: "json_failed", message: "x" };
    const made = record(gate("a", [asks("a")]), { a: { ...yes, error } }, { raw: true });
    expect(made.conditions[0]).toMatchObject({
      reason: "provider_error",
      detail: "json_failed",
      digest: null,
      value: null,
    });
    expect(recordFault(made)).toBe(undefined);
  });

  test("what was never compared shows neither value nor digest: whose it is was not established", () => {
    const anchors = new Map([["json" as const, { type: "file_path_rooted", fields: ["path"] }]]);
    const short = record(gate("a", [asks("a")]), { a: yes }, { raw: true, terms: trust({ anchors }) });
    const claim: Evidence = { lane: "asserted", value: true };
    const low = record(gate("c", [claimed("c")]), { c: claim }, { raw: true });
    const nothing = { digest: null, value: null };
    expect(short.conditions[0]).toMatchObject({ reason: "anchor_invalid", ...nothing });
    expect(low.conditions[0]).toMatchObject({ reason: "trust_lane", ...nothing });
    for (const made of [short, low]) {
      expect(recordFault(made)).toBe(undefined);
      const [one] = made.conditions;
      const shown = { ...made, conditions: [{ ...one!, digest: sha256("x") }] };
      expect(recordFault(shown)).toContain("it was not compared and has a value");
    }
  });

  /** Threat: an agent carries an envelope of its own, and the validator signs and prints what stands in it. */
  test("a statement that no trusted key signed shows nothing where the anchor fails before the signature", () => {
    const anchors = new Map([["signed" as const, { type: "patch_subject", fields: ["tree"] }]]);
    const given: Evidence = { lane: "verified", value: true, proof: dsse(context(), true, stranger) };
    const made = record(
      gate("tests", [signedSpec()]),
      { tests: given },
      { raw: true, terms: trust({ anchors }) },
    );
    const wanted = { reason: "anchor_invalid", digest: null, value: null, keyid: null };
    expect(made.conditions[0]).toMatchObject(wanted);
  });

  test("a value of the wrong type was looked at, and is shown as the policy says", () => {
    const given = { lane: "verified", value: "true" } as const;
    const made = record(gate("a", [asks("a")]), { a: given }, { raw: true });
    expect(made.conditions[0]).toMatchObject({ reason: "evidence_type", value: '"true"' });
  });

  test("the lane asked for is the strictest, and dev.permissive is stamped while it lasts", () => {
    const permissive = { until: NOW + 1000, exempt: [] };
    const asked = gate("c", [claimed("c")]);
    const claim: Evidence = { lane: "asserted", value: true };
    const lax = record(asked, { c: claim }, { terms: trust({ permissive }) });
    expect(lax).toMatchObject({
      state: "true",
      min_lane: "verified",
      permissive_until: "2026-06-01T12:00:01.000Z",
      conditions: [{ lane: "asserted", min_lane: "asserted" }],
    });
    expect(recordFault(lax)).toBe(undefined);
    const over = trust({ permissive: { ...permissive, until: NOW } });
    expect(record(asked, { c: claim }, { terms: over })).toMatchObject({
      state: "unknown",
      permissive_until: null,
    });
    const raised = { ...asked, minLane: "verified" } as const;
    expect(record(raised, { c: claim }, { terms: trust({ minLane: "asserted" }) })).toMatchObject({
      min_lane: "verified",
      conditions: [{ min_lane: "verified", reason: "trust_lane" }],
    });
  });
});

describe("the key that is named", () => {
  const policy = gate("tests", [signedSpec()]);
  const signed = (proof: Evidence["proof"], value = true): Evidence =>
    proof === undefined ? { lane: "verified", value } : { lane: "verified", value, proof };
  const keyid = (given: Evidence, terms: Trust = trust()): string | null | undefined => {
    const made = record(policy, { tests: given }, { terms });
    expect(recordFault(made)).toBe(undefined);
    return made.conditions[0]?.keyid;
  };

  test("is the pinned one that signed, in both forms, whatever it said", () => {
    expect(keyid(signed(dsse()))).toBe(ci.key.keyid);
    expect(keyid(signed(result()))).toBe(ci.key.keyid);
    expect(keyid(signed(dsse(context(), false), false))).toBe(ci.key.keyid);
  });

  test.each<[string, Evidence, Trust]>([
    ["a stranger's signature", signed(dsse(context(), true, stranger)), trust()],
    ["a key that is not pinned any more", signed(dsse()), trust({ keys: [] })],
    ["another patch", signed(dsse()), trust({ subject: { resource: "x" } })],
    ["another value than was signed", signed(dsse(), false), trust()],
    ["no proof at all", signed(undefined), trust()],
    ["an expired key", signed(dsse()), trust({ keys: [pinned({ expires: NOW })] })],
  ])("is nobody's, and no value is hashed: %s", (_, given, terms) => {
    const made = record(policy, { tests: given }, { terms, raw: true });
    expect(made.conditions[0]).toMatchObject({
      reason: "provider_error",
      keyid: null,
      digest: null,
      value: null,
    });
  });

  test("is nobody's where the lane alone was enough to refuse", () => {
    const claim: Evidence = { lane: "asserted", value: true, proof: dsse() };
    const made = record(gate("c", [claimed("c")]), { c: claim });
    expect(made.conditions[0]).toMatchObject({ reason: "trust_lane", keyid: null });
  });
});

const leaf = fc.constantFrom("a", "b", "c", "d");
const trees: fc.Arbitrary<Requirement> = fc.letrec<{ tree: Requirement }>((tie) => ({
  tree: fc.oneof(
    { depthSize: "small" },
    leaf,
    fc.uniqueArray(tie("tree"), { minLength: 1, maxLength: 4, selector: treeText }).map((all) => ({ all })),
    fc.uniqueArray(tie("tree"), { minLength: 1, maxLength: 4, selector: treeText }).map((any) => ({ any })),
    tie("tree").map((not) => ({ not })),
    fc
      .uniqueArray(tie("tree"), { minLength: 1, maxLength: 4, selector: treeText })
      .chain((of) => fc.integer({ min: 1, max: of.length }).map((least) => ({ at_least: least, of }))),
  ),
})).tree;

test("what evaluate() decides can be followed, whatever the policy and the evidence; a flipped state cannot", () => {
  const given = fc.record(
    Object.fromEntries(["a", "b", "c", "d"].map((id) => [id, fc.constantFrom(yes, no, undefined)])),
  ) as fc.Arbitrary<Record<string, Evidence | undefined>>;
  fc.assert(
    fc.property(
      trees,
      given,
      fc.constantFrom("kleene" as const, "bochvar" as const),
      (require, found, logic) => {
        const ids = ["a", "b", "c", "d"].filter((id) => treeText(require).includes(`"${id}"`));
        const evidence = Object.fromEntries(
          Object.entries(found).filter(([, one]) => one !== undefined),
        ) as Record<string, Evidence>;
        const made = record(
          gate(
            require,
            ids.map((id) => asks(id)),
            { logic },
          ),
          evidence,
        );
        const others = (["true", "false", "unknown"] as const).filter((state) => state !== made.state);
        return (
          recordFault(made) === undefined &&
          others.every((state) => recordFault({ ...made, state }) !== undefined)
        );
      },
    ),
    { numRuns: 300 },
  );
});
