// Rules about the doors: that there is one, a bind that others can reach, public names.
import { parseAddress } from "../identity/address.ts";
import { isLoopback, isLoopbackHost } from "./address.ts";
import type { RuleFault } from "./fault.ts";
import { proxyFaults } from "./rules-proxy.ts";
import { tlsFaults } from "./rules-tls.ts";
import type { Config, PresetName } from "./schema.ts";

export function doorFaults(config: Config, preset: PresetName): readonly RuleFault[] {
  return [
    ...openFaults(config),
    ...bindFaults(config),
    ...tlsFaults(config),
    ...proxyFaults(config),
    ...publicFaults(config, preset),
    ...localFaults(config),
    ...socketFaults(config),
  ];
}

function openFaults({ server }: Config): readonly RuleFault[] {
  if (server.stdio || server.http.enabled) return [];
  return [
    {
      key: "server.http.enabled",
      because: "server.stdio",
      message: "is false, and server.stdio too: there is no door",
      fix: "Set one of them to true.",
    },
  ];
}

/**
 * A bind that others can reach needs all three: somebody who meant it, a wire that nobody listens to, and callers who
 * prove who they are. The rule stands here, not in a command, so that no way of starting passes it by.
 */
function bindFaults({ server: { http }, auth }: Config): readonly RuleFault[] {
  const because = "server.http.bind";
  if (parseAddress(http.bind) === undefined)
    return [
      { key: because, message: "is not an IP address", fix: "Write one such as 127.0.0.1, ::1 or 0.0.0.0." },
    ];
  if (http.unix_socket !== "" || isLoopback(http.bind)) return [];
  const why = `a bind to ${http.bind} can be reached by others`;
  const missing: (RuleFault | false)[] = [
    !http.allow_non_loopback && {
      key: "server.http.allow_non_loopback",
      because,
      message: `is false, and ${why}`,
      fix: "Bind to 127.0.0.1, or set it to true (or COUNTERSIGN_ALLOW_NON_LOOPBACK=1).",
    },
    http.tls.termination === "none" && {
      key: "server.http.tls.termination",
      because,
      message: `is "none", and ${why}: tokens would travel in clear text`,
      fix: 'Set it to "server" with cert_file and key_file, or to "upstream" with [server.http.proxy] addresses.',
    },
    auth.mode === "local_only" && {
      key: "auth.mode",
      because,
      message: `is "local_only", and ${why}`,
      fix: 'Set it to "bearer_token" or "mtls".',
    },
  ];
  return missing.filter((fault) => fault !== false);
}

function publicFaults({ server: { http } }: Config, preset: PresetName): readonly RuleFault[] {
  const key = "server.http.public_url";
  if (http.public_url === "") return [];
  const url = URL.canParse(http.public_url) ? new URL(http.public_url) : undefined;
  if (url === undefined)
    return [{ key, message: "is not a URL", fix: "Write an origin such as https://host." }];
  const far = !isLoopbackHost(url.hostname);
  const faults: (RuleFault | false)[] = [
    far &&
      url.protocol === "http:" &&
      preset !== "quickstart" && {
        key,
        message: "is http:, so tokens would travel in clear text",
        fix: "Write an https: origin.",
      },
    url.protocol === "http:" &&
      http.tls.termination === "server" && {
        key,
        because: "server.http.tls.termination",
        message: 'is http:, but tls.termination is "server"',
        fix: "Write an https: origin.",
      },
  ];
  const found = faults.filter((fault) => fault !== false);
  return found.filter(({ key: name }, at) => found.findIndex((other) => other.key === name) === at);
}

/**
 * Names beyond this machine are for a tunnel or a web page, and what comes that way arrives on loopback like a program
 * of this machine. One fault, however many names.
 */
function localFaults({ server: { http }, auth }: Config): readonly RuleFault[] {
  if (auth.mode !== "local_only") return [];
  const isFar = (origin: string): boolean => !isLoopbackHost(URL.parse(origin)?.hostname ?? "");
  const named: readonly (readonly [key: string, far: string | undefined, why: string])[] = [
    ["public_url", [http.public_url].filter((url) => url !== "").find(isFar), "every caller looks local"],
    ["hosts", http.hosts.find((host) => isFar(`http://${host}`)), "every caller looks local"],
    ["origins", http.origins.find(isFar), "whoever opens that page would call without any proof"],
  ];
  const found = named.find(([, far]) => far !== undefined);
  if (found === undefined) return [];
  const [name, far = "", why] = found;
  return [
    {
      key: "auth.mode",
      because: `server.http.${name}`,
      message: `is "local_only", and behind ${far} ${why}`,
      fix: 'Set it to "bearer_token" or "mtls".',
    },
  ];
}

/** A Unix socket has no addresses: whatever counts by them would be believed to be in force. */
function socketFaults({ server: { http }, auth, network }: Config): readonly RuleFault[] {
  if (http.unix_socket === "") return [];
  const because = "server.http.unix_socket";
  const faults: (RuleFault | false)[] = [
    network.allowlist_file !== "" && {
      key: "network.allowlist_file",
      because,
      message: "is set, but a Unix socket does not tell from where a caller comes: everybody would pass",
      fix: "Listen on an address, or take this line out and let the proxy check addresses.",
    },
    auth.mode === "mtls" && {
      key: because,
      because: "auth.mode",
      message: 'is set, but no certificate and nobody\'s word for one is seen there (auth.mode = "mtls")',
      fix: 'Listen on an address, or set auth.mode = "bearer_token".',
    },
  ];
  return faults.filter((fault) => fault !== false);
}
