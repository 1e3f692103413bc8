// Labels of rule packs: any rule changes the digest, the spelling of the file does not.
import { expect, test } from "vitest";
import { labels, packsLine } from "../../../src/core/rules/packs.ts";
import { shippedRules } from "../../support/served.ts";

const sets = shippedRules();
const own = labels(sets);

test("every pack has a version and a digest of its own", () => {
  const all = Object.values(own);
  expect(Object.keys(own)).toEqual(expect.arrayContaining(["paths", "secrets"]));
  expect(new Set(all.map(({ digest }) => digest)).size).toBe(all.length);
  expect(packsLine(own)).toContain(`paths ${own.paths.version} (${own.paths.digest.slice(0, 12)})`);
});

test("a rule that goes changes the digest of its pack, and of no other", () => {
  const { paths } = sets;
  const other = labels({ ...sets, paths: { ...paths, blocked: paths.blocked.slice(1) } });
  expect(other.paths.digest).not.toBe(own.paths.digest);
  expect(other.secrets).toEqual(own.secrets);
});

test("the order of keys does not count", () => {
  const reversed = Object.fromEntries(Object.entries(sets.paths).toReversed()) as typeof sets.paths;
  expect(labels({ ...sets, paths: reversed })).toEqual(own);
});
