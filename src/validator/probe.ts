// `validator probe`: tries sandbox and scanners as a start would, without key, lock or order, and says what there is.
import { CountersignError } from "../core/base/failure.ts";
import type { Clock } from "../core/base/time.ts";
import { printable } from "../core/base/refusal.ts";
import type { Probe } from "../io/exec/probe.ts";
import { type ScannerName, scannerNames, type ScannerPlace, scannerStates } from "../io/exec/scanners.ts";
import type { Setup } from "../io/file/config.ts";
import { CheckFault } from "./checks/fault.ts";
import { openSandbox } from "./sandbox/open.ts";
import type { Sandbox } from "./sandbox/sandbox.ts";
import { openScanner } from "./scanners/adapter.ts";
import { adapterOf } from "./scanners/open.ts";

/** For each scanner; the doctor waits for all of them. */
const MOST_SECONDS = 30;

export interface ProbeAround {
  readonly config: Setup["config"];
  /** The PATH in which drivers and scanners are looked for. */
  readonly path: string;
  /** Folder of the installed package. */
  readonly packageRoot: string;
  /** Folder of the state, for semgrep's rules. */
  readonly state: string;
  /** Folders that no scanner may lie in: repository and state. */
  readonly apart: readonly string[];
  readonly clock: Clock;
}

export async function probe(around: ProbeAround): Promise<Probe> {
  const { config, path, packageRoot, apart, clock } = around;
  const place = { config: config.sandbox, path, packageRoot, apart, clock };
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
    const version = wanted ? await versionOf(name, state.place, sandbox, around) : null;
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

/** As a check would ask for it. Null where it cannot be run so: then its check is no approval either. */
async function versionOf(
  name: ScannerName,
  place: ScannerPlace,
  sandbox: Sandbox,
  { config, state, packageRoot }: ProbeAround,
): Promise<string | null> {
  const { timeout_seconds: seconds, memory_mib: memoryMib } = config.scanners;
  const timeoutMs = Math.min(seconds, MOST_SECONDS) * 1000;
  try {
    const adapter = adapterOf(name, { config: config.scanners, state, packageRoot });
    // With no file there is only the question for the version.
    const { version } = await openScanner(adapter, place).scan([], {
      sandbox,
      timeoutMs,
      memoryMib,
      label: `version-${name}`,
      folder: "/nonexistent",
    });
    return version.split(" ", 1)[0] ?? null;
  } catch (cause) {
    if (cause instanceof CountersignError || cause instanceof CheckFault) return null;
    throw cause;
  }
}
