// Scratch folders and scratch git repositories; hermetic, so that the developer's own git configuration decides nothing.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** What this process made and nobody removed yet. */
const made = new Set<string>();

/** A folder of its own, which goes with the test file or the program that asked for it, whatever becomes of them. */
export function scratch(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `countersign-${name}-`));
  made.add(folder);
  return folder;
}

export function removeScratch(folder: string): void {
  // A process that is just ending may still write into it.
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
  made.delete(folder);
}

/** Removes what is left; what cannot be removed now stays known for the next time. */
export function removeAllScratch(): void {
  for (const folder of made) {
    try {
      removeScratch(folder);
    } catch (cause) {
      console.warn(`${folder} stays behind: ${String(cause)}`);
    }
  }
}

process.once("exit", removeAllScratch);
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.once(signal, () => {
    removeAllScratch();
    process.kill(process.pid, signal);
  });

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
