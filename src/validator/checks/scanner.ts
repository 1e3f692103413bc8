// Checks `scanner-gitleaks`, `scanner-semgrep`, `scanner-bandit`: what scanners of others say about the patched files.
import { join } from "node:path";
import { refusal } from "../../core/base/refusal.ts";
import type { TargetFinding } from "../../core/proposal/targets.ts";
import type { Bench } from "../bench.ts";
import { hasPlainLines, type Scanned } from "../scanners/adapter.ts";
import type { Found } from "../scanners/finding.ts";
import type { ScannerUse } from "../scanners/open.ts";
import { asFinding, type Check, type Examined, judgedBy } from "./check.ts";
import type { PatchedFile } from "./contents.ts";
import { CheckFault } from "./fault.ts";
import type { Matter } from "./matter.ts";

export function scannerCheck(use: ScannerUse, sandbox: Bench["sandbox"]): Check {
  const { name } = use;
  return {
    id: `scanner-${name}`,
    tool: "countersign",
    // Only a tree that git and we agree about has contents.
    after: ["tree"],
    exceptable: true,
    async run(matter) {
      if (use.kind === "refuse") throw new CheckFault(refusal(use.code, use.why, name));
      if (sandbox === undefined)
        throw new CheckFault(refusal("sandbox_missing", `${name} has no sandbox to run in`, name));
      const contents = await matter.contents();
      if (!contents.ok) return { result: "SKIPPED", findings: [] };
      const { timeout_seconds, memory_mib } = matter.setup.config.scanners;
      const scanned = await use.scanner.scan(contents.value, {
        sandbox,
        timeoutMs: timeout_seconds * 1000,
        memoryMib: memory_mib,
        label: matter.id,
        folder: join(matter.own.gitDir, `scan-${name}`),
      });
      return { ...judged(name, matter, scanned, contents.value), tool: { name, version: scanned.version } };
    },
  };
}

interface Placed {
  readonly finding: TargetFinding;
  readonly isAdded: boolean;
}

/**
 * A secret counts wherever it is in a file that the patch changes, and blocks where the patch adds it. Anything else counts
 * only where the patch adds it: old faults are nobody's business here.
 */
function judged(
  name: ScannerUse["name"],
  { setup: { config } }: Matter,
  { found }: Scanned,
  contents: readonly PatchedFile[],
): Examined {
  const isSecret = name === "gitleaks";
  const files = new Map(contents.map((file) => [file.path, file]));
  const all = found.map((one) => placed(one, files.get(one.path), isSecret));
  const [added, old] = [all.filter(({ isAdded }) => isAdded), all.filter(({ isAdded }) => !isAdded)];
  const { result } = isSecret ? config.secrets : config.static_analysis;
  const [news, others] = [added.map(({ finding }) => finding), old.map(({ finding }) => finding)];
  const warned = isSecret ? others : [];
  return result === "reject" ? judgedBy(news, warned) : judgedBy([], [...news, ...warned]);
}

function placed(
  { rule, path, line, end, message }: Found,
  file: PatchedFile | undefined,
  isSecret: boolean,
): Placed {
  // Where languages count lines otherwise than git does, everything in the file counts as added.
  const isPlain = isSecret || (file !== undefined && hasPlainLines(file.text));
  const at = isPlain ? firstAdded(file?.added ?? new Set(), line, end) : undefined;
  const where = isPlain ? `${path}:${at ?? line}` : path;
  const said = refusal(isSecret ? "secret_suspected" : "scanner_finding", message, where);
  return { finding: asFinding(rule, said), isAdded: !isPlain || at !== undefined };
}

function firstAdded(added: ReadonlySet<number>, line: number, end: number): number | undefined {
  for (let at = line; at <= end; at += 1) if (added.has(at)) return at;
  return undefined;
}
