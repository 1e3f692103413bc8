// Check `limits`: each limit at its edge and one beyond, as the configuration gives it.
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Order } from "../../../src/core/proposal/order.ts";
import { createPrivateGit } from "../../../src/io/exec/private-git.ts";
import { limitsCheck } from "../../../src/validator/checks/limits.ts";
import { openMatter } from "../../../src/validator/checks/matter.ts";
import { openBench, type TestBench } from "../../support/bench.ts";
import { order, patchId } from "../../support/proposals.ts";
import { removeScratch, scratchRepository } from "../../support/scratch.ts";

let repo: string;
let on: TestBench;
let count = 0;

beforeAll(async () => {
  repo = scratchRepository("limits", { a: "x" });
  const limits =
    "max_files = 2\nmax_hunks = 2\nmax_hunk_lines = 5\nmax_changed_lines = 6\nmax_line_chars = 80\nrationale_min = 10\nrationale_max = 20\nmax_call_bytes = 1024";
  on = await openBench(repo, `[proposal]\n${limits}\n`);
});

afterAll(() => {
  removeScratch(repo);
  removeScratch(on.state);
});

const file = (name: string, lines: readonly string[]): string =>
  `diff --git a/${name} b/${name}\nnew file mode 100644\n--- /dev/null\n+++ b/${name}\n@@ -0,0 +1${lines.length === 1 ? "" : `,${lines.length}`} @@\n${lines.map((line) => `+${line}\n`).join("")}`;
const hunks = (many: number): string =>
  `diff --git a/a b/a\n--- a/a\n+++ b/a\n${Array.from({ length: many }, (_, n) => `@@ -${n * 10 + 1} +${n * 10 + 1} @@\n-x\n+y\n`).join("")}`;
const lines = (many: number): string[] => Array.from({ length: many }, (_, n) => `line ${n}`);

async function codes(patch: string, changes: Partial<Order> = {}): Promise<readonly string[]> {
  count += 1;
  const own = await createPrivateGit(on.bench.git, on.bench.repository, join(on.state, `git-${count}`));
  const put = order(count, { patch, rationale: "long enough", ...changes });
  return (await limitsCheck.run(openMatter(on.bench, patchId(count), put, own), [])).findings.map(
    ({ refusal }) => refusal.code,
  );
}

test.each<readonly [string, string, Partial<Order>, string, Partial<Order>, string]>([
  [
    "files",
    file("a", ["x"]) + file("b", ["x"]),
    {},
    file("a", ["x"]) + file("b", ["x"]) + file("c", ["x"]),
    {},
    "too_many_files",
  ],
  ["hunks", hunks(2), {}, hunks(3), {}, "too_many_hunks"],
  ["lines of a hunk", file("a", lines(5)), {}, file("a", lines(6)), {}, "hunk_too_large"],
  [
    "changed lines",
    file("a", lines(3)) + file("b", lines(3)),
    {},
    file("a", lines(4)) + file("b", lines(3)),
    {},
    "too_many_lines",
  ],
  ["characters of a line", file("a", ["é".repeat(80)]), {}, file("a", ["é".repeat(81)]), {}, "line_too_long"],
  [
    "the shortest rationale",
    file("a", ["x"]),
    { rationale: "0123456789" },
    file("a", ["x"]),
    { rationale: "012345678" },
    "input_invalid",
  ],
  [
    "the longest rationale",
    file("a", ["x"]),
    { rationale: "😀".repeat(20) },
    file("a", ["x"]),
    { rationale: "😀".repeat(21) },
    "input_invalid",
  ],
])("%s", async (_, within, its, beyond, their, code) => {
  expect(await codes(within, its)).toEqual([]);
  expect(await codes(beyond, their)).toEqual([code]);
});

test("bytes of the whole patch", async () => {
  expect(
    await codes(
      file(
        "a",
        Array.from({ length: 5 }, () => "é".repeat(80)),
      ),
    ),
  ).toEqual([]);
  const large =
    file("a".repeat(200), lines(1)) +
    file(
      "b".repeat(200),
      Array.from({ length: 5 }, () => "é".repeat(80)),
    );
  expect(await codes(large)).toEqual(["patch_too_large"]);
});
