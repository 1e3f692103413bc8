// The scanners of others, as tests get them: real ones from a folder of their own, or stubs that misbehave.
import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Writable } from "node:stream";
import { scannerStates, type ScannerName } from "../../src/io/exec/scanners.ts";
import { packageRoot } from "../../src/io/file/config.ts";
import { openLog } from "../../src/io/log/log.ts";
import { openSandbox } from "../../src/validator/sandbox/open.ts";
import type { Scanned } from "../../src/validator/scanners/adapter.ts";
import type { Inspected } from "../../src/validator/scanners/finding.ts";
import { openScanners } from "../../src/validator/scanners/open.ts";
import { needs } from "./needs.ts";

const HOW = `a folder with gitleaks, semgrep and bandit, named by COUNTERSIGN_TEST_SCANNERS; .ci/run says how to make one`;

/**
 * Their folder, which is on no PATH but that of the validators that the tests of scanners start: in every other test the
 * preset's "found" would run them. Undefined where it is not set, or there is no sandbox; throws where all is required.
 */
export function realScanners(): string | undefined {
  const folder = process.env["COUNTERSIGN_TEST_SCANNERS"] ?? "";
  const whole = ["gitleaks", "semgrep", "bandit"].every((name) => existsSync(join(folder, name)));
  if (folder !== "" && whole) return needs("bwrap") ? folder : undefined;
  const message = `scanners are not installed, so their tests are skipped; to get them: ${HOW}`;
  if (process.env["COUNTERSIGN_REQUIRE_ALL"] === "1") throw new Error(message);
  console.warn(message);
  return undefined;
}

/** `[scanners]` with these required and the others off. */
export function scannersToml(names: readonly ScannerName[], more = ""): string {
  const use = (name: ScannerName): string => `${name} = "${names.includes(name) ? "required" : "off"}"\n`;
  return `[sandbox]\ndriver = "bubblewrap"\n[scanners]\n${use("gitleaks")}${use("semgrep")}${use("bandit")}${more}`;
}

/** An executable in `folder` under the scanner's name: a shell script. */
export function stub(folder: string, name: ScannerName, script: string): string {
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  const file = join(folder, name);
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  return file;
}

/** A patch that makes these files. */
export function creating(files: Readonly<Record<string, readonly string[]>>): string {
  return Object.entries(files)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([path, lines]) => {
      const at = lines.length === 1 ? "+1" : `+1,${lines.length}`;
      const body = lines.map((line) => `+${line}\n`).join("");
      return `diff --git a/${path} b/${path}\nnew file mode 100644\n--- /dev/null\n+++ b/${path}\n@@ -0,0 ${at} @@\n${body}`;
    })
    .join("");
}

export interface TestScanners {
  scan(name: ScannerName, files: readonly Inspected[], folder: string): Promise<Scanned>;
}

/** Scanners out of `folder` in the real sandbox, without a round around them. */
export async function openTestScanners(
  folder: string,
  names: readonly ScannerName[],
  timeoutMs = 60_000,
): Promise<TestScanners> {
  const use = (name: ScannerName): "required" | "off" => (names.includes(name) ? "required" : "off");
  const place = {
    config: SANDBOX,
    path: process.env["PATH"] ?? "",
    packageRoot: packageRoot(),
    apart: [],
    clock: Date.now,
  };
  const sandbox = await openSandbox(place);
  if (sandbox === undefined) throw new Error("there is no sandbox");
  const uses = openScanners({
    config: {
      gitleaks: use("gitleaks"),
      semgrep: use("semgrep"),
      bandit: use("bandit"),
      semgrep_rules: "",
      timeout_seconds: 60,
      memory_mib: 768,
    },
    states: scannerStates(folder, []),
    hasSandbox: true,
    state: "/nonexistent",
    packageRoot: packageRoot(),
    log: openLog("error", new Writable({ write: (_line, _encoding, done) => done() })),
  });
  return {
    scan(name, files, work) {
      const found = uses.find((one) => one.name === name);
      if (found?.kind !== "run") throw new Error(`${name} is not there`);
      return found.scanner.scan(files, { sandbox, timeoutMs, memoryMib: 768, label: "test", folder: work });
    },
  };
}

const SANDBOX = {
  driver: "bubblewrap",
  runtime: "",
  image: "",
  memory_mib: 64,
  cpu_percent: 50,
  processes: 64,
  scratch_mib: 16,
  timeout_seconds: 60,
} as const;

/** What a scanner says that looked at `src/new.py`, found what was planted for it and nothing else. */
export interface Honest {
  readonly code: number;
  readonly json: unknown;
  readonly none: unknown;
  /** The probe's finding, in the file of the patch. */
  readonly elsewhere: unknown;
  /** The probe's finding, and no sign that the file of the patch was read. */
  readonly unread: unknown;
  /** With one finding more, of the file of the patch unless it says another. */
  plus(change: Readonly<Record<string, unknown>>): unknown;
  over(change: Readonly<Record<string, unknown>>): unknown;
}

type Finding = Readonly<Record<string, unknown>>;

/** Each scanner's spelling of a finding. */
const SPELT: Readonly<
  Record<ScannerName, (as: unknown, rule: unknown, line: unknown, more: Finding) => Finding>
> = {
  gitleaks: (File, RuleID, line, more) => ({
    RuleID,
    File,
    StartLine: line,
    EndLine: line,
    Secret: "REDACTED",
    Description: "::error::\u001b[31mred",
    ...more,
  }),
  semgrep: (path, check_id, line, more) => ({
    check_id,
    path,
    start: { line },
    end: { line },
    extra: { severity: "ERROR", message: "::error::\u001b[31mred" },
    ...more,
  }),
  bandit: (filename, test_id, line, more) => ({
    filename,
    test_id,
    test_name: "exec_used",
    issue_severity: "MEDIUM",
    issue_text: "::error::\u001b[31mred",
    line_number: line,
    line_range: [line],
    ...more,
  }),
};

/** The last line that gitleaks gets of a file of two lines. */
const LAST = 4;

/** File of the patch as each gets it, the probe, and the rules that find them. */
const GIVEN = {
  gitleaks: {
    file: "files/0.txt",
    probe: "files/probe.txt",
    planted: "countersign-probe",
    rule: "aws-access-token",
    code: 77,
  },
  semgrep: {
    file: "files/src/new.py",
    probe: "@PROBE@",
    planted: "countersign-probe",
    rule: "python-weak-hash",
    code: 1,
  },
  bandit: { file: "files/0.py", probe: "files/probe.py", planted: "B102", rule: "B307", code: 1 },
} as const;

const AROUND: Readonly<Record<ScannerName, (results: readonly Finding[], more: Finding) => unknown>> = {
  gitleaks: (results) => results,
  semgrep: (results, more) => ({ results, errors: [], paths: { scanned: ["files/src/new.py"] }, ...more }),
  bandit: (results, more) => ({ results, errors: [], metrics: { "files/0.py": {} }, ...more }),
};

export function honest(name: ScannerName): Honest {
  const { file, probe, planted, rule, code } = GIVEN[name];
  const [spelt, around] = [SPELT[name], AROUND[name]];
  const found = spelt(probe, planted, 1, {});
  const last = name === "gitleaks" ? [spelt(file, planted, LAST, {})] : [];
  return {
    code,
    json: around([found, ...last], {}),
    none: around([], {}),
    elsewhere: around([spelt(file, planted, 1, {}), ...last], {}),
    unread: around([found, spelt(file, planted, 1, {})], {}),
    plus: ({ as = file, rule: id = rule, line = 1, ...more }) =>
      around([found, spelt(as, id, line, more), ...last], {}),
    over: (change) => around([found, ...last], change),
  };
}

/** A script that prints `answer` and ends with `code`. The name of semgrep's probe is another in each run. */
export function answering(answer: unknown, code: number): string {
  const json = JSON.stringify(answer).replaceAll("'", "");
  return `p=$(ls files | grep '^countersign-')\nsed "s|@PROBE@|files/$p|" <<'ANSWER'\n${json}\nANSWER\nexit ${code}`;
}
