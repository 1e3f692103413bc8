// Checks `scanner-gitleaks`, `scanner-semgrep`, `scanner-bandit`: what scanners of others say about the patched files.
import { join } from "node:path";
import { refusal } from "../../core/base/refusal.ts";
import type { TargetFinding } from "../../core/proposal/targets.ts";
import type { Bench } from "../bench.ts";
import { hasPlainLines, type Scan, type Scanned } from "../scanners/adapter.ts";
import type { Found, Inspected, Sighted } from "../scanners/finding.ts";
import type { ScannerUse } from "../scanners/open.ts";
import { signed } from "../scanners/sign.ts";
import { type Formers, formerOf, newIn } from "./before.ts";
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
      const [contents, patches] = [await matter.contents(), matter.files()];
      const changes = await matter.changes();
      if (!contents.ok || !patches.ok || !changes.ok) return { result: "SKIPPED", findings: [] };
      const on = scanOf(name, matter, sandbox);
      const first = await use.scanner.scan(contents.value, on);
      const tool = { name, version: first.version };
      if (name === "gitleaks") return { ...secrets(matter, first, contents.value), tool };
      const before = formerOf(patches.value, changes.value, matter.blobs());
      const scan = (files: readonly Inspected[]): Promise<Scanned> => use.scanner.scan(files, on);
      return { ...faults(matter, await newOf(first, contents.value, before, scan), contents.value), tool };
    },
  };
}

function scanOf(name: ScannerUse["name"], { setup, id, own }: Matter, sandbox: Scan["sandbox"]): Scan {
  const { timeout_seconds, memory_mib } = setup.config.scanners;
  return {
    sandbox,
    timeoutMs: timeout_seconds * 1000,
    memoryMib: memory_mib,
    label: id,
    folder: join(own.gitDir, `scan-${name}`),
  };
}

/** A secret counts wherever it is in a file that the patch changes, and blocks where the patch adds it. */
function secrets(
  { setup: { config } }: Matter,
  { found }: Scanned,
  contents: readonly PatchedFile[],
): Examined {
  const all = found.map((one) => {
    const at = addedLine(one, contents);
    const said = refusal("secret_suspected", one.message, `${one.path}:${at ?? one.line}`);
    return { finding: asFinding(one.rule, said), isAdded: at !== undefined };
  });
  const blocks = config.secrets.result === "reject";
  const pick = (isBlocking: boolean): readonly TargetFinding[] =>
    all.filter(({ isAdded }) => (blocks && isAdded) === isBlocking).map(({ finding }) => finding);
  return judgedBy(pick(true), pick(false));
}

/**
 * What reaches an added line, or what the base does not have. Threat: a patch that leaves the dangerous line alone and changes
 * where its value comes from. The base is looked at only where something is found beside the added lines.
 */
async function newOf(
  first: Scanned,
  contents: readonly PatchedFile[],
  before: Formers,
  scan: (files: readonly Inspected[]) => Promise<Scanned>,
): Promise<readonly Found[]> {
  const { found } = await newIn(contents, before, async (files) => {
    if (files.length === 0) return { found: [], imports: [] };
    const scanned = files === contents ? first : await scan(files);
    return { found: scanned.found.map((one) => sighted(one, files)), imports: [] };
  });
  // Where languages count lines otherwise than git does, everything in the file counts as added.
  const isOdd = ({ path }: Found): boolean => !isPlain(contents, path);
  return [...found.filter((one) => !isOdd(one)), ...first.found.filter(isOdd)];
}

/** Known again by its rule and the words of its lines, however they are indented. */
function sighted(one: Found, files: readonly Inspected[]): Sighted {
  const text = files.find(({ path }) => path === one.path)?.text ?? "";
  const lines = text.split("\n").slice(one.line - 1, one.end);
  const words = lines.map((line) => line.trim()).join("\n");
  return { ...one, sign: signed(one.rule, { text: words }).sign };
}

function isPlain(contents: readonly PatchedFile[], path: string): boolean {
  const file = contents.find((one) => one.path === path);
  return file !== undefined && hasPlainLines(file.text);
}

function faults(
  { setup: { config } }: Matter,
  found: readonly Found[],
  contents: readonly PatchedFile[],
): Examined {
  const findings = found.map((one) => {
    const where = isPlain(contents, one.path)
      ? `${one.path}:${addedLine(one, contents) ?? one.line}`
      : one.path;
    return asFinding(one.rule, refusal("scanner_finding", one.message, where));
  });
  return config.static_analysis.result === "reject" ? judgedBy(findings, []) : judgedBy([], findings);
}

function addedLine({ path, line, end }: Found, contents: readonly PatchedFile[]): number | undefined {
  const added = contents.find((file) => file.path === path)?.added ?? new Set();
  for (let at = line; at <= end; at += 1) if (added.has(at)) return at;
  return undefined;
}
