// What hardened and container-prod ask for beyond what the configuration's own rules can see.
import type { Config, PresetName } from "../../core/config/schema.ts";
import { fail, type Finding, ok, warn } from "./finding.ts";

interface Demand {
  readonly id: string;
  readonly level: "warn" | "fail";
  /** Whether it is not met. */
  readonly unmet: (config: Config) => boolean;
  readonly message: string;
  readonly fix: string;
}

const demands: readonly Demand[] = [
  {
    id: "strict-tls",
    level: "fail",
    unmet: ({ server: { http } }) => http.tls.termination === "none" && http.unix_socket === "",
    message: "tokens would cross the wire in clear",
    fix: 'Set server.http.tls.termination to "server" or "upstream".',
  },
  {
    id: "strict-proxy-secret",
    level: "warn",
    unmet: ({ server: { http } }) => http.tls.termination === "upstream" && http.proxy.secret === "",
    message: "whoever gets the proxy's address can name any caller",
    fix: "Set server.http.proxy.secret by reference, and let the proxy send it; config/proxy shows how.",
  },
  {
    id: "strict-crl",
    level: "warn",
    unmet: ({ auth, server: { http } }) =>
      auth.mode === "mtls" && http.tls.termination === "server" && http.tls.crl_file === "",
    message: "a stolen client certificate stays good until it expires",
    fix: "Set server.http.tls.crl_file.",
  },
  {
    id: "strict-mode",
    level: "fail",
    unmet: ({ auth }) => auth.mode === "local_only",
    message: "callers prove nothing but where they sit",
    fix: 'Set auth.mode to "bearer_token" or "mtls".',
  },
];

export function strictFindings(preset: PresetName, config: Config): readonly Finding[] {
  if (preset !== "hardened" && preset !== "container-prod") return [];
  const unmet = demands.filter((demand) => demand.unmet(config));
  if (unmet.length === 0) return [ok("strict", `what ${preset} asks of the HTTP door is there`)];
  const made = { warn, fail };
  return unmet.map(({ id, level, message, fix }) => made[level](id, `${preset}: ${message}`, fix));
}
