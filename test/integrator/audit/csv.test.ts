// No spreadsheet runs a cell, also one whose separator is another than ours.
import { describe, expect, test } from "vitest";
import { csvRow } from "../../../src/integrator/audit/csv.ts";

const cellOf = (text: string): string => csvRow([text]).slice(0, -2).replaceAll('"', "");

test.each([
  "=1+1",
  "+1",
  "-1+cmd|' /C calc'!A0",
  "@SUM(A1)",
  "\uff1d1+1",
  "\uff0b1",
  "\uff0d1",
  "\uff20SUM(A1)",
  "\ufe661+1",
  "\u22121",
  " =1+1",
  "\u00a0=1+1",
  "\u3000=1+1",
  " \u3000 \uff1d1+1",
  "\ufeff=1+1",
  "\u200b=1+1",
  "\0=1+1",
])("%j is text", (text) => {
  expect(cellOf(text)).toBe(`'${text}`);
});

describe("what ends a cell or a row elsewhere is written out", () => {
  test.each([
    ["../x;=cmd|' /C calc'!A0;y", "../x\\u003b=cmd|' /C calc'!A0\\u003by"],
    ["a\t=1+1", "a\\u0009=1+1"],
    ["a\n=1+1", "a\\u000a=1+1"],
    ["a\r\n=1+1", "a\\u000d\\u000a=1+1"],
    [";=1+1", "\\u003b=1+1"],
    ["\t=1+1", "\\u0009=1+1"],
  ])("%j", (text, cell) => {
    expect(cellOf(text)).toBe(cell);
  });

  test("JSON means the same", () => {
    const data = { path: "a;=1+1;b", slashes: "\\;" };
    const row = csvRow([JSON.stringify(data)]);
    expect(row).not.toContain(";");
    expect(JSON.parse(row.slice(1, -3).replaceAll('""', '"'))).toEqual(data);
  });
});

test.each([
  [["1", "2026-11", ""], "1,2026-11,\r\n"],
  [["a,b", 'say "x"', " a"], '"a,b","say ""x"""," a"\r\n'],
  [["a=b", "a-b", "2026-11-23T00:00:00.000Z"], "a=b,a-b,2026-11-23T00:00:00.000Z\r\n"],
])("%j is %j", (cells, row) => {
  expect(csvRow(cells)).toBe(row);
});
