// Calls of the last seconds: what lies in the window counts, and a flood takes no more room than a quiet hour.
import { expect, test } from "vitest";
import { openCallWindow } from "../../../src/core/alert/window.ts";
import { NOON } from "../../support/proposals.ts";

test("a window counts what lies in it, and forgets what a clock that is set back makes of the future", () => {
  let now = NOON;
  const window = openCallWindow(() => now);
  for (const refused of [true, true, false]) window.add(refused);
  expect(window.counts(60)).toEqual({ total: 3, refused: 2 });
  now += 59_000;
  window.add(false);
  expect(window.counts(60)).toEqual({ total: 4, refused: 2 });
  expect(window.counts(10)).toEqual({ total: 1, refused: 0 });
  now += 1000;
  expect(window.counts(60)).toEqual({ total: 1, refused: 0 });
  now -= 3_600_000;
  expect(window.counts(60)).toEqual({ total: 0, refused: 0 });
  window.add(true);
  expect(window.counts(3600)).toEqual({ total: 1, refused: 1 });
});

test("what is older than the longest window is not kept", () => {
  let now = NOON;
  const window = openCallWindow(() => now);
  window.add(true);
  now += 3_600_000;
  window.add(false);
  now -= 1000;
  expect(window.counts(3600)).toEqual({ total: 0, refused: 0 });
  now += 1000;
  expect(window.counts(3600)).toEqual({ total: 1, refused: 0 });
});
