import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { watchPlaces } from "../../../../src/io/exchange/files/watch.ts";
import { removeScratch, scratch } from "../../../support/scratch.ts";

let root: string;
beforeEach(() => {
  root = scratch("watch");
});
afterEach(() => removeScratch(root));

test("a place that appears later is watched, and one that goes away stops nothing", async () => {
  let resume = (): void => undefined;
  const watching = watchPlaces(root, ["verdicts", "landings"])(() => resume());
  const change = (act: () => void): Promise<void> => {
    const heard = new Promise<void>((resolve) => {
      resume = resolve;
    });
    act();
    return heard;
  };
  await change(() => mkdirSync(join(root, "verdicts")));
  await change(() => writeFileSync(join(root, "verdicts", "a"), ""));
  await change(() => rmSync(join(root, "verdicts"), { recursive: true }));
  await change(() => mkdirSync(join(root, "landings")));
  await change(() => writeFileSync(join(root, "landings", "a"), ""));
  watching.close();
});

test("a folder that is not there is no error", () => {
  expect(() => watchPlaces(join(root, "nowhere"), ["orders"])(() => undefined).close()).not.toThrow();
});
