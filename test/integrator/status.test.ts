// Nobody waits without a word: the first publication is announced after two seconds, and its end is told.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { watchProgress } from "../../src/integrator/status.ts";
import { validatorExchange } from "../../src/io/exchange/files/open.ts";
import { sha256 } from "../../src/core/base/digest.ts";
import { layout } from "../../src/io/file/layout.ts";
import { removeScratch, scratch } from "../support/scratch.ts";
import { testWorld } from "../support/world.ts";

let folder = "";
afterEach(() => removeScratch(folder));

/** A world whose clock runs two seconds for each of ours. */
function hurried(): ReturnType<typeof testWorld> {
  const started = Date.now();
  return { ...testWorld({ cwd: folder }), now: () => started + 2 * (Date.now() - started) };
}

test("a first publication of more than two seconds is announced once, and its end is told", async () => {
  folder = scratch("status");
  const places = layout(folder);
  mkdirSync(join(places.exchange, "published"), { recursive: true });
  const world = hurried();
  const watching = watchProgress(world, places, "first");
  await expect
    .poll(() => world.said.err, { timeout: 5000 })
    .toContain("Publishing the repository for the first time");
  const { published } = await validatorExchange(places.exchange);
  const bytes = Buffer.from("{}");
  await published.putManifest(sha256(bytes), bytes, bytes);
  await published.setCurrent(sha256(bytes));
  await expect.poll(() => world.said.err, { timeout: 5000 }).toContain("The repository is published.");
  watching.stop();
  expect(world.said.err.match(/Publishing/g)).toHaveLength(1);
});
