// Reading forward: what does not fit is not read, and what is expected is said with its place and no more.
import { expect, test } from "vitest";
import {
  type Cursor,
  expected,
  need,
  peek,
  take,
  takeAfterBlank,
  takeMatch,
} from "../../../src/core/jsonpath/cursor.ts";

const at = (text: string): Cursor => ({ text, at: 0, segments: () => [] });

test("what does not come next is not read", () => {
  const cursor = at("  ab");
  expect(take(cursor, "ab")).toBe(false);
  expect(takeAfterBlank(cursor, "x")).toBe(false);
  expect(takeMatch(cursor, /[a-z]+/y)).toBeUndefined();
  expect(cursor.at).toBe(0);
});

test("what comes next is read once", () => {
  const cursor = at(" \t\r\nab1");
  expect(takeAfterBlank(cursor, "a")).toBe(true);
  expect(peek(cursor)).toBe("b");
  expect(takeMatch(cursor, /[a-z]+/y)).toBe("b");
  expect(take(cursor, "1")).toBe(true);
  expect(peek(cursor)).toBe("");
});

test("what is missing is said with its place and without the text", () => {
  const cursor = at("ab");
  take(cursor, "a");
  expect(() => need(cursor, "]")).toThrow("] is expected at character 2");
  expect(expected(cursor, "a name").message).toBe("a name is expected at character 2");
});
