// Listings are no calls: over HTTP those beyond ten times the calls of a minute are 429 and counted, on stdio they wait.
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { serve } from "../support/agent.ts";
import { action, mcp } from "../support/http-ask.ts";
import { openRoom, type Room } from "../support/http-up.ts";
import { removeScratch, scratchRepository } from "../support/scratch.ts";

let room: Room | undefined;
afterEach(() => room?.remove());

test("HTTP: 429 with Retry-After, one entry with the number at the end, and calls go on", async () => {
  room = openRoom("default", "[calls]\nper_minute = 3\n");
  const [alice, bob] = [room.token("alice"), room.token("bob")];
  const up = await room.up();
  const list = (token: string) => up.ask(...mcp("modern", "tools/list", {}, 1, { token }));
  for (let n = 0; n < 30; n++) expect((await list(alice)).status).toBe(200);
  for (let n = 0; n < 4; n++) expect((await list(alice)).code).toBe("rate_calls");
  const document = await up.ask("/actions/openapi.json", { token: alice });
  expect([document.status, document.code]).toEqual([429, "rate_calls"]);
  expect(Number(document.headers["retry-after"])).toBeGreaterThan(0);
  expect((await up.ask(...action("read-file", { path: "src/a.ts" }, { token: alice }))).status).toBe(200);
  expect((await list(bob)).status).toBe(200);
  expect(await up.stop()).toBe(0);
  expect(room.entries().filter(({ event }) => event === "access.suppressed")).toMatchObject([
    { actor: { principal: "alice" }, data: { reason: "rate_calls", what: "uncharged", count: 5 } },
  ]);
});

test("stdio: those beyond are answered at one a second, and none is refused", async () => {
  const served = await serve(scratchRepository("repo", { "a.ts": "x\n" }), "[calls]\nper_minute = 20\n");
  const answers: boolean[] = [];
  for (let n = 0; n < 300; n++)
    void served.client.request("tools/list").then(({ result }) => answers.push(result !== undefined));
  await pause(4000);
  const seen = [...answers];
  served.client.child.kill();
  removeScratch(served.repo);
  expect(seen.length).toBeGreaterThan(150);
  expect(seen.length).toBeLessThan(208);
  expect(new Set(seen)).toEqual(new Set([true]));
});
