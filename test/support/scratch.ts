// Scratch folders and scratch git repositories; hermetic, so that the developer's own git configuration decides nothing.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

export function scratch(name: string): string {
  return mkdtempSync(join(tmpdir(), `countersign-${name}-`));
}

export function removeScratch(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

const IDENTITY = [
  "-c",
  "user.name=Test Person",
  "-c",
  "user.email=person@example.invalid",
  "-c",
  "commit.gpgsign=false",
];

/** Runs git in `folder` without global or system configuration; returns its standard output. */
export function git(folder: string, ...args: readonly string[]): string {
  return execFileSync("git", ["-C", folder, ...IDENTITY, ...args], {
    encoding: "utf8",
    env: { ...process.env, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" },
    stdio: ["ignore", "pipe", "pipe"],
    maxBuffer: 256 * 1024 * 1024,
  });
}

/** A git that runs out of disk while it applies a patch: the real one, allowed to write files of no bytes. */
export function fullDiskGit(folder: string, file: string): string {
  const script = join(folder, "git");
  const text = `#!/bin/sh\ncase " $* " in *" apply "*) trap '' XFSZ; ulimit -f 0;; esac\nexec '${file}' "$@"\n`;
  writeFileSync(script, text, { mode: 0o755 });
  return script;
}

export function writeFiles(folder: string, files: Readonly<Record<string, string | Uint8Array>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
}

/** A repository with one commit that holds `files`, on branch main. */
export function scratchRepository(
  name: string,
  files: Readonly<Record<string, string | Uint8Array>>,
): string {
  const folder = scratch(name);
  git(folder, "init", "-q", "-b", "main");
  writeFiles(folder, files);
  git(folder, "add", "-A", "-f");
  git(folder, "commit", "-q", "-m", "first");
  return folder;
}
