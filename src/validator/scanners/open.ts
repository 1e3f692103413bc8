// Which scanners of others are used: what [scanners] asks for, what is on the PATH, and whether there is a sandbox.
import type { Config } from "../../core/config/schema.ts";
import { scannerNames, type ScannerName, scannerPlan, type ScannerStates } from "../../io/exec/scanners.ts";
import type { Log } from "../../io/log/log.ts";
import { type Adapter, openScanner, type Scanner } from "./adapter.ts";
import { bandit } from "./bandit.ts";
import { gitleaks } from "./gitleaks.ts";
import { loadSemgrepRules } from "./semgrep-rules.ts";
import { semgrep } from "./semgrep.ts";

export type ScannerUse =
  | { readonly kind: "run"; readonly name: ScannerName; readonly scanner: Scanner }
  /** Required, and not there: every verdict says so, and none approves. */
  | {
      readonly kind: "refuse";
      readonly name: ScannerName;
      readonly code: "scanner_missing" | "sandbox_missing";
      readonly why: string;
    };

export interface ScannersAround {
  readonly config: Config["scanners"];
  readonly states: ScannerStates;
  readonly hasSandbox: boolean;
  /** Folder of the state, in which scanners.semgrep_rules lies unless it is absolute. */
  readonly state: string;
  readonly packageRoot: string;
  readonly log: Log;
}

/** Says in the log which are used and which are not. Throws `config_invalid` where semgrep's rules cannot be read. */
export function openScanners(around: ScannersAround): readonly ScannerUse[] {
  const { config, states, hasSandbox, log } = around;
  return scannerNames.flatMap((name): readonly ScannerUse[] => {
    const plan = scannerPlan(name, config[name], states[name], hasSandbox);
    if (plan.kind === "leave") {
      log.info({ scanner: name, why: plan.why }, "scanner not used");
      return [];
    }
    if (plan.kind === "refuse") {
      log.error({ scanner: name, why: plan.why }, "a required scanner cannot run: nothing will be approved");
      return [{ ...plan, name }];
    }
    const { file, sha256 } = plan.place;
    log.info({ scanner: name, file, sha256 }, "scanner used");
    return [{ kind: "run", name, scanner: openScanner(adapterOf(name, around), plan.place) }];
  });
}

/** Throws `config_invalid` where semgrep's rules cannot be read. */
export function adapterOf(
  name: ScannerName,
  { config, state, packageRoot }: Pick<ScannersAround, "config" | "state" | "packageRoot">,
): Adapter {
  if (name === "bandit") return bandit;
  if (name === "gitleaks") return gitleaks(packageRoot);
  return semgrep(loadSemgrepRules(config.semgrep_rules, state, packageRoot), packageRoot);
}
