// Alerts as the doctor tells them: what a gateway raised and is still so, and what can be seen without one.
import { type Active, type AlertFacts, type AlertName, alerts } from "../../core/alert/alert.ts";
import type { Sign } from "../../core/alert/signs.ts";
import { fail, type Finding, ok, warn } from "./finding.ts";

export interface AlertsSeen {
  /** Raised by gateways and not cleared; undefined where that is not for this user to see. */
  readonly active: readonly Active[] | undefined;
  /** What this look says. */
  readonly signs: ReadonlyMap<AlertName, Sign>;
}

/**
 * Where nobody serves, nobody waits for the validator or for a seal: those are alerts only when a gateway raised them. The
 * others are facts of files and keys, whoever runs.
 */
const BY_GATEWAYS: ReadonlySet<AlertName> = new Set([
  "validator_silent",
  "seal_lag",
  "refusal_rate",
  "storage_halted",
]);

export function alertFindings({ active, signs }: AlertsSeen): readonly Finding[] {
  const raised = new Map((active ?? []).map(({ alert, facts }) => [alert, facts]));
  const findings = [...signs].flatMap(([alert, { state, facts }]): Finding[] => {
    const known = raised.get(alert);
    if (state === "off" || (known === undefined && (state !== "on" || BY_GATEWAYS.has(alert)))) return [];
    return [finding(alert, known ?? facts)];
  });
  const hidden =
    active === undefined
      ? [
          warn(
            "alerts-hidden",
            "which alerts the gateway raised is not for this user to see",
            "Run the doctor as the gateway's user to know more.",
          ),
        ]
      : [];
  if (findings.length > 0) return [...findings, ...hidden];
  return hidden.length > 0 ? hidden : [ok("alerts", "no alert is raised")];
}

function finding(alert: AlertName, facts: AlertFacts): Finding {
  const { means, fix, level } = alerts[alert];
  const said = Object.entries(facts).map(([key, value]) => `${key}=${String(value)}`);
  const message = `alert ${alert}: ${means}${said.length === 0 ? "" : ` (${said.join(", ")})`}`;
  return (level === "info" ? warn : fail)(`alert-${alert.replaceAll("_", "-")}`, message, fix);
}
