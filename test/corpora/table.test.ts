// The command that measures the corpora: what it cannot measure is never a success.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

test("a corpus that there is not is usage, and measures nothing", () => {
  const { status, stderr, stdout } = spawnSync(process.execPath, [join(import.meta.dirname, "table.ts"), "secerts"], {
    encoding: "utf8",
  });
  expect([status, stdout]).toEqual([2, ""]);
  expect(stderr).toContain("secerts is none of secrets, sast");
});
