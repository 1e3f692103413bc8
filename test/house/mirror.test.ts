// One path, two meanings: src/core/base/path.ts is tested by test/core/base/path.test.ts, so nobody has to search.
import { expect, test } from "vitest";
import { files, folders, lines, sources } from "./files.ts";

/** Below this many lines a file of core may be tested through the one that uses it. */
const SMALL = 40;

const mirrored = files.filter((path) =>
  new RegExp(`^test/(${folders.join("|")})/.*\\.test\\.ts$`).test(path),
);

/** The source of a test; a second suite of a file may carry a word: path.properties.test.ts. */
function sourceOf(path: string): string {
  return path.replace(/^test\//, "src/").replace(/(\.[a-z-]+)?\.test\.ts$/, ".ts");
}

test("every test stands where its source stands", () => {
  expect(mirrored.filter((path) => !sources.includes(sourceOf(path)))).toEqual([]);
});

test("every file of core that is not small has its own test", () => {
  const tested = new Set(mirrored.map(sourceOf));
  const untested = sources.filter(
    (path) => path.startsWith("src/core/") && lines(path).length > SMALL && !tested.has(path),
  );
  expect(untested).toEqual([]);
});
