// The life of keys: what a key signed counts by the statement's own time, and the record reads back in one form only.
import { describe, expect, test } from "vitest";
import {
  countsAt,
  daysLeft,
  endOf,
  newRecord,
  parseKeyBook,
  renderKeyBook,
  stateOf,
  unended,
  unrevoked,
} from "../../../src/core/attestation/key-life.ts";
import type { KeyRecord } from "../../../src/core/attestation/key-record.ts";
import { utf8 } from "../../../src/core/base/bytes.ts";
import { instant } from "../../../src/core/base/time.ts";
import { NOON } from "../../support/proposals.ts";
import { signerOf } from "../../support/signing.ts";

const DAY = 86_400_000;
const { key } = signerOf("11".repeat(32));
const life = (change: Partial<KeyRecord> = {}): KeyRecord => ({
  ...newRecord("attestation", NOON, 90),
  ...change,
});
const rotatedOut = { retired: instant(NOON + 30 * DAY), accepted_until: instant(NOON + 37 * DAY) };

describe("what was signed counts", () => {
  const code = (record: KeyRecord | undefined, at: number): string => {
    const answer = countsAt(record === undefined ? key : { ...key, life: record }, at);
    return answer.ok ? "counts" : answer.refusal.code;
  };

  test.each([
    ["not of a time before the key", life(), NOON - 1, "key_expired"],
    ["from its first millisecond", life(), NOON, "counts"],
    ["to its last", life(), NOON + 90 * DAY - 1, "counts"],
    ["not of the end itself", life(), NOON + 90 * DAY, "key_expired"],
    ["not 91 days later", life(), NOON + 91 * DAY, "key_expired"],
    ["in the overlap", life(rotatedOut), NOON + 37 * DAY - 1, "counts"],
    ["not behind the overlap", life(rotatedOut), NOON + 37 * DAY, "key_expired"],
    [
      "not past its own end, however long the overlap is",
      life({ retired: instant(NOON + 89 * DAY), accepted_until: instant(NOON + 96 * DAY) }),
      NOON + 90 * DAY,
      "key_expired",
    ],
    ["never, once it was revoked", life({ revoked: instant(NOON + 50 * DAY) }), NOON, "key_expired"],
    ["at any time without a record", undefined, NOON + 900 * DAY, "counts"],
  ] as const)("%s", (_, record, at, expected) => {
    expect(code(record, at)).toBe(expected);
  });

  test("a refusal names the key and when it ended", () => {
    expect(countsAt({ ...key, life: life() }, NOON + 91 * DAY)).toMatchObject({
      refusal: { where: key.keyid, message: expect.stringContaining("2027-02-20T10:00:00.000Z") as string },
    });
  });

  test("checkpoints have no time: only revoked keys are left out", () => {
    const [old, given] = [
      { ...key, life: life(rotatedOut) },
      { ...key, life: life({ revoked: instant(NOON) }) },
    ];
    expect(unrevoked([old, given, key])).toEqual([old, key]);
  });

  test("for a landing those that have ended are left out, too", () => {
    const [young, old, given] = [life(), life(rotatedOut), life({ revoked: instant(NOON) })].map((one) => ({
      ...key,
      life: one,
    }));
    const all = [young!, old!, given!, key];
    expect(unended(all, NOON + 37 * DAY - 1)).toEqual([young, old, key]);
    expect(unended(all, NOON + 37 * DAY)).toEqual([young, key]);
    expect(unended(all, NOON + 90 * DAY)).toEqual([key]);
  });
});

test.each([
  [life(), NOON - 1, "not begun"],
  [life(), NOON, "in use"],
  [life(), NOON + 90 * DAY - 1, "in use"],
  [life(), NOON + 90 * DAY, "expired"],
  [life(rotatedOut), NOON + 31 * DAY, "overlap"],
  [life(rotatedOut), NOON + 37 * DAY, "retired"],
  [life({ ...rotatedOut, revoked: instant(NOON) }), NOON + 31 * DAY, "revoked"],
] as const)("a key is in one state at a time: %#", (record, at, expected) => {
  expect(stateOf(record, at)).toBe(expected);
});

test("days are whole ones", () => {
  expect(
    [0, 1, 83 * DAY, 83 * DAY + 1, 90 * DAY, 91 * DAY].map((later) => daysLeft(life(), NOON + later)),
  ).toEqual([90, 89, 7, 6, 0, -1]);
  expect(endOf(life())).toBe(NOON + 90 * DAY);
});

describe("the record of keys", () => {
  const book = { [key.keyid]: life(rotatedOut) };
  const text = renderKeyBook(book);

  test("is read as it was written", () => {
    expect(parseKeyBook(utf8(text))).toEqual(book);
    expect(parseKeyBook(utf8(renderKeyBook({})))).toEqual({});
  });

  test.each([
    ["nothing", ""],
    ["another version", text.replace('"version":1', '"version":2')],
    ["another form", `${text}\n`],
    ["a field that nobody knows", text.replace('"role"', '"roles"')],
    ["another role", text.replace("attestation", "witness")],
    ["an end without a time", text.replace(rotatedOut.retired, "tomorrow")],
    ["a keyid of another kind", text.replace("SHA256:", "MD5:")],
  ])("is refused when it is %s", (_, bytes) => {
    expect(parseKeyBook(utf8(bytes))).toBeUndefined();
  });
});
