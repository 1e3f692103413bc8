// Rules about who may call: what an OIDC issuer needs, and the switches that only quickstart may have on.
import type { RuleFault } from "./fault.ts";
import type { Config, PresetName } from "./schema.ts";

export function callerFaults(config: Config, preset: PresetName): readonly RuleFault[] {
  return [...bypassFaults(config, preset), ...oidcFaults(config)];
}

function bypassFaults({ auth, network }: Config, preset: PresetName): readonly RuleFault[] {
  if (preset === "quickstart") return [];
  const switches: readonly (readonly [string, boolean, string])[] = [
    [
      "auth.allow_local_only",
      auth.allow_local_only,
      "callers of this machine would need no entry in principals",
    ],
    ["network.bypass_loopback", network.bypass_loopback, "loopback would pass the allow-list"],
    ["network.bypass_private", network.bypass_private, "private addresses would pass the allow-list"],
  ];
  return switches
    .filter(([, on]) => on)
    .map(([key, , what]) => ({
      key,
      message: `is true: ${what}, which only the quickstart preset may`,
      fix: "Set it to false.",
    }));
}

const OIDC = "auth.oidc";

function oidcFaults({ auth, server }: Config): readonly RuleFault[] {
  const { oidc, mode } = auth;
  if (oidc.issuer === "") return idleFaults(oidc);
  const because = `${OIDC}.issuer`;
  const faults: (RuleFault | false)[] = [
    mode !== "bearer_token" && {
      key: because,
      because: "auth.mode",
      message: `is set, but auth.mode is "${mode}": no JWT would be read`,
      fix: 'Set auth.mode = "bearer_token", or empty the issuer.',
    },
    oidc.audience === "" && {
      key: `${OIDC}.audience`,
      because,
      message: "is empty, so tokens that were made for others would be accepted",
      fix: `Write in [${OIDC}]: audience = "<this server, as the issuer knows it>"`,
    },
    oidc.algorithms.length === 0 && {
      key: `${OIDC}.algorithms`,
      because,
      message: "is empty, so no token could be accepted",
      fix: `Write in [${OIDC}]: algorithms = ["ES256"]`,
    },
    sourceFault(oidc),
    server.http.public_url === "" && {
      key: "server.http.public_url",
      because,
      message: "is empty, so clients cannot learn where to get a token (RFC 9728)",
      fix: 'Write in [server.http]: public_url = "https://<host>"',
    },
  ];
  return faults.filter((fault) => fault !== false);
}

/** One source of keys, so that nobody has to ask which of two holds. */
function sourceFault({ jwks_file: file, jwks_url: url }: Config["auth"]["oidc"]): RuleFault | false {
  if ((file === "") !== (url === "")) return false;
  const both = file !== "";
  return {
    key: `${OIDC}.jwks_file`,
    because: `${OIDC}.issuer`,
    message: both ? "and jwks_url are both set" : "and jwks_url are empty: there are no keys to verify with",
    fix: "Set exactly one of them.",
  };
}

function idleFaults({
  audience,
  jwks_file: file,
  jwks_url: url,
}: Config["auth"]["oidc"]): readonly RuleFault[] {
  const set = { audience, jwks_file: file, jwks_url: url };
  return Object.entries(set)
    .filter(([, value]) => value !== "")
    .map(([name]) => ({
      key: `${OIDC}.${name}`,
      because: `${OIDC}.issuer`,
      message: "is set, but issuer is empty: nothing would use it",
      fix: "Set the issuer, or take this line out.",
    }));
}
