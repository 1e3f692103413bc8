import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
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

test("a place inside of a folder, and the folders in a place, are watched when they appear", async () => {
  let resume = (): void => undefined;
  const watching = watchPlaces(root, ["heads/requests", "heads/sealed/*"])(() => resume());
  const change = (act: () => void): Promise<void> => {
    const heard = new Promise<void>((resolve) => {
      resume = resolve;
    });
    act();
    return heard;
  };
  await change(() => mkdirSync(join(root, "heads")));
  await change(() => mkdirSync(join(root, "heads", "requests")));
  await change(() => writeFileSync(join(root, "heads", "requests", "a"), ""));
  await change(() => mkdirSync(join(root, "heads", "sealed")));
  await change(() => mkdirSync(join(root, "heads", "sealed", "2026-11")));
  await change(() => writeFileSync(join(root, "heads", "sealed", "2026-11", "checkpoint"), ""));
  watching.close();
});

test("what is being written, and a sign of life, are no news", async () => {
  const heard: string[] = [];
  const watching = watchPlaces(root, ["heads/sealed/*"])(() => heard.push("news"));
  mkdirSync(join(root, "heads", "sealed"), { recursive: true });
  while (heard.length === 0) await setTimeout(5);
  // Until the folders are watched and quiet.
  for (let seen = -1; seen !== heard.length; await setTimeout(50)) seen = heard.length;
  heard.length = 0;
  writeFileSync(join(root, "heads", "sealed", ".tmp-1-1"), "");
  renameSync(join(root, "heads", "sealed", ".tmp-1-1"), join(root, "heads", "sealed", "heartbeat.json"));
  await setTimeout(100);
  expect(heard).toEqual([]);
  writeFileSync(join(root, "heads", "sealed", "other"), "");
  while (heard.length === 0) await setTimeout(5);
  watching.close();
});

test("a folder that is not there is no error", () => {
  expect(() => watchPlaces(join(root, "nowhere"), ["orders"])(() => undefined).close()).not.toThrow();
});
