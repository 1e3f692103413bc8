// Without its lines an order tells no word of any file, and still names each of them.
import { describe, expect, test } from "vitest";
import { utf8 } from "../../../src/core/base/bytes.ts";
import { withoutLines } from "../../../src/core/proposal/blank.ts";
import { namedPaths } from "../../../src/core/proposal/diff-model.ts";
import { parseDiff } from "../../../src/core/proposal/diff.ts";
import { order } from "../../support/proposals.ts";

const WORD = "hunter2";
const modify = `diff --git a/a.ts b/a.ts\n--- a/a.ts\n+++ b/a.ts\n@@ -1,3 +1,3 @@\n one ${WORD}\n-two ${WORD}\n+three ${WORD}\n four\n`;
const create = `diff --git a/b.ts b/b.ts\nnew file mode 100644\n--- /dev/null\n+++ b/b.ts\n@@ -0,0 +1,2 @@\n+${WORD}\n+${WORD}\n\\ No newline at end of file\n`;
const remove = `diff --git a/c.ts b/c.ts\ndeleted file mode 100644\n--- a/c.ts\n+++ /dev/null\n@@ -1 +0,0 @@\n-${WORD}\n`;
const rename = `diff --git a/d.ts b/e.ts\nrename from d.ts\nrename to e.ts\n--- a/d.ts\n+++ b/e.ts\n@@ -1 +1 @@\n-${WORD}\n+${WORD} 2\n`;

describe("a patch without its lines", () => {
  test.each<[string, string]>([
    ["changes", modify],
    ["creates", create],
    ["deletes", remove],
    ["renames", rename],
    ["does all of it", modify + create + remove + rename],
  ])("that %s names the same files", (_, patch) => {
    const blank = withoutLines(order(1, { patch }));
    expect(blank.patch).not.toContain(WORD);
    const [before, after] = [patch, blank.patch].map((text) => parseDiff(utf8(text), Infinity));
    if (before?.ok !== true || after?.ok !== true) throw new Error(JSON.stringify([before, after]));
    expect(namedPaths(after.value)).toEqual(namedPaths(before.value));
    expect(withoutLines(blank)).toEqual(blank);
  });

  test("that is no diff holds nothing, and everything else stays", () => {
    const one = order(1, { patch: `${WORD}\n` });
    expect(withoutLines(one)).toEqual({ ...one, patch: "[no diff]" });
  });
});
