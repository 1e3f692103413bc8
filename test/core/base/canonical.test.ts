// Canonical JSON: what has two readings is refused, and what is written is what the vectors say.
import * as fc from "fast-check";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { canonical, parseCanonical } from "../../../src/core/base/canonical.ts";
import { utf8 } from "../../../src/core/base/bytes.ts";

const vectors = join(import.meta.dirname, "../../vectors/jcs");

describe("values without a canonical form", () => {
  class Money {
    readonly amount = 1;
  }
  const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)]);
  test.each([
    ["lone high surrogate", "\ud800"],
    ["lone low surrogate in a key", { "\udc00": 1 }],
    ["fraction", 1.5],
    ["2^53", 2 ** 53],
    ["minus zero", -0],
    ["NaN", Number.NaN],
    ["infinity", Infinity],
    ["undefined", undefined],
    ["undefined in an object, which JSON drops", { a: undefined }],
    ["a hole, which JSON fills with null", [1, , 2]], // oxlint-disable-line no-sparse-arrays -- the hole is the attack
    ["bigint", 1n],
    ["function", (): number => 1],
    ["symbol", Symbol("a")],
    ["date", new Date(0)],
    ["map", new Map()],
    ["instance", new Money()],
    ["toJSON that says something else", { toJSON: (): number => 1 }],
    ["a key that schema readers drop", JSON.parse('{"__proto__":1}')],
    ["such a key deep inside", JSON.parse('[{"a":{"__proto__":{"outcome":"APPROVED"}}}]')],
    ["nested deeper than 96", nested(97)],
  ])("%s", (_, value) => {
    expect(() => canonical(value)).toThrow(expect.objectContaining({ code: "canonical_domain" }));
  });
});

describe("bytes that are not canonical", () => {
  test.each([
    ["duplicate key", '{"a":1,"a":1}'],
    ["duplicate key by escape", '{"a":1,"\\u0061":1}'],
    ["keys out of order", '{"b":1,"a":1}'],
    ["space", '{"a": 1}'],
    ["line feed at the end", "1\n"],
    ["byte-order mark", "\ufeff1"],
    ["exponent", "1e3"],
    ["fraction that is whole", "1.0"],
    ["minus zero", "-0"],
    ["infinity by overflow", "1e400"],
    ["integer that rounds", "9007199254740993"],
    ["escaped slash", '"\\/"'],
    ["escape that is not needed", '"\\u0061"'],
    ["upper-case escape", '"\\u001F"'],
    ["lone surrogate", '"\\ud800"'],
    ["swallowed key", '{"__proto__":1}'],
    ["two values", "1 1"],
    ["nothing", ""],
    ["cut short", '{"a":'],
    ["nested deeper than any stack", "[".repeat(100_000) + "]".repeat(100_000)],
  ])("%s", (_, text) => {
    expect(parseCanonical(utf8(text))).toBeUndefined();
  });

  test("bytes that are not UTF-8", () => {
    expect(parseCanonical(Uint8Array.of(0x22, 0xff, 0x22))).toBeUndefined();
  });
});

describe("canonical form", () => {
  test.each(readdirSync(vectors).filter((name) => name.endsWith(".in.json")))("vector %s", (name) => {
    const wanted = readFileSync(join(vectors, name.replace(".in.json", ".out.json")), "utf8");
    const value: unknown = JSON.parse(readFileSync(join(vectors, name), "utf8"));
    expect(canonical(value)).toBe(wanted);
    expect(parseCanonical(utf8(wanted))).toEqual(value);
  });

  test("is read back as the value that was written", () => {
    const tree = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.maxSafeInteger().filter((n) => !Object.is(n, -0)),
        fc.boolean(),
        fc.constant(null),
        fc.string({ unit: "binary" }),
        fc.array(tie("value"), { maxLength: 4 }),
        fc.dictionary(
          fc.string({ unit: "grapheme" }).filter((key) => key !== "__proto__"),
          tie("value"),
          { maxKeys: 4, noNullPrototype: true },
        ),
      ),
    })).value;
    fc.assert(
      fc.property(tree, (value) => {
        expect(parseCanonical(utf8(canonical(value)))).toEqual(value);
      }),
    );
  });
});
