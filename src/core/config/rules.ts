// Rules between keys: what no single type can say. All of them are asked, so that all faults are told at once.
import type { RuleFault } from "./fault.ts";
import { callerFaults } from "./rules-caller.ts";
import { checkNameFaults } from "./rules-checks.ts";
import { contentFaults } from "./rules-content.ts";
import { doorFaults } from "./rules-door.ts";
import { evidenceFaults } from "./rules-evidence.ts";
import { guardFaults } from "./rules-guard.ts";
import { policyFaults } from "./rules-policy.ts";
import { principalFaults } from "./rules-principal.ts";
import { sandboxFaults } from "./rules-sandbox.ts";
import { scannerFaults } from "./rules-scanners.ts";
import { secretFaults } from "./rules-secret.ts";
import { seenFaults } from "./rules-seen.ts";
import { shipFaults } from "./rules-ship.ts";
import type { Config, PresetName } from "./schema.ts";

/** Everything that is wrong with a configuration whose every key by itself is right. `preset`: where it started from. */
export function ruleFaults(config: Config, preset: PresetName): readonly RuleFault[] {
  return [
    ...limitFaults(config),
    ...doorFaults(config, preset),
    ...callerFaults(config, preset),
    ...principalFaults(config),
    ...secretFaults(config, preset),
    ...evidenceFaults(config),
    ...policyFaults(config, preset),
    ...contentFaults(config),
    ...guardFaults(config, preset),
    ...sandboxFaults(config),
    ...checkNameFaults(config),
    ...scannerFaults(config),
    ...seenFaults(config),
    ...shipFaults(config, preset),
    ...pathFaults(config),
  ];
}

function limitFaults({ proposal, server, auth }: Config): readonly RuleFault[] {
  const crossed: readonly (readonly [low: string, number, high: string, number])[] = [
    ["proposal.rationale_min", proposal.rationale_min, "proposal.rationale_max", proposal.rationale_max],
    [
      "server.http.header_timeout_seconds",
      server.http.header_timeout_seconds,
      "server.http.request_timeout_seconds",
      server.http.request_timeout_seconds,
    ],
    ["auth.access_seconds", auth.access_seconds, "auth.refresh_seconds", auth.refresh_seconds],
  ];
  return crossed
    .filter(([, low, , high]) => low > high)
    .map(([key, , other]) => ({
      key,
      because: other,
      message: `is larger than ${other}`,
      fix: `Lower it, or raise ${other}.`,
    }));
}

/** Every key whose value is the path of a file, folder or socket. */
export const pathKeys = [
  "server.http.unix_socket",
  "server.http.tls.cert_file",
  "server.http.tls.key_file",
  "server.http.tls.client_ca_file",
  "server.http.tls.crl_file",
  "auth.principals_file",
  "auth.oidc.jwks_file",
  "network.allowlist_file",
  "evidence.folder",
  "evidence.json.root",
] as const;
export type PathKey = (typeof pathKeys)[number];

/** Those that are folders: what lies in them is read when it is asked for. */
export const folderKeys = ["evidence.folder", "evidence.json.root"] as const satisfies readonly PathKey[];

/** What the path keys say; empty ones too. */
export function pathsOf({ server, auth, network, evidence }: Config): Readonly<Record<PathKey, string>> {
  const { tls } = server.http;
  return {
    "server.http.unix_socket": server.http.unix_socket,
    "server.http.tls.cert_file": tls.cert_file,
    "server.http.tls.key_file": tls.key_file,
    "server.http.tls.client_ca_file": tls.client_ca_file,
    "server.http.tls.crl_file": tls.crl_file,
    "auth.principals_file": auth.principals_file,
    "auth.oidc.jwks_file": auth.oidc.jwks_file,
    "network.allowlist_file": network.allowlist_file,
    "evidence.folder": evidence.folder,
    "evidence.json.root": evidence.json.root,
  };
}

/** `sun_path` of Linux and macOS (unix(7)), less its final zero; a longer one would be cut to another name. */
const MAX_SOCKET_BYTES = 103;

/**
 * A relative path is meant from the state folder. `..` would leave it unseen, and `keys/` belongs to the validator: a
 * gateway that is told to read there would have to be let through its own walls.
 */
function pathFaults(config: Config): readonly RuleFault[] {
  const paths = pathsOf(config);
  return pathKeys.flatMap((key): RuleFault[] => {
    const path = paths[key];
    const words = path.split("/");
    if (/\p{Cc}/u.test(path)) return [pathFault(key, "holds a control character")];
    if (words.includes("..")) return [pathFault(key, "holds ..")];
    if (path.startsWith("~")) return [pathFault(key, "begins with ~, which nothing expands")];
    if (words.filter((word) => word !== "." && word !== "")[0] === "keys" && !path.startsWith("/"))
      return [pathFault(key, "leads into keys/, which only the validator reads")];
    if (key === "server.http.unix_socket" && Buffer.byteLength(path) > MAX_SOCKET_BYTES)
      return [pathFault(key, `is longer than ${MAX_SOCKET_BYTES} bytes`)];
    return [];
  });
}

function pathFault(key: PathKey, message: string): RuleFault {
  return { key, message, fix: "Write an absolute path, or one from the state folder." };
}
