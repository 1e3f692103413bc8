// A filter says when a call has looked at enough.
import { expect, test } from "vitest";
import { type Filter, openFilter } from "../../../src/gateway/tools/filter.ts";

function opened(glob?: string, prefix?: string): Filter {
  const filter = openFilter(glob, prefix);
  if (!filter.ok) throw new Error(filter.refusal.code);
  return filter.value;
}

/** Paths of two letters, which no cache of states can learn by heart. */
function* hostile(): Iterable<string> {
  let random = 12_345;
  for (;;) {
    let path = "src/";
    while (path.length < 204) {
      random = (random * 1_103_515_245 + 12_345) & 0x7f_ff_ff_ff;
      path += (random >> 16) & 1 ? "a" : "b";
    }
    yield path;
  }
}

function look(filter: Filter, paths: Iterable<string>): number {
  let count = 0;
  for (const path of paths) {
    if (filter.spent()) break;
    filter.wants(path);
    count++;
  }
  return count;
}

test("refuses a bad glob", () => {
  expect(openFilter("{")).toMatchObject({ ok: false, refusal: { code: "glob_invalid" } });
});

test.each([
  ["many questions", `**/*a${"?".repeat(100)}z`],
  ["all that fits", `**/*a${"?".repeat(505)}z`],
  ["alternatives", `{*a${"?".repeat(40)},*b${"?".repeat(40)},**/c*${"?".repeat(40)}}*a${"?".repeat(40)}`],
])("a dear glob ends the page early: %s", (_, glob) => {
  const count = look(opened(glob), hostile());
  expect(count).toBeGreaterThan(0);
  expect(count).toBeLessThan(2000);
});

test.each([
  ["no filter", undefined, undefined],
  ["a prefix", undefined, "src/a"],
  ["a common glob", "**/*.ts", undefined],
])("%s looks at 20,000 paths", (_, glob, prefix) => {
  expect(look(opened(glob, prefix), hostile())).toBe(20_000);
});

test("prefix and glob both have to fit", () => {
  const filter = opened("**/*.ts", "src/");
  expect(["src/a.ts", "src/a.js", "lib/a.ts"].map((path) => filter.wants(path))).toEqual([
    true,
    false,
    false,
  ]);
});
