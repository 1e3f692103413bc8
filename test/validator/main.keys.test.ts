// The words about keys as a process: what they print, what they never overwrite, and where no key is made.
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { removeScratch, scratch, scratchRepository } from "../support/scratch.ts";

const program = join(import.meta.dirname, "../../bin/countersign.js");
const PATIENCE = 60_000;

let repo: string;
beforeAll(() => {
  repo = scratchRepository("keys", { "src/a.ts": "one\n" });
});
afterAll(() => removeScratch(repo));

const countersign = (...args: readonly string[]): { status: number | null; stderr: string; stdout: string } =>
  spawnSync(process.execPath, [program, ...args], { encoding: "utf8", timeout: PATIENCE });

describe("keys", () => {
  test(
    "new prints both places, refuses to overwrite, and list shows them",
    () => {
      const folder = scratch("keys-cli");
      const made = countersign("keys", "new", "--state", folder, "--repo", repo);
      expect(made).toMatchObject({
        status: 0,
        stdout: expect.stringMatching(
          /^(?:(?:attestation|sealer) SHA256:\S+\n {2}private .+\n {2}public .+\n){2}$/,
        ) as string,
      });
      expect(countersign("keys", "new", "--state", folder, "--repo", repo)).toMatchObject({
        status: 2,
        stderr: expect.stringContaining("not overwritten") as string,
      });
      const listed = JSON.parse(countersign("keys", "list", "--json", "--state", folder).stdout) as {
        keys: { kind: string; trusted: boolean; mode: string }[];
      };
      expect(listed.keys.map(({ kind, mode, trusted }) => [kind, mode, trusted])).toEqual([
        ["private", "0600", true],
        ["private", "0600", true],
        ["public", "0644", true],
        ["public", "0644", true],
      ]);
      removeScratch(folder);
    },
    PATIENCE,
  );

  test(
    "new makes none inside a repository",
    () => {
      const { status, stderr } = countersign("keys", "new", "--out", join(repo, "keys"));
      expect({ status, stderr }).toEqual({
        status: 2,
        stderr: expect.stringContaining("inside the repository") as string,
      });
      rmSync(join(repo, "keys"), { recursive: true, force: true });
    },
    PATIENCE,
  );
});
