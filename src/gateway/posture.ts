// How this gateway stands, in one line for the operator and in one entry for the log.
import type { AuditData } from "../core/audit/entry.ts";
import { canonical } from "../core/base/canonical.ts";
import { sha256 } from "../core/base/digest.ts";
import type { Setup } from "../io/file/config.ts";

/** One line: who may connect, under which policy, behind which walls. */
export function postureLine({ config, preset, policy }: Setup, principal: string, walled: boolean): string {
  const facts = [
    "stdio only, no listening socket",
    `caller ${principal}`,
    `preset ${preset}`,
    `policy ${policy.slice(0, 12)}`,
    walled ? "node permission model on" : "node permission model OFF",
    `shared operating-system user: ${config.gateway.shared_user}`,
  ];
  return `countersign gateway: ${facts.join("; ")}`;
}

/** Digest and policy of the configuration, so that every later entry can be read under the rules of its time. */
export function startFacts(
  { config, preset, policy, rules }: Setup,
  version: string,
  node: string,
): AuditData {
  const digest = sha256(canonical(config));
  return { process: "gateway", version, node, preset, policy, config_sha256: digest, rules: rules.version };
}
