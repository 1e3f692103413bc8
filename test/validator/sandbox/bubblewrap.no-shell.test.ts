// I07: whatever is judged, with a command of the project too, no shell is started by us.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { needs } from "../../support/needs.ts";
import { removeScratch, scratch } from "../../support/scratch.ts";

const folder = scratch("no-shell");
afterAll(() => removeScratch(folder));

const support = (name: string): string => JSON.stringify(join(import.meta.dirname, "../../support", name));

const program = `
  const { openBench, publishNow, putOrder } = await import(${support("bench.ts")});
  const { scratchRepository, removeScratch } = await import(${support("scratch.ts")});
  const { judge } = await import(${JSON.stringify(join(import.meta.dirname, "../../../src/validator/round.ts"))});
  const repo = scratchRepository("no-shell", { "a.ts": "one\\n" });
  const on = await openBench(repo, '[[validator.commands]]\\nname = "tests"\\nresult = "reject"\\nargv = ["/usr/bin/id"]\\n');
  const base = await publishNow(on);
  const patch = "diff --git a/a.ts b/a.ts\\n--- a/a.ts\\n+++ b/a.ts\\n@@ -1 +1 @@\\n-one\\n+two\\n";
  console.log(JSON.stringify(await judge(on.bench, base, await putOrder(on, base, patch), true)));
  removeScratch(repo);
  removeScratch(on.state);
  process.exit(0);`;

test.runIf(needs("strace") && needs("bwrap"))("I07: no shell is started during validation", () => {
  const out = join(folder, "trace");
  const args = [
    "-f",
    "-qq",
    "-e",
    "trace=execve",
    "-o",
    out,
    process.execPath,
    "--input-type=module",
    "-e",
    program,
  ];
  const ran = spawnSync("strace", args, { encoding: "utf8", timeout: 60_000 });
  expect(ran.stdout).toContain("APPROVED");
  const started = [...readFileSync(out, "utf8").matchAll(/execve\("([^"]+)"[^\n]*\) += 0/g)].map(
    ([, file]) => file ?? "",
  );
  expect(started).toContain("/usr/bin/id");
  expect(started.filter((file) => /\/(?:ba|da|z|k)?sh$/.test(file))).toEqual([]);
});
