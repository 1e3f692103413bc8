// A flood over the rate limit is held back: it neither fills the log nor keeps the gateway from answering.
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { refusalCode, type Served, serve } from "../support/agent.ts";
import { removeScratch, scratchRepository } from "../support/scratch.ts";

let served: Served;
beforeAll(async () => {
  served = await serve(scratchRepository("repo", { "a.ts": "x\n" }), "[calls]\nper_minute = 50\n");
});
afterAll(async () => {
  removeScratch(served.repo);
});

test("of 400 calls in one go, those beyond the limit are answered at one a second", async () => {
  const codes: (string | undefined)[] = [];
  for (let n = 0; n < 400; n++)
    void served.client.call("read-file", { path: "a.ts" }).then((answer) => codes.push(refusalCode(answer)));
  await pause(4000);
  const seen = [...codes];
  served.client.child.kill();
  expect(seen.filter((code) => code === undefined).length).toBeGreaterThan(0);
  expect(seen.filter((code) => code === undefined).length).toBeLessThanOrEqual(50);
  const over = seen.filter((code) => code === "rate_calls").length;
  expect(over).toBeGreaterThan(0);
  expect(over).toBeLessThan(8);
});
