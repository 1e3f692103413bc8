// Vectors written by hand: the order of numbers to the last digit, of instants and days, and of code points.
import { LEX, type Line, ORDERING } from "./cells.ts";

const quoted = (text: string): string => JSON.stringify(text);

type Order = "<" | "=" | ">" | "?";

/** Evidence, where it stands, and what is expected; `?`: there is no order. */
const ORDERS: readonly (readonly [value: string, order: Order, expected: string])[] = [
  ["10", "=", "10.0"],
  ["1e3", "=", "1000"],
  ["-0.0", "=", "0.0"],
  ["0", "=", "-0"],
  ["2", "<", "10"],
  ["-2", ">", "-10"],
  ["-1", "<", "0"],
  ["-1", "<", "1"],
  ["0", ">", "-1e-999999999"],
  ["0.1", "<", "0.10000000000000000001"],
  ["0.3", ">", "0.29999999999999998889776975"],
  ["9007199254740993", ">", "9007199254740992"],
  ["9007199254740993", "=", "9007199254740993.0"],
  ["18446744073709551616", ">", "18446744073709551615"],
  ["123456789012345678901234567890", "<", "123456789012345678901234567891"],
  ["1e999999999", ">", "9e999999998"],
  ["1e999999999", "=", "10e999999998"],
  ["-1e999999999", "<", "-9e999999998"],
  ["1e-999999999", ">", "0"],
  ["0.001", "=", "1e-3"],
  ["99", "<", "1e2"],
  ["1.5", ">", "1.49"],
  ["15", "<", "149"],
  ["-1.5", "<", "-1.49"],
  ["1", "?", '"1"'],
  ['"1"', "?", '"2"'],
  ["true", "?", "false"],
  ["null", "?", "null"],
  ["[1]", "?", "[1]"],
  // RFC 3339, section 5.8 and what follows from it
  [quoted("1996-12-19T16:39:57-08:00"), "=", quoted("1996-12-20T00:39:57Z")],
  [quoted("1937-01-01T12:00:27.87+00:20"), "=", quoted("1937-01-01T11:40:27.870Z")],
  [quoted("1985-04-12t23:20:50.52z"), "=", quoted("1985-04-12T23:20:50.52Z")],
  [quoted("2024-01-01T00:00:00-00:00"), "=", quoted("2024-01-01T00:00:00Z")],
  [quoted("2024-01-01T00:00:00+23:59"), "<", quoted("2024-01-01T00:00:00Z")],
  [quoted("2024-01-01T01:00:00+02:00"), "<", quoted("2023-12-31T23:00:00.0000000001Z")],
  [quoted("2024-01-01T00:00:00.1Z"), ">", quoted("2024-01-01T00:00:00.09999999999999999999Z")],
  [quoted("2024-01-01T00:00:00.10Z"), "=", quoted("2024-01-01T00:00:00.1000Z")],
  [quoted("2024-01-01T00:00:00.0Z"), "=", quoted("2024-01-01T00:00:00Z")],
  [quoted("1990-12-31T23:59:60Z"), ">", quoted("1990-12-31T23:59:59.999Z")],
  [quoted("1990-12-31T23:59:60.9Z"), "<", quoted("1991-01-01T00:00:00Z")],
  [quoted("1990-12-31T15:59:60-08:00"), "=", quoted("1990-12-31T23:59:60Z")],
  [quoted("2012-07-01T01:59:60+02:00"), "=", quoted("2012-06-30T23:59:60Z")],
  [quoted("1969-12-31T23:59:59Z"), "<", quoted("1970-01-01T00:00:00Z")],
  [quoted("0000-01-01T00:00:00Z"), "<", quoted("0001-01-01T00:00:00Z")],
  [quoted("0050-01-01T00:00:00Z"), "<", quoted("1950-01-01T00:00:00Z")],
  [quoted("0000-02-29T00:00:00Z"), "<", quoted("0000-03-01T00:00:00Z")],
  [quoted("9999-12-31T23:59:59-23:59"), ">", quoted("9999-12-31T23:59:59Z")],
  [quoted("2000-02-29T00:00:00Z"), "<", quoted("2000-03-01T00:00:00Z")],
  [quoted("2024-02-28T23:59:59Z"), "<", quoted("2024-02-29T00:00:00Z")],
  // No date-time: everything is unknown
  ...[
    "1990-11-30T23:59:60Z",
    "1990-12-31T23:58:60Z",
    "1990-12-31T23:59:60+01:00",
    "2024-01-01T12:00:61Z",
    "2024-01-01T24:00:00Z",
    "2024-01-01T12:60:00Z",
    "2024-02-30T00:00:00Z",
    "1900-02-29T00:00:00Z",
    "2023-02-29T00:00:00Z",
    "2024-13-01T00:00:00Z",
    "2024-01-01T00:00:00",
    "2024-01-01T00:00Z",
    "2024-01-01T00:00:00.Z",
    "2024-01-01T00:00:00,5Z",
    "2024-01-01T00:00:00+0100",
    "2024-01-01T00:00:00+24:00",
    "2024-01-01T00:00:00+01:60",
    "2024-01-01T00:00:00+1:00",
    "2024-01-01 00:00:00Z",
    "2024-1-1T00:00:00Z",
    "+2024-01-01T00:00:00Z",
    "12024-01-01T00:00:00Z",
    "2024-01-01T00:00:00Z\n",
    " 2024-01-01T00:00:00Z",
    "\u{0662}024-01-01T00:00:00Z",
  ].map((text): readonly [string, Order, string] => [quoted(text), "?", quoted("2024-01-01T00:00:00Z")]),
  [quoted("2024-01-01"), "<", quoted("2024-01-02")],
  [quoted("2024-02-29"), "=", quoted("2024-02-29")],
  [quoted("1999-12-31"), "<", quoted("2000-01-01")],
  ...[
    "2024-1-5",
    "2024-01-5",
    "2023-02-29",
    "2024-00-01",
    "2024-01-00",
    "2024-01-32",
    "20240101",
    "2024-01-01Z",
    "2024/01/01",
  ].map((text): readonly [string, Order, string] => [quoted(text), "?", quoted("2024-01-01")]),
  [quoted("2024-01-01"), "?", quoted("2024-01-01T00:00:00Z")],
  [quoted("2024-01-01T00:00:00Z"), "?", quoted("2024-01-01")],
];

const LEX_ORDERS: readonly (readonly [value: string, order: Order, expected: string])[] = [
  ["a", "<", "b"],
  ["B", "<", "a"],
  ["a", "<", "aa"],
  ["", "<", "a"],
  ["", "=", ""],
  ["10", "<", "2"],
  ["z", "<", "\u{E9}"],
  // UTF-16 units say the opposite of these four
  ["\u{FF5E}", "<", "\u{1F600}"],
  ["\u{E000}", "<", "\u{10000}"],
  ["\u{10FFFF}", ">", "\u{FFFF}"],
  ["a\u{1F600}", ">", "a\u{FFFD}"],
  ["\u{1F600}", "<", "\u{1F601}"],
  ["\u{1F3F4}", "<", "\u{1F600}"],
  ["\u{D7FF}", "<", "\u{10000}"],
  ["\u{1F600}a", "<", "\u{1F600}b"],
  ["\u{1F600}", "<", "\u{1F600}\u{0}"],
  // Composed and decomposed are two texts
  ["e\u{301}", "<", "\u{E9}"],
];

const HOLDS: Readonly<Record<(typeof ORDERING)[number], string>> = {
  greater_than: ">",
  greater_than_or_equal: ">=",
  less_than: "<",
  less_than_or_equal: "<=",
};

export function orders(): readonly Line[] {
  const lines: Line[] = [];
  const add = (comparator: string, value: string, order: Order, expected: string): void => {
    const holds = HOLDS[comparator.replace("lex_", "") as (typeof ORDERING)[number]];
    const state = order === "?" ? "unknown" : String(holds.includes(order));
    lines.push({
      id: `${comparator}: ${value} ${order} ${expected}`,
      kind: "compare",
      comparator,
      value,
      expected,
      state,
    });
  };
  for (const [value, order, expected] of ORDERS)
    for (const comparator of ORDERING) add(comparator, value, order, expected);
  for (const [value, order, expected] of LEX_ORDERS)
    for (const comparator of LEX) add(comparator, quoted(value), order, quoted(expected));
  return lines;
}
