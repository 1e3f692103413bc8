import { expect, test } from "vitest";
import { z } from "zod";
import { sha256 } from "../../../src/core/base/digest.ts";
import { inputRefusal, measure } from "../../../src/gateway/tools/arguments.ts";

test.each([
  ["a lone surrogate", { a: "\ud800" }],
  ["a fraction", { a: 0.5 }],
  ["a number beyond 2^53", { a: 2 ** 53 }],
  ["a lone surrogate in a key", { "\udfff": 1 }],
  ["a depth that no schema has", JSON.parse(`${"[".repeat(100)}${"]".repeat(100)}`)],
])("arguments with %s have no canonical form", (_, args) => {
  const measured = measure(args);
  expect(measured.ok ? "measured" : measured.refusal.code).toBe("input_invalid");
});

test("size is bytes of canonical JSON, not characters; order of keys does not matter", () => {
  expect(measure({ b: "é", a: 1 })).toEqual({
    ok: true,
    value: { bytes: 16, digest: sha256('{"a":1,"b":"é"}') },
  });
  expect(measure({ a: 1, b: "é" })).toEqual(measure({ b: "é", a: 1 }));
});

const schema = z.strictObject({
  path: z.string(),
  edits: z.array(z.strictObject({ op: z.enum(["a"]) })).optional(),
});

test.each([
  [{ path: 1 }, "path"],
  [{}, "path"],
  [{ path: "x", extra: 1 }, "extra"],
  [{ path: "x", edits: [{ op: "a" }, { op: "b" }] }, "edits[1].op"],
  [{ path: "x", edits: [{ op: "a", _meta: 1 }] }, "edits[0]._meta"],
  [JSON.parse('{"path":"x","__proto__":{"y":1}}'), "__proto__"],
  [JSON.parse('{"path":"x","constructor":{}}'), "constructor"],
])("names the field that is wrong in %j", (args, where) => {
  const parsed = schema.safeParse(args);
  expect(inputRefusal(parsed.error!)).toMatchObject({ code: "input_invalid", where });
});

test("no value reaches the message, and the same fault has the same reference", () => {
  const refusalOf = (secret: string) =>
    inputRefusal(schema.safeParse({ path: { secret }, edits: [{ op: secret }] }).error!);
  expect(JSON.stringify(refusalOf("CANARY"))).not.toContain("CANARY");
  expect(refusalOf("one").ref).toBe(refusalOf("two").ref);
});

test("at most five faults are told", () => {
  const many = Object.fromEntries(Array.from({ length: 9 }, (_, n) => [`k${n}`, 1]));
  expect(inputRefusal(z.strictObject({}).safeParse(many).error!).message).toMatch(/; and 4 more$/);
});

test("of several forms, the fault of the one that the value comes nearest to is told", () => {
  const schema = z.strictObject({
    list: z.array(
      z.union([
        z.strictObject({ name: z.string(), value: z.int() }),
        z.strictObject({ envelope: z.string() }),
      ]),
    ),
  });
  const where = (list: unknown): string =>
    inputRefusal(schema.safeParse({ list }).error ?? expect.unreachable()).where;
  expect(where([{ name: "a", value: "b" }])).toBe("list[0].value");
  expect(where([{ name: "a", value: 1 }, { envelope: 1 }])).toBe("list[1].envelope");
  expect(where(["text"])).toBe("list[0]");
});
