// What stands against a patch otherwise hides no secret in it: blocked paths, lines that fit nowhere, no diff at all.
import { afterAll, beforeAll, expect, test } from "vitest";
import type { OpenManifest } from "../../../src/core/manifest/manifest.ts";
import { judge } from "../../../src/validator/round.ts";
import {
  findingsOf,
  openBench,
  publishNow,
  putOrder,
  resultsOf,
  type TestBench,
  verdictOn,
} from "../../support/bench.ts";
import { removeScratch, scratchRepository } from "../../support/scratch.ts";
import { pieced } from "../../support/pieced.ts";

/** Put together here, so that no scanner of this repository finds a token in it. */
const TOKEN = pieced(["gh", "p_", "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3hJ6"]);
const VALUE = Buffer.from(pieced(["kT8v", "Lq2Z", "w9Rn", "4Xp7", "Ys"])).toString("base64");
const HEAD = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: x\ntype: Opaque\ndata:\n";
const REST = "  # one\n  # two\n  # three\n  # four\n  mode: off\n";

let repo: string;
let on: TestBench;
let base: OpenManifest;
beforeAll(async () => {
  repo = scratchRepository("readable", { "src/a.ts": "one\ntwo\nthree\n", "app/m.yaml": HEAD + REST });
  on = await openBench(repo, "[secrets]\nmask = false\n");
  base = await publishNow(on);
});
afterAll(() => {
  removeScratch(repo);
  removeScratch(on.state);
});

/** Only the file says that it is one: the line that makes it so is further up than any context. */
const FAR = `diff --git a/app/m.yaml b/app/m.yaml\n--- a/app/m.yaml\n+++ b/app/m.yaml\n@@ -9,3 +9,4 @@\n   # three\n   # four\n   mode: off\n+  pw: ${VALUE}\n`;
const BLOCKED =
  "diff --git a/.github/workflows/x.yml b/.github/workflows/x.yml\nnew file mode 100644\n--- /dev/null\n+++ b/.github/workflows/x.yml\n@@ -0,0 +1 @@\n+on: push\n";
const adding = (context: string): string =>
  `diff --git a/src/a.ts b/src/a.ts\n--- a/src/a.ts\n+++ b/src/a.ts\n@@ -1,3 +1,4 @@\n ${context}\n two\n+const t = "${TOKEN}";\n three\n`;

async function judged(patch: string): Promise<Awaited<ReturnType<typeof verdictOn>>> {
  const id = await putOrder(on, base, patch);
  await judge(on.bench, base, id, true);
  return verdictOn(on, id);
}

test.each<[string, string, string]>([
  ["with a blocked path beside it, and a secret that only its file tells", "paths", BLOCKED + FAR],
  ["with a blocked path beside it", "paths", BLOCKED + adding("one")],
  ["a line of which the file does not have", "tree", adding("uno")],
  ["behind which something else stands", "structure", `${adding("one")}and so on\n`],
  ["that is none", "structure", `+const t = "${TOKEN}";\n`],
])("a patch %s", async (_, failing, patch) => {
  const verdict = await judged(patch);
  expect(resultsOf(verdict)).toMatchObject({ [failing]: "FAILED", secrets: "FAILED" });
  expect(findingsOf(verdict)).toContain("secrets: secret_suspected");
  expect(JSON.stringify(verdict)).not.toContain(TOKEN.slice(4, 16));
});

test("a patch that could not be read in its files has not passed", async () => {
  const verdict = await judged(adding("uno").replace(TOKEN, "nothing"));
  expect(resultsOf(verdict)).toMatchObject({ tree: "FAILED", secrets: "SKIPPED" });
});
