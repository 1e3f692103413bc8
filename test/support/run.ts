// Once in a run of the tests: a temporary folder for all of it, which tells at the end which suites left scratch behind.
import { chmodSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";

const PREFIX = "countersign-run-";

/** The projects of a run share one folder: whoever comes first makes it and takes it away. */
let mine: string | undefined;

export function setup(): void {
  if (basename(tmpdir()).startsWith(PREFIX)) return;
  mine = mkdtempSync(join(tmpdir(), PREFIX));
  // As the temporary folder of a system: some suites start processes of other users, who make their own folders in here.
  chmodSync(mine, 0o1777);
  process.env["TMPDIR"] = mine;
  // The command is started some thousand times in a run. What node compiles of it, it keeps here: half the time of a start.
  process.env["NODE_COMPILE_CACHE"] = join(mine, "compiled");
}

export function teardown(): void {
  const folder = mine;
  if (folder === undefined) return;
  const left = readdirSync(folder)
    .filter((name) => name.startsWith("countersign-"))
    .map(
      (name) => `${name} (${readdirSync(join(folder, name), { recursive: true }).join(" ").slice(0, 400)})`,
    );
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  if (left.length === 0) return;
  process.exitCode = 1;
  console.error(`Scratch was left behind: ${left.toSorted().join(", ")}`);
}
