// D20: a value is shown only where policy and provider agree; what stands for it tells nobody who lacks the key.
import { createHash, createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import { utf8 } from "../../../src/core/base/bytes.ts";
import type { ConditionSpec } from "../../../src/core/gate/condition.ts";
import { disclosureOf, MAX_SHOWN, shownEvidence } from "../../../src/core/gate/disclosure.ts";
import type { Evidence } from "../../../src/core/gate/evidence.ts";
import { parseValue, type Value } from "../../../src/core/gate/value.ts";

const spec = (over: Partial<ConditionSpec> = {}): ConditionSpec => ({
  id: "a",
  provider: "json",
  check: "path",
  params: { file: "a.json" },
  comparator: "exists",
  types: ["dynamic"],
  ...over,
});
const KEY = createHash("sha256").update("disclosure key of the tests").digest();
const OTHER = createHash("sha256").update("another disclosure key").digest();
const terms = (raw: boolean, optIn: boolean, named: boolean, key: Uint8Array = KEY) =>
  disclosureOf(
    {
      allow_raw_values: raw,
      require_provider_opt_in: optIn,
      raw_providers: named ? ["json"] : ["time", "env"],
    },
    key,
  );
const evidence = (value: Value): Evidence => ({ lane: "verified", value });
const digestOf = (value: Value, over: Partial<ConditionSpec> = {}, key: Uint8Array = KEY): string | null =>
  shownEvidence(spec(over), evidence(value), terms(false, true, false, key)).digest;

describe("the matrix", () => {
  test.each([
    // allow_raw_values, require_provider_opt_in, named in raw_providers → shown
    [false, false, false, false],
    [false, false, true, false],
    [false, true, false, false],
    [false, true, true, false],
    [true, false, false, true],
    [true, false, true, true],
    [true, true, false, false],
    [true, true, true, true],
  ])("allowed %s, opt-in needed %s, opted in %s: shown %s", (raw, optIn, named, shown) => {
    const said = shownEvidence(spec(), evidence(["a", true]), terms(raw, optIn, named));
    expect(said.value).toBe(shown ? '["a",true]' : null);
    expect(said.digest).toMatch(/^[0-9a-f]{64}$/);
  });
});

const open = terms(true, false, true);

describe("is cleared", () => {
  test.each<[string, Evidence | undefined]>([
    ["no evidence", undefined],
    ["nothing there", { lane: "verified" }],
    ["an error", { lane: "verified", error: { code: "json_failed", message: "x" } }],
    [
      "an error beside a value",
      { lane: "verified", value: "v", error: { code: "json_failed", message: "x" } },
    ],
    [
      "an error beside bytes",
      { lane: "verified", bytes: utf8("v"), error: { code: "json_failed", message: "x" } },
    ],
  ])("%s: neither value nor digest", (_, given) => {
    expect(shownEvidence(spec(), given, open)).toEqual({ value: null, digest: null });
  });

  test("bytes are never shown, and have another digest than the text that writes them", () => {
    const bytes = shownEvidence(spec(), { lane: "verified", bytes: utf8("true") }, open);
    expect(bytes).toEqual({ value: null, digest: expect.stringMatching(/^[0-9a-f]{64}$/) as string });
    for (const value of [true, "true", Buffer.from("true").toString("base64")])
      expect(digestOf(value)).not.toBe(bytes.digest);
    // What base64 writes of some bytes is the JSON text of a number.
    const digits = shownEvidence(spec(), { lane: "verified", bytes: Buffer.from("1234", "base64") }, open);
    expect(digestOf(parseValue("1234") ?? null)).not.toBe(digits.digest);
  });

  test("a value that does not fit is hidden whole, never cut", () => {
    const fits = "x".repeat(MAX_SHOWN - 2);
    expect(shownEvidence(spec(), evidence(fits), open).value).toBe(`"${fits}"`);
    expect(shownEvidence(spec(), evidence(`${fits}x`), open)).toEqual({
      value: null,
      digest: expect.any(String) as string,
    });
  });
});

describe("a guess", () => {
  const words = ["true", "false", '"prod"', "0", "1"];

  test("of a boolean fails with everything that an outsider can compute", () => {
    const seen = [digestOf(true), digestOf(false)];
    const keys = [new Uint8Array(0), new Uint8Array(32), utf8("countersign"), utf8("a"), OTHER];
    const texts = words.flatMap((word) => [
      word,
      `a${word}`,
      JSON.stringify(["countersign evidence value v1", "a", "json", "path", "value", word]),
    ]);
    const guesses = texts.flatMap((text) => [
      createHash("sha256").update(text).digest("hex"),
      ...keys.map((key) => createHmac("sha256", key).update(text).digest("hex")),
    ]);
    for (const digest of seen) expect(guesses).not.toContain(digest);
  });

  test("with the digests of one's own claims fails: they are those of another condition", () => {
    const own = words.map((word) => digestOf(parseValue(word) ?? null, { id: "mine" }));
    const theirs = words.map((word) => digestOf(parseValue(word) ?? null, { id: "theirs" }));
    for (const digest of theirs) expect(own).not.toContain(digest);
    expect(digestOf(true, { check: "other" })).not.toBe(digestOf(true));
    expect(digestOf(true, { provider: "http" })).not.toBe(digestOf(true));
  });

  test("of the operator's, who has the key, succeeds: one value has one digest", () => {
    const text = JSON.stringify(["countersign evidence value v1", "a", "json", "path", "value", "true"]);
    expect(digestOf(true)).toBe(createHmac("sha256", KEY).update(text).digest("hex"));
    const [ten, alike] = ["10", "10.0"].map((word) => digestOf(parseValue(word) ?? null));
    expect(ten).toBe(alike);
    expect(digestOf(true, {}, OTHER)).not.toBe(digestOf(true));
  });

  test.each([0, 1, 31])("is not made easy: a key of %i bytes is refused", (length) => {
    expect(() => terms(false, true, false, new Uint8Array(length))).toThrow(RangeError);
  });
});
