import * as fc from "fast-check";
import { expect, test } from "vitest";
import { parseStrict } from "../../../src/gateway/mcp/strict-json.ts";

const why = (text: string) => {
  const parsed = parseStrict(text);
  return parsed === undefined ? "no JSON" : parsed.ok ? "accepted" : parsed.why;
};

test.each([
  ['{"a":1,"a":2}', "holds the key a twice"],
  ['{"x":{"a":1,"b":[{"c":1,"c":1}]}}', "holds the key c twice"],
  ['{"a":1,"\\u0061":2}', "holds the key a twice"],
  ['{"a":"b","b":"a","a" \t\n: 1}', "holds the key a twice"],
  ['{"":1,"":2}', "holds the key  twice"],
  ['{"__proto__":{}}', "holds the key __proto__"],
  ['{"a":[{"\\u005f_proto__":1}]}', "holds the key __proto__"],
  ["[".repeat(101) + "]".repeat(101), "is nested too deeply"],
  ["", "no JSON"],
  ["{", "no JSON"],
  ["{'a':1}", "no JSON"],
  ["NaN", "no JSON"],
])("%s %s", (text, said) => {
  expect(why(text)).toBe(said);
});

test.each([
  '{"a":{"a":1},"b":{"a":2}}',
  '[{"a":1},{"a":2}]',
  '{"a":"\\"a\\":1","b":"\\\\"}',
  '{"a":"a","b":"a"}',
  '["a","a","a:"]',
  '{"a":"{","b":"}"}',
  "[".repeat(100) + "]".repeat(100),
])("accepts %s", (text) => {
  expect(parseStrict(text)).toEqual({ ok: true, value: JSON.parse(text) as unknown });
});

test("accepts whatever JSON.stringify writes, and refuses it with one key repeated", () => {
  const key = fc.string().filter((text) => text !== "__proto__");
  const json = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      fc.string(),
      fc.integer(),
      fc.constant(null),
      fc.array(tie("value")),
      fc.dictionary(key, tie("value")),
    ),
  })).value;
  fc.assert(
    fc.property(json, key, (value, name) => {
      const text = JSON.stringify(value);
      expect(parseStrict(text)?.ok).toBe(true);
      expect(
        parseStrict(`{${JSON.stringify(name)}:${text},"z${"y".repeat(30)}":0,${JSON.stringify(name)}:1}`)?.ok,
      ).toBe(false);
    }),
  );
});
