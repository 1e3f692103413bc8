// What each process can load, pinned as a literal list: a new file, package or built-in in a wing is seen in review.
// After a look at the difference: UPDATE_PINS=1 npm test -- --project house
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type Cruise, cruise } from "./arch.ts";
import { root, wings } from "./files.ts";

interface Closure {
  readonly files: readonly string[];
  readonly packages: readonly string[];
  readonly builtins: readonly string[];
}

const PIN = join(root, "test/house/closures.pin.json");

/** Everything that `entry` makes node load from src, and what those files load by name. Types load nothing. */
function closure(house: Cruise, entry: string): Closure {
  const modules = new Map(house.modules.map((module) => [module.source, module.dependencies]));
  const files = new Set([entry]);
  const packages = new Set<string>();
  const builtins = new Set<string>();
  for (const file of files) {
    for (const { resolved, coreModule, dependencyTypes } of modules.get(file) ?? []) {
      if (dependencyTypes.includes("type-only")) continue;
      if (coreModule) builtins.add(resolved.replace(/^node:/, ""));
      else if (resolved.startsWith("src/")) files.add(resolved);
      else packages.add(/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(resolved)?.[1] ?? resolved);
    }
  }
  return { files: [...files].sort(), packages: [...packages].sort(), builtins: [...builtins].sort() };
}

const house = cruise(root);
const actual = Object.fromEntries(wings.map((wing) => [wing, closure(house, `src/${wing}/main.ts`)]));

if (process.env["UPDATE_PINS"] === "1") writeFileSync(PIN, `${JSON.stringify(actual, undefined, 2)}\n`);
const pinned = existsSync(PIN) ? (JSON.parse(readFileSync(PIN, "utf8")) as Record<string, Closure>) : {};

test.each(wings)("%s loads what is pinned", (wing) => {
  expect(house.modules.map(({ source }) => source)).toContain(`src/${wing}/main.ts`);
  expect(actual[wing]).toEqual(pinned[wing]);
});
