// What the house rules look at: the files of this repository, tracked or about to be, and their text.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const root = join(import.meta.dirname, "../..");

export const wings = ["gateway", "validator", "integrator"] as const;
export const folders = ["core", "io", ...wings] as const;

/** Every file git tracks or would track, with forward slashes, sorted. */
export const files: readonly string[] = execFileSync(
  "git",
  ["ls-files", "-z", "--cached", "--others", "--exclude-standard"],
  { cwd: root, encoding: "utf8", maxBuffer: 1 << 26 },
)
  .split("\0")
  .filter((path) => path !== "" && existsSync(join(root, path)))
  .sort();

export const sources = files.filter((path) => path.startsWith("src/") && path.endsWith(".ts"));

export function read(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

export function lines(path: string): readonly string[] {
  return read(path).trimEnd().split("\n");
}
