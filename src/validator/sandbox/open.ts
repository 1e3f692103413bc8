// Which sandbox there is: the driver that the configuration names, or the first that really runs something.
import { join } from "node:path";
import { CountersignError } from "../../core/base/failure.ts";
import type { Clock } from "../../core/base/time.ts";
import type { Config } from "../../core/config/schema.ts";
import { openBubblewrap } from "./bubblewrap.ts";
import { openContainers } from "./container.ts";
import { openGroups } from "./cgroup.ts";
import { killOrphans } from "./orphans.ts";
import type { Sandbox, SandboxLimits } from "./sandbox.ts";

export interface SandboxPlace {
  readonly config: Config["sandbox"];
  /** The PATH in which drivers are looked for. */
  readonly path: string;
  /** Folder of the installed package, where the containers' filter lies. */
  readonly packageRoot: string;
  /** State and repository: below a folder that is shown, no program sees them. */
  readonly apart: readonly string[];
  /** For how long a run took. */
  readonly clock: Clock;
}

/**
 * `none`: undefined. `auto`: the first driver in which a program really ran, else undefined. A driver that is named and
 * cannot be used throws `config_invalid`: a sandbox that was asked for is never replaced by a lesser one, or by none.
 */
export async function openSandbox(place: SandboxPlace): Promise<Sandbox | undefined> {
  const wanted = place.config.driver;
  if (wanted === "none") return undefined;
  if (wanted !== "auto") return named(wanted, place);
  // Who asks for a runtime asks for more than bubblewrap gives.
  const drivers = place.config.runtime === "" ? (["bubblewrap", ...CONTAINERS] as const) : CONTAINERS;
  for (const driver of drivers) {
    const found = await tried(driver, place);
    if (!(found instanceof CountersignError)) return found;
  }
  return undefined;
}

type Driver = Sandbox["driver"];
const CONTAINERS = ["docker", "podman"] as const;

async function named(driver: Driver, place: SandboxPlace): Promise<Sandbox> {
  const found = await tried(driver, place);
  if (!(found instanceof CountersignError)) return found;
  throw new CountersignError("config_invalid", `sandbox.driver is ${driver}: ${found.message}`, {
    cause: found,
    fix: found.fix ?? "Make it usable, or name another driver; countersign doctor says what is there.",
  });
}

/** Why a driver cannot be used here, or the driver after a run that did what it should. */
async function tried(driver: Driver, place: SandboxPlace): Promise<Sandbox | CountersignError> {
  try {
    const sandbox = await opened(driver, place);
    const { end, code, stderr } = await sandbox.run({
      label: "probe",
      argv: ["/bin/true"],
      read: [],
      env: {},
      limits: PROBE,
    });
    if (end === "exit" && code === 0) return sandbox;
    const said = Buffer.from(stderr.subarray(0, 200)).toString("latin1");
    return failed(driver, `a first run ended with ${end} ${code ?? ""}: ${said}`);
  } catch (error) {
    if (error instanceof CountersignError) return error;
    return failed(driver, error instanceof Error ? error.message : String(error));
  }
}

const PROBE: SandboxLimits = {
  memoryMib: 64,
  cpuPercent: 50,
  processes: 64,
  scratchMib: 16,
  timeoutMs: 20_000,
  outputBytes: 4096,
};

function failed(driver: Driver, why: string): CountersignError {
  return new CountersignError("exec_failed", `${driver} cannot be used: ${why}`);
}

function opened(driver: Driver, { config, path, packageRoot, clock, apart }: SandboxPlace): Promise<Sandbox> {
  if (driver === "bubblewrap") {
    killOrphans();
    return openBubblewrap(path, openGroups(), clock, apart);
  }
  const profile = join(packageRoot, "config", "container", "seccomp.json");
  return openContainers(driver, { path, runtime: config.runtime, image: config.image, profile, clock });
}
