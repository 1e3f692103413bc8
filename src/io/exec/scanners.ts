// Finds the scanners of others on a PATH: where each lies, what its program is, what it needs to read; nothing is started.
import { createHash } from "node:crypto";
import { readFileSync, realpathSync, statSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { findProgram } from "./exec.ts";

export const scannerNames = ["gitleaks", "semgrep", "bandit"] as const;
export type ScannerName = (typeof scannerNames)[number];

export interface ScannerPlace {
  /** Absolute, links resolved. */
  readonly file: string;
  /** SHA-256 of the program; of one in Python, of the script that starts it. */
  readonly sha256: string;
  /** What it needs to read beside the system's own folders. */
  readonly reads: readonly string[];
  /** Device, inode, size and times of the program when its digest was taken. */
  readonly stamp: string;
}

export type ScannerState =
  | { readonly kind: "there"; readonly place: ScannerPlace }
  | { readonly kind: "missing" }
  /** There, and not to be run: somebody else than the operator could have written it. */
  | { readonly kind: "unsafe"; readonly file: string; readonly why: string };

export type ScannerStates = Readonly<Record<ScannerName, ScannerState>>;

/**
 * `apart`: folders that no scanner may lie in or need, such as the served repository, which agents' patches reach, and
 * the state with its keys. The first that a PATH names counts: one that is unsafe is told, not stepped over.
 */
export function scannerStates(pathEnv: string, apart: readonly string[]): ScannerStates {
  return {
    gitleaks: scannerState("gitleaks", pathEnv, apart),
    semgrep: scannerState("semgrep", pathEnv, apart),
    bandit: scannerState("bandit", pathEnv, apart),
  };
}

function scannerState(name: ScannerName, pathEnv: string, apart: readonly string[]): ScannerState {
  const found = findProgram(name, pathEnv);
  if (found === undefined) return { kind: "missing" };
  const unsafe = (why: string): ScannerState => ({ kind: "unsafe", file: found, why });
  try {
    const file = realpathSync(found);
    const bytes = readFileSync(file);
    const reads = readsOf(file, bytes);
    const real = apart.map(resolved);
    const near = [file, found, ...reads].find((path) => real.some((folder) => touches(path, folder)));
    if (near !== undefined)
      return unsafe(`${near} is not apart from the repository and the state of countersign`);
    const open = [file, found, ...reads].flatMap(chain).find(isWorldWritable);
    if (open !== undefined) return unsafe(`everybody may write ${open}`);
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    return { kind: "there", place: { file, sha256, reads, stamp: stampOf(file) } };
  } catch (cause) {
    return unsafe(cause instanceof Error ? cause.message : "it cannot be read");
  }
}

/** False when the program is another one than when its digest was taken: the verdict would name the wrong one. */
export function isUnchanged({ file, stamp }: ScannerPlace): boolean {
  try {
    return stampOf(file) === stamp;
  } catch {
    return false;
  }
}

function stampOf(file: string): string {
  const { dev, ino, size, mtimeMs, ctimeMs } = statSync(file);
  return [dev, ino, size, mtimeMs, ctimeMs].join(":");
}

/** A script names its interpreter in its first line: then what lies around that, and around a virtual environment, is needed, too. */
function readsOf(file: string, bytes: Buffer): readonly string[] {
  const [, interpreter] = /^#! ?(\/[^\s]{1,400})/.exec(bytes.subarray(0, 512).toString("utf8")) ?? [];
  if (interpreter === undefined) return [file];
  const real = realpathSync(interpreter);
  const roots = [...environmentAround(file), ...environmentAround(interpreter), dirname(dirname(real))];
  return [...new Set([file, ...roots])].filter((path) => path === file || !isSystem(path));
}

/** A virtual environment and the installation that it was made from. */
function environmentAround(program: string): readonly string[] {
  const root = dirname(dirname(program));
  try {
    const [, home] =
      /^home *= *(\/[^\n]{1,400})$/m.exec(readFileSync(join(root, "pyvenv.cfg"), "utf8")) ?? [];
    return home === undefined ? [root] : [root, dirname(home), dirname(realpathSync(home))];
  } catch {
    return [];
  }
}

/** What every sandbox shows anyway. */
function isSystem(path: string): boolean {
  return path === "/" || path === "/usr" || path.startsWith("/usr/");
}

function resolved(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/** One of the two lies in the other. */
function touches(one: string, other: string): boolean {
  return isWithin(one, other) || isWithin(other, one);
}

function isWithin(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way === "" || (way !== ".." && !way.startsWith(`..${sep}`));
}

/** The path and every folder above it. */
function chain(path: string): readonly string[] {
  const above = dirname(path);
  return above === path ? [path] : [path, ...chain(above)];
}

const STICKY = 0o1000;

/** In a sticky folder, such as /tmp, nobody can exchange what is not his. */
function isWorldWritable(path: string): boolean {
  const { mode } = statSync(path);
  return (mode & 0o002) !== 0 && (mode & STICKY) === 0;
}

export type ScannerPlan =
  | { readonly kind: "run"; readonly place: ScannerPlace }
  | { readonly kind: "leave"; readonly why: string }
  | {
      readonly kind: "refuse";
      readonly code: "scanner_missing" | "sandbox_missing";
      readonly why: string;
    };

/** What becomes of a scanner under `[scanners]`. What is required and cannot be run is refused, never left out. */
export function scannerPlan(
  name: ScannerName,
  use: "required" | "found" | "off",
  state: ScannerState,
  hasSandbox: boolean,
): ScannerPlan {
  if (use === "off") return { kind: "leave", why: `scanners.${name} is off` };
  const lacking = (code: "scanner_missing" | "sandbox_missing", why: string): ScannerPlan =>
    use === "required" ? { kind: "refuse", code, why } : { kind: "leave", why };
  if (state.kind === "missing") return lacking("scanner_missing", `${name} is not on the validator's PATH`);
  if (state.kind === "unsafe")
    return lacking("scanner_missing", `${name} is not run: ${state.why} (${state.file})`);
  if (!hasSandbox) return lacking("sandbox_missing", `${name} is there, but no sandbox to run it in`);
  return { kind: "run", place: state.place };
}
