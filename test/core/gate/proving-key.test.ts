// The record names a key only where its signature was looked at and counted, and only a pinned one.
import { expect, test } from "vitest";
import type { Judged } from "../../../src/core/gate/decision.ts";
import type { Evidence } from "../../../src/core/gate/evidence.ts";
import { provingKey } from "../../../src/core/gate/proving-key.ts";
import { utf8 } from "../../../src/core/base/bytes.ts";
import { bent, ci, dsse, pinned, result, stranger, trust } from "../../support/evidence.ts";

const judged = (state: Judged["state"], reason?: Judged["reason"]): Judged => ({
  id: "a",
  state,
  minLane: "verified",
  ...(reason === undefined ? {} : { reason }),
});
const proved = (proof: Evidence["proof"]): Evidence =>
  proof === undefined ? { lane: "verified", value: true } : { lane: "verified", value: true, proof };

test.each<[Judged, boolean]>([
  [judged("true"), true],
  [judged("false", "condition_false"), true],
  [judged("unknown", "evidence_type"), true],
  [judged("unknown", "comparator_unknown"), true],
  [judged("unknown", "trust_lane"), false],
  [judged("unknown", "anchor_invalid"), false],
  [judged("unknown", "provider_error"), false],
  [judged("unknown", "evidence_missing"), false],
])("judged %j: named %s", (one, named) => {
  for (const proof of [dsse(), result()])
    expect(provingKey(one, proved(proof), trust())).toBe(named ? ci.key.keyid : undefined);
});

test.each<[string, Evidence | undefined]>([
  ["no evidence", undefined],
  ["no proof", proved(undefined)],
  ["no envelope", proved({ form: "dsse", bytes: utf8("{}") })],
  ["no result", proved({ form: "result", bytes: utf8("{") })],
  ["a result without a key", proved(bent(result(), { "signature.key_id": undefined }))],
  ["bytes that are no text", proved({ form: "result", bytes: new Uint8Array([255]) })],
])("%s: nobody", (_, evidence) => {
  expect(provingKey(judged("true"), evidence, trust())).toBe(undefined);
});

test("a key that is not pinned is not repeated", () => {
  expect(provingKey(judged("true"), proved(dsse()), trust({ keys: [] }))).toBe(undefined);
});

test("of several pinned keys it is the one that signed, wherever it stands", () => {
  const keys = [pinned({ name: "other", ...stranger.key }), pinned()];
  for (const pins of [keys, keys.toReversed()])
    for (const proof of [dsse(), result()])
      expect(provingKey(judged("true"), proved(proof), trust({ keys: pins }))).toBe(ci.key.keyid);
});
