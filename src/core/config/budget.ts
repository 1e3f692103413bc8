// The budget of a configuration in the units in which it is counted.
import type { Budget } from "../identity/scope.ts";
import type { Config } from "./schema.ts";

export function budgetOf({ budget }: Pick<Config, "budget">): Budget {
  return {
    periodSeconds: budget.period_seconds,
    calls: budget.calls,
    bytes: budget.read_bytes,
    scanMillis: budget.scan_seconds * 1000,
    warnPercent: budget.warn_percent,
  };
}
