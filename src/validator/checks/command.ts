// Checks `command-NAME`: the project's own commands, run in the sandbox on the patched tree.
import { dirname } from "node:path";
import { operatorGlobs } from "../../core/base/glob.ts";
import { refusal } from "../../core/base/refusal.ts";
import type { Config } from "../../core/config/schema.ts";
import type { CommandEntry } from "../../core/config/schema-checks.ts";
import type { TargetFinding } from "../../core/proposal/targets.ts";
import type { CommandFacts } from "../../io/evidence/provider.ts";
import { isWithin, realPlace } from "../../io/file/real-place.ts";
import type { Bench } from "../bench.ts";
import type { Sandbox, SandboxLimits, SandboxResult } from "../sandbox/sandbox.ts";
import { openWorkspace } from "../sandbox/workspace.ts";
import { asFinding, type Check, type Examined } from "./check.ts";
import { type Coverage, coverageIn, tailOf } from "./command-output.ts";
import { CheckFault } from "./fault.ts";
import type { Matter } from "./matter.ts";

/** One for each [[validator.commands]], in their order. */
export function commandChecks(bench: Bench): readonly Check[] {
  return bench.setup.config.validator.commands.map((entry) => ({
    id: `command-${entry.name}`,
    tool: "countersign",
    // What stands refused already is not run: the most expensive checks come last.
    after: ["tree"],
    run: (matter) => examined(bench, entry, matter),
  }));
}

/** Most of standard output, and of standard error, that a command may write. */
const OUTPUT = 4_194_304;

async function examined(bench: Bench, entry: CommandEntry, matter: Matter): Promise<Examined> {
  if (!(await isAbout(entry, matter))) return { result: "PASSED", findings: [] };
  const id = `command-${entry.name}`;
  if (bench.sandbox === undefined)
    throw new CheckFault(refusal("sandbox_missing", `${id} has no sandbox to run in`, id));
  const shown = entry.read?.find((path) => isState(path, bench.scratch));
  if (shown !== undefined) throw new CheckFault(refusal("check_error", `${id} may not read ${shown}`, id));
  const { dir, leftOut } = await openWorkspace(matter);
  const { argv, read = [] } = entry;
  const [program = "", ...args] = argv;
  const limits = limitsOf(entry, bench.setup.config.sandbox);
  const job = { label: matter.id, argv: [program, ...args] as const, read, work: dir, env: {}, limits };
  const result = await bench.sandbox.run(job);
  const coverage = entry.coverage === undefined ? NONE : await coverageIn(entry.coverage, result, bench);
  const facts = factsOf(result, coverage);
  matter.commands.set(id, facts);
  const about = { patch: matter.id, check: id, sandbox: result.id, end: result.end, links: leftOut.length };
  bench.log.info({ ...about, ...facts }, "command");
  if (STOPPED.has(result.end)) {
    const why = `${id} was ended in the sandbox: ${ENDS[result.end]} (${facts.duration_ms} ms)`;
    throw new CheckFault(refusal("command_failed", why, id));
  }
  if (coverage.kind === "late")
    throw new CheckFault(
      refusal("command_failed", `${id} wrote what its coverage is searched for too long`, id),
    );
  const findings = findingsOf(id, entry, result, facts, () => tailOf(bench.setup, result));
  const bad = entry.result === "reject" ? "FAILED" : "WARNED";
  const tool = toolOf(bench.sandbox, result, leftOut.length);
  return { result: findings.length === 0 ? "PASSED" : bad, findings, tool };
}

const NONE: Coverage = { kind: "none" };

/** The state folder holds the key, and orders of everybody: no command sees it, or a folder that it lies in. */
function isState(path: string, scratch: string): boolean {
  const [state, place] = [realPlace(dirname(scratch)), realPlace(path)];
  return isWithin(state, place) || isWithin(place, state);
}

/** Also what the patch deletes counts: tests may depend on it. */
async function isAbout({ paths }: CommandEntry, matter: Matter): Promise<boolean> {
  if (paths === undefined) return true;
  const changes = await matter.changes();
  const matches = operatorGlobs(paths);
  return !changes.ok || changes.value.some(({ path, raw }) => matches(path ?? raw));
}

/** What the entry says, and where it says nothing what [sandbox] says. Both are bounds-checked by the schema. */
function limitsOf(entry: CommandEntry, sandbox: Config["sandbox"]): SandboxLimits {
  return {
    memoryMib: entry.memory_mib ?? sandbox.memory_mib,
    cpuPercent: entry.cpu_percent ?? sandbox.cpu_percent,
    processes: entry.processes ?? sandbox.processes,
    scratchMib: entry.scratch_mib ?? sandbox.scratch_mib,
    timeoutMs: (entry.timeout_seconds ?? sandbox.timeout_seconds) * 1000,
    outputBytes: OUTPUT,
  };
}

/** A limit that was reached says nothing about the patch: ERROR, and a person decides. */
const STOPPED: ReadonlySet<SandboxResult["end"]> = new Set(["timeout", "memory", "processes", "output"]);

const ENDS: Readonly<Record<SandboxResult["end"], string>> = {
  exit: "it ended",
  signal: "a signal ended it",
  timeout: "it ran out of time",
  memory: "it ran out of memory",
  processes: "it started too many processes",
  output: "it wrote too much",
};

function factsOf(result: SandboxResult, coverage: Coverage): CommandFacts {
  return {
    ...(result.code === null ? {} : { exit: result.code }),
    ...(coverage.kind === "told" ? { coverage: coverage.percent } : {}),
    duration_ms: Math.round(result.durationMs),
  };
}

/** A verdict has room for 60 characters. Links that were left out make another tree than the verdict's. */
function toolOf(
  { driver, version }: Sandbox,
  { id }: SandboxResult,
  leftOut: number,
): { name: string; version: string } {
  const without = leftOut === 0 ? "" : ` without ${leftOut} links`;
  return { name: driver, version: `${version.slice(0, 18)} run ${id}${without}`.slice(0, 60) };
}

function findingsOf(
  id: string,
  entry: CommandEntry,
  result: SandboxResult,
  facts: CommandFacts,
  tail: () => readonly string[],
): readonly TargetFinding[] {
  if (result.end !== "exit" || result.code !== 0) {
    const how = result.end === "exit" ? `ended with code ${result.code}` : "was ended by a signal";
    const failed = refusal("command_failed", `${id} ${how} after ${facts.duration_ms} ms`, id);
    return [
      asFinding(id, failed),
      ...tail().map((line) => asFinding(`${id}.output`, refusal("command_failed", line, id))),
    ];
  }
  const { min_coverage: least } = entry;
  if (least === undefined || (facts.coverage ?? -1) >= least) return [];
  const said = facts.coverage === undefined ? "reports no coverage" : `reports ${facts.coverage} % coverage`;
  return [asFinding(id, refusal("coverage_low", `${id} ${said}; ${least} % is asked for`, id))];
}
