// A landing remembers how far the log was sealed, and is not failed by a folder that cannot be written.
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { rememberSealed } from "../../../src/integrator/audit/remember-sealed.ts";
import { integratorExchange } from "../../../src/io/exchange/files/open.ts";
import { openSealedDesk, type SealedDesk } from "../../support/sealed-desk.ts";
import { testWorld } from "../../support/world.ts";

let desk: SealedDesk;
beforeEach(async () => {
  desk = await openSealedDesk();
});
afterEach(() => desk.remove());

async function seen(): Promise<string> {
  const world = testWorld({ cwd: desk.repo, now: desk.now });
  const exchange = await integratorExchange(desk.places.exchange);
  await rememberSealed(world, { layout: desk.places, exchange, setup: desk.setup });
  return world.said.err;
}
const kept = (): string[] =>
  readdirSync(join(desk.places.integrator, "checkpoints"))
    .map((name) => name.replace(/^[0-9a-f]{16}-(.*)-[0-9a-f]{16}$/, "$1"))
    .toSorted();

test("the highest of each month, and never a lower one", async () => {
  expect(await seen()).toBe("");
  expect(kept()).toEqual(["2026-09-40", "2026-11-280"]);
  await desk.seal(1, 290);
  await seen();
  await desk.seal(1, 100);
  await seen();
  expect(kept()).toEqual(["2026-09-40", "2026-11-290"]);
});

test("what cannot be kept, or not be verified, is said", async () => {
  rmSync(desk.places.integrator, { recursive: true, force: true });
  writeFileSync(desk.places.integrator, "");
  expect(await seen()).toContain("cannot be remembered");
  rmSync(desk.places.integrator);
  rmSync(join(desk.places.trust, "sealer.pub.pem"));
  expect(await seen()).toContain("cannot be remembered");
});
