// Patience ends by the work of this thread, not by the hour: a machine that is busy elsewhere makes nobody impatient.
import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { patience } from "../../../src/io/file/patience.ts";

test("waiting does not end it, working does", async () => {
  const isOver = patience(100)();
  await pause(300);
  expect(isOver()).toBe(false);
  for (let look = 0; look < 100_000_000 && !isOver(); look += 1);
  expect(isOver()).toBe(true);
}, 30_000);
