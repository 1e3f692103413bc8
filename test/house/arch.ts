// Runs the nets (dependency-cruiser, tsc, oxlint) over a tree: this house, or a copy of it with faults in it.
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { removeScratch, scratch } from "../support/scratch.ts";
import { root } from "./files.ts";

const CONFIGS = ["package.json", "tsconfig.base.json", ".oxlintrc.json", ".dependency-cruiser.mjs"];

export interface Violation {
  readonly rule: string;
  readonly from: string;
}

export interface Dependency {
  readonly resolved: string;
  readonly coreModule: boolean;
  readonly dependencyTypes: readonly string[];
}

export interface Cruise {
  readonly modules: readonly { readonly source: string; readonly dependencies: readonly Dependency[] }[];
  readonly violations: readonly Violation[];
  /** The names of all rules that were applied. */
  readonly rules: readonly string[];
}

/** A copy of src and its configurations with `faults` written into it. Removed by the returned function. */
export function copyWith(faults: Readonly<Record<string, string>>): { dir: string; remove: () => void } {
  const dir = scratch("house");
  for (const name of ["src", ...CONFIGS]) cpSync(join(root, name), join(dir, name), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(dir, "node_modules"), "dir");
  for (const [path, text] of Object.entries(faults)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  }
  return { dir, remove: () => removeScratch(dir) };
}

export function cruise(dir: string): Cruise {
  const text = run(dir, "depcruise", ["src", "--config", ".dependency-cruiser.mjs", "--output-type", "json"]);
  const result = JSON.parse(text) as {
    modules: Cruise["modules"];
    summary: {
      violations: { from: string; rule: { name: string } }[];
      ruleSetUsed: { forbidden: { name: string }[] };
    };
  };
  return {
    modules: result.modules,
    violations: result.summary.violations.map(({ from, rule }) => ({ from, rule: rule.name })),
    rules: result.summary.ruleSetUsed.forbidden.map(({ name }) => name),
  };
}

/** What tsc says about the folders of src, one line an error. */
export function compile(dir: string, projects: readonly string[]): string {
  return run(dir, "tsc", ["-b", "--pretty", "false", ...projects.map((name) => `src/${name}`)]);
}

/** What oxlint says, as `path: rule: message` lines. */
export function lint(dir: string): readonly string[] {
  const report = JSON.parse(run(dir, "oxlint", ["--type-aware", "--format", "json", "src"])) as {
    diagnostics: { filename: string; code: string; message: string; help?: string }[];
  };
  return report.diagnostics.map((d) => `${d.filename}: ${d.code}: ${d.message} ${d.help ?? ""}`);
}

/** The tool's own program under this very node, whatever `node` the caller's PATH finds first. */
function run(dir: string, tool: string, args: readonly string[]): string {
  const packages: Record<string, string> = {
    depcruise: "dependency-cruiser",
    tsc: "typescript",
    oxlint: "oxlint",
  };
  const manifest = join(root, "node_modules", packages[tool] ?? tool, "package.json");
  const { bin } = JSON.parse(readFileSync(manifest, "utf8")) as { bin: Record<string, string> };
  const program = createRequire(manifest).resolve(join(dirname(manifest), bin[tool] ?? ""));
  const child = spawnSync(process.execPath, [program, ...args], {
    cwd: dir,
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  if (child.error !== undefined) throw child.error;
  if (child.stdout === "" && child.status !== 0) throw new Error(`${tool}: ${child.stderr}`);
  return child.stdout;
}
