// How this gateway stands, in one line for the operator and in one entry for the log.
import type { AuditData } from "../core/audit/entry.ts";
import { canonical } from "../core/base/canonical.ts";
import { sha256 } from "../core/base/digest.ts";
import { instant } from "../core/base/time.ts";
import { packsLine } from "../core/rules/packs.ts";
import type { Setup } from "../io/file/config.ts";

/** One line: which door, who may come in, under which policy, behind which walls. */
export function postureLine(
  { config, preset, policy, permissiveUntil }: Setup,
  door: "stdio" | "http",
  walled: boolean,
): string {
  const facts = [
    ...(door === "stdio" ? ["stdio only, no listening socket", "caller local:stdio"] : httpFacts(config)),
    `preset ${preset}`,
    `policy ${policy.slice(0, 12)}`,
    walled ? "node permission model on" : "node permission model OFF",
    `shared operating-system user: ${config.gateway.shared_user}`,
    ...(permissiveUntil === undefined
      ? []
      : [`dev.permissive: claims are believed until ${instant(permissiveUntil)}`]),
  ];
  return `countersign gateway: ${facts.join("; ")}`;
}

function httpFacts({ auth, server: { http }, network }: Setup["config"]): readonly string[] {
  const open = auth.allow_local_only ? " (every local caller may do everything: quickstart only)" : "";
  return [
    http.unix_socket === "" ? `http on ${http.bind}` : "http on a Unix socket",
    `TLS: ${http.tls.termination}`,
    `auth: ${auth.mode}${auth.mode === "local_only" ? open : ""}`,
    ...(http.sse ? ["legacy SSE on"] : []),
    `allow-list: ${network.allowlist_file === "" ? "none" : "on"}`,
  ];
}

/** Digest and policy of the configuration, so that every later entry can be read under the rules of its time. */
export function startFacts(
  { config, preset, policy, packs }: Setup,
  version: string,
  node: string,
): AuditData {
  const digest = sha256(canonical(config));
  return {
    process: "gateway",
    version,
    node,
    preset,
    policy,
    config_sha256: digest,
    rules: packsLine(packs),
  };
}
