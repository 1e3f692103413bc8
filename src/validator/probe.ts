// `validator probe`: tries sandbox and scanners as a start would, without key, lock or order, and says what there is.
import { CountersignError } from "../core/base/failure.ts";
import type { Clock } from "../core/base/time.ts";
import { printable } from "../core/base/refusal.ts";
import type { Probe } from "../io/exec/probe.ts";
import { type ScannerName, scannerNames, type ScannerPlace, scannerStates } from "../io/exec/scanners.ts";
import type { Setup } from "../io/file/config.ts";
import { openSandbox } from "./sandbox/open.ts";
import type { Sandbox } from "./sandbox/sandbox.ts";

export interface ProbeAround {
  readonly config: Setup["config"];
  /** The PATH in which drivers and scanners are looked for. */
  readonly path: string;
  /** Folder of the installed package. */
  readonly packageRoot: string;
  /** Folders that no scanner may lie in: repository and state. */
  readonly apart: readonly string[];
  readonly clock: Clock;
}

export async function probe({ config, path, packageRoot, apart, clock }: ProbeAround): Promise<Probe> {
  const place = { config: config.sandbox, path, packageRoot, clock };
  const sandbox = await tried(() => openSandbox(place));
  const states = scannerStates(path, apart);
  const scanners: Probe["scanners"] = [];
  for (const name of scannerNames) {
    const state = states[name];
    if (state.kind !== "there") {
      scanners.push({ name, ...state });
      continue;
    }
    const { file, sha256 } = state.place;
    const wanted = config.scanners[name] !== "off" && "run" in sandbox;
    const version = wanted ? await versionOf(name, state.place, sandbox, config) : null;
    scanners.push({ name, kind: "there", file, sha256, version });
  }
  return { sandbox: saidOf(sandbox, config), scanners };
}

type Tried = Sandbox | { readonly why: string };

async function tried(open: () => Promise<Sandbox | undefined>): Promise<Tried> {
  try {
    return (await open()) ?? { why: "no driver could run a program" };
  } catch (cause) {
    if (cause instanceof CountersignError) return { why: printable(cause.message) };
    throw cause;
  }
}

function saidOf(sandbox: Tried, { sandbox: { driver } }: Setup["config"]): Probe["sandbox"] {
  if (driver === "none") return { kind: "none" };
  if (!("run" in sandbox)) return { kind: "missing", why: sandbox.why };
  const { version, limits } = sandbox;
  return { kind: "ran", driver: sandbox.driver, version: printable(version), limits: limits ?? "meter" };
}

/** Null where it does not say one: then no patch will be judged by it either. */
async function versionOf(
  name: ScannerName,
  { file, reads }: ScannerPlace,
  sandbox: Sandbox,
  { scanners, sandbox: limits }: Setup["config"],
): Promise<string | null> {
  try {
    const { end, code, stdout } = await sandbox.run({
      label: `version-${name}`,
      argv: [file, name === "gitleaks" ? "version" : "--version"],
      read: reads,
      env: {},
      limits: {
        memoryMib: scanners.memory_mib,
        cpuPercent: 100,
        processes: limits.processes,
        scratchMib: limits.scratch_mib,
        timeoutMs: 30_000,
        outputBytes: 65_536,
      },
    });
    const said = Buffer.from(stdout.subarray(0, 1000)).toString("latin1");
    return end === "exit" && code === 0 ? (/\d{1,5}\.\d{1,5}(?:\.\d{1,5})?/.exec(said)?.[0] ?? null) : null;
  } catch (cause) {
    if (cause instanceof CountersignError) return null;
    throw cause;
  }
}
