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

function publicFaults({ server: { http }, auth }: Config, preset: PresetName): readonly RuleFault[] {
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
    far &&
      auth.mode === "local_only" && {
        key: "auth.mode",
        because: key,
        message: `is "local_only", and behind ${http.public_url} every caller looks local`,
        fix: 'Set it to "bearer_token" or "mtls".',
      },
  ];
  const found = faults.filter((fault) => fault !== false);
  return found.filter(({ key: name }, at) => found.findIndex((other) => other.key === name) === at);
}
