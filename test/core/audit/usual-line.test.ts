// The fast writer writes what the strict one writes, and throws where it throws; the fast reader never says yes where the strict one says no, and says yes to what is written all day.
import {
  anything,
  assert,
  constantFrom,
  dictionary,
  integer,
  oneof,
  option,
  property,
  record,
  string,
  stringMatching,
} from "fast-check";
import { describe, expect, test } from "vitest";
import { readLine } from "../../../src/core/audit/chain.ts";
import { type AuditEntry, auditEvents, auditLine, GENESIS } from "../../../src/core/audit/entry.ts";
import { lineOf, readUsual } from "../../../src/core/audit/usual-line.ts";
import { instant } from "../../../src/core/base/time.ts";

const key = stringMatching(/^[a-z][a-z0-9_]{0,12}$/);
const text = oneof(
  string({ maxLength: 40, unit: "binary" }),
  string({ maxLength: 40, unit: "grapheme" }),
  constantFrom('"', "\\", "a\nb", "\u0001", "\u2028", "😀", ""),
);
const value = oneof(
  text,
  integer(),
  constantFrom(true, false, null, 0, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER),
);
const entry = record({
  v: constantFrom(1 as const),
  shard: constantFrom("2026-11", "0000-99"),
  seq: oneof(integer({ min: 0, max: 3 }), integer({ min: 0, max: Number.MAX_SAFE_INTEGER })),
  ts: integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 }).map(instant),
  event: constantFrom(...auditEvents),
  actor: record(
    {
      principal: text.filter((said) => said !== ""),
      session: option(text, { nil: undefined }),
      credential: option(text, { nil: undefined }),
      correlation: option(stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/), { nil: undefined }),
    },
    { requiredKeys: ["principal"] },
  ),
  data: dictionary(key, value, { maxKeys: 6 }),
  prev: constantFrom(GENESIS, "ab".repeat(32) as AuditEntry["prev"]),
});

/** The facts that the strict reader finds; undefined where it says no, or where the line is encrypted. */
function strict(line: string): unknown {
  const read = readLine(line);
  if (!read.ok || read.said.kind !== "plain") return undefined;
  const { shard, seq, prev, event } = read.said.entry;
  return { shard, seq, prev, event };
}

function written(made: AuditEntry): string | undefined {
  try {
    return auditLine(JSON.parse(JSON.stringify(made)) as AuditEntry);
  } catch {
    return undefined;
  }
}

test("of every entry that can be written it finds what the strict reader finds, or nothing", () => {
  let usual = 0;
  assert(
    property(entry, (made) => {
      const line = written(made);
      if (line === undefined) return;
      const found = readUsual(line);
      if (found === undefined) return;
      usual += 1;
      expect(found).toEqual(strict(line));
    }),
    { numRuns: 1000 },
  );
  expect(usual).toBeGreaterThan(200);
});

/** The line, or that there is none. */
function saidBy(write: (entry: AuditEntry) => string, made: unknown): string {
  try {
    return write(made as AuditEntry);
  } catch {
    return "no line";
  }
}

test("the fast writer writes every entry as the strict one does, or neither writes", () => {
  assert(
    property(entry, (made) => {
      for (const one of [made, JSON.parse(JSON.stringify(made)) as AuditEntry])
        expect(saidBy(lineOf, one)).toBe(saidBy(auditLine, one));
    }),
    { numRuns: 1000 },
  );
});

test("whatever stands in one place of an entry, both writers write the same, or neither", () => {
  const places = ["v", "shard", "seq", "ts", "event", "actor", "data", "prev", "more", "__proto__"];
  const inner = ["principal", "session", "a", "b", "A", "__proto__", "toJSON", "0"];
  const odd = oneof(
    anything({ withBigInt: true, withDate: true, withBoxedValues: true, withNullPrototype: true }),
    constantFrom<unknown>(
      [],
      new Date(0),
      -0,
      1.5,
      Number.NaN,
      undefined,
      "\ud800",
      new Map(),
      2 ** 53,
      () => 1,
    ),
    constantFrom<unknown>("x".repeat(1000), "x".repeat(1001), "é".repeat(500), '"'.repeat(700)),
  );
  assert(
    property(
      entry,
      constantFrom(...places),
      option(constantFrom(...inner), { nil: undefined }),
      odd,
      (made, place, key, value) => {
        const bent: Record<string, unknown> = { ...made };
        const put = key === undefined ? value : { ...(bent[place] as object | undefined), [key]: value };
        Object.defineProperty(bent, place, { value: put, enumerable: true, configurable: true });
        expect(saidBy(lineOf, bent)).toBe(saidBy(auditLine, bent));
      },
    ),
    { numRuns: 5000 },
  );
});

test("an entry of many long texts is written by the strict one, which knows how long a line may be", () => {
  const long = Object.fromEntries(Array.from({ length: 80 }, (_, n) => [`k${n}`, "é".repeat(1000)]));
  expect(() => lineOf({ ...plain, data: long })).toThrow("too long");
  const fits = Object.fromEntries(Object.entries(long).slice(0, 30));
  expect(lineOf({ ...plain, data: fits })).toBe(auditLine({ ...plain, data: fits }));
});

test("whatever one character of a line becomes, a yes is a yes of the strict reader", () => {
  const pieces = [
    "",
    '"',
    "\\",
    ",",
    "}",
    "{",
    "0",
    "1",
    "-",
    " ",
    ":",
    "é",
    "\u0000",
    "\ud800",
    "a",
    "A",
    ".",
    "null",
  ];
  assert(
    property(
      entry,
      integer({ min: 0, max: 400 }),
      constantFrom(...pieces),
      integer({ min: 0, max: 2 }),
      (made, at, piece, gone) => {
        const line = written(made);
        if (line === undefined) return;
        const place = at % line.length;
        const bent = line.slice(0, place) + piece + line.slice(place + gone);
        const found = readUsual(bent);
        if (found !== undefined) expect(found).toEqual(strict(bent));
      },
    ),
    { numRuns: 5000 },
  );
});

const plain: AuditEntry = {
  v: 1,
  shard: "2026-11",
  seq: 7,
  ts: "2026-11-22T10:00:00.123Z" as AuditEntry["ts"],
  event: "call.allowed",
  actor: { principal: "local:stdio", session: "s1", credential: "local", correlation: "c-1" },
  data: { b: 1, a: "x", a_b: null, a1: true },
  prev: GENESIS,
};
const line = auditLine(plain);

test("it reads what a gateway writes", () => {
  const { shard, seq, prev, event } = plain;
  expect(readUsual(line)).toEqual({ shard, seq, prev, event });
  expect(readUsual(auditLine({ ...plain, data: {}, actor: { principal: "p" } }))).toBeDefined();
});

describe("it leaves to the strict reader, which refuses,", () => {
  test.each([
    ["keys out of order", line.replace('"a":"x","a1":true', '"a1":true,"a":"x"')],
    ["a key twice", line.replace('"a":"x"', '"a":"x","a":"y"')],
    ["an unknown event", line.replace("call.allowed", "call.other")],
    ["a day that is none", line.replace("2026-11-22T", "2026-11-31T")],
    ["an hour that is none", line.replace("T10:", "T24:")],
    ["minus zero", line.replace('"b":1', '"b":-0')],
    ["a number with a zero before it", line.replace('"seq":7', '"seq":07')],
    ["a fraction", line.replace('"b":1', '"b":1.5')],
    ["an escape that nobody needs", line.replace('"x"', '"\\u0078"')],
    ["a slash escaped", line.replace('"x"', '"\\/"')],
    ["a text beyond its length", line.replace('"x"', `"${"x".repeat(1001)}"`)],
    ["a lone surrogate", line.replace('"x"', '"\ud800"')],
    ["a space", line.replace(",", ", ")],
    ["a line feed behind it", `${line}\n`],
    ["something behind it", `${line}x`],
    ["something before it", ` ${line}`],
    ["an actor with more", line.replace('"principal"', '"admin":true,"principal"')],
    ["no principal", line.replace('"local:stdio"', '""')],
    ["capitals in a link", line.replace("0".repeat(64), "A".repeat(64))],
  ])("%s", (_what, bent) => {
    expect(bent).not.toBe(line);
    expect(readUsual(bent)).toBeUndefined();
    expect(readLine(bent).ok).toBe(false);
  });
});
