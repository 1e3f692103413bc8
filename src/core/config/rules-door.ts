// Rules about the doors: a bind that others can reach, TLS, the proxy in front, public names.
import { parseAddress } from "../identity/address.ts";
import { isLoopback, isLoopbackHost, rangeFault } from "./address.ts";
import type { RuleFault } from "./fault.ts";
import type { Config, PresetName } from "./schema.ts";

export function doorFaults(config: Config, preset: PresetName): readonly RuleFault[] {
  return [
    ...openFaults(config),
    ...bindFaults(config),
    ...tlsFaults(config),
    ...unusedTlsFaults(config),
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

const TLS = "server.http.tls";

function tlsFaults({ server: { http }, auth }: Config): readonly RuleFault[] {
  const { tls } = http;
  const because = `${TLS}.termination`;
  const needed: (RuleFault | false)[] =
    tls.termination === "server"
      ? [
          tls.cert_file === "" && need("cert_file", "this process speaks TLS", because, '"tls/cert.pem"'),
          tls.key_file === "" && need("key_file", "this process speaks TLS", because, '"tls/key.pem"'),
          http.unix_socket !== "" && {
            key: "server.http.unix_socket",
            because,
            message: 'is set, and tls.termination is "server"; TLS is for addresses',
            fix: 'Empty one of them: a socket of this machine needs tls.termination = "none" or "upstream".',
          },
          ...(auth.mode === "mtls"
            ? [
                tls.client_ca_file === "" &&
                  need("client_ca_file", 'auth.mode is "mtls"', "auth.mode", '"tls/clients.pem"'),
                !tls.require_client_cert &&
                  need("require_client_cert", 'auth.mode is "mtls"', "auth.mode", "true"),
              ]
            : []),
        ]
      : [];
  const blind = auth.mode === "mtls" && tls.termination === "none";
  return [
    ...needed.filter((fault) => fault !== false),
    ...(blind
      ? [
          {
            key: because,
            because: "auth.mode",
            message: 'is "none", and auth.mode "mtls" needs TLS to see a certificate',
            fix: 'Set it to "server" or "upstream".',
          },
        ]
      : []),
  ];
}

function need(name: string, why: string, because: string, example: string): RuleFault {
  return {
    key: `${TLS}.${name}`,
    because,
    message: `is needed, because ${why}`,
    fix: `Write in [${TLS}]: ${name} = ${example}`,
  };
}

/** Who wrote a certificate down believes that there is TLS. */
function unusedTlsFaults({ server: { http } }: Config): readonly RuleFault[] {
  const { tls } = http;
  const idle = (name: string, why: string): RuleFault => ({
    key: `${TLS}.${name}`,
    because: `${TLS}.termination`,
    message: `is set, but ${why}: nothing would use it`,
    fix: 'Set tls.termination = "server" with what it needs, or take this line out.',
  });
  const set: readonly (readonly [string, boolean])[] = [
    ["cert_file", tls.cert_file !== ""],
    ["key_file", tls.key_file !== ""],
    ["client_ca_file", tls.client_ca_file !== ""],
    ["require_client_cert", tls.require_client_cert],
    ["crl_file", tls.crl_file !== ""],
  ];
  if (tls.termination !== "server")
    return set.filter(([, on]) => on).map(([name]) => idle(name, `tls.termination is "${tls.termination}"`));
  if (tls.client_ca_file !== "") return [];
  return set
    .slice(3)
    .filter(([, on]) => on)
    .map(([name]) => need("client_ca_file", `${name} is set`, `${TLS}.${name}`, '"tls/clients.pem"'))
    .slice(0, 1);
}

const PROXY = "server.http.proxy";

function proxyFaults({ server: { http }, auth }: Config): readonly RuleFault[] {
  const { proxy, tls, unix_socket: socket } = http;
  const wide = proxy.addresses.flatMap((text, at): RuleFault[] => {
    const why = rangeFault(text);
    const key = `${PROXY}.addresses.${at}`;
    return why === undefined
      ? []
      : [{ key, message: why, fix: "Name the proxy itself, such as 10.0.0.7/32." }];
  });
  if (tls.termination !== "upstream") {
    const names = [
      ...(proxy.addresses.length > 0 ? ["addresses"] : []),
      ...(proxy.secret === "" ? [] : ["secret"]),
    ];
    return [...wide, ...names.map(idleProxy)];
  }
  const because = `${TLS}.termination`;
  const missing: (RuleFault | false)[] = [
    proxy.addresses.length === 0 &&
      socket === "" && {
        key: `${PROXY}.addresses`,
        because,
        message: "is empty, so any peer could pose as the proxy that speaks TLS",
        fix: `Write in [${PROXY}]: addresses = ["<address of the proxy>"]`,
      },
    auth.mode === "mtls" &&
      proxy.secret === "" &&
      socket !== "" && {
        key: `${PROXY}.secret`,
        because: "auth.mode",
        message:
          'is needed, because everybody who may open the socket could name any subject (auth.mode = "mtls")',
        fix: `Write in [${PROXY}]: secret = "env:NAME"`,
      },
    auth.mode === "local_only" && {
      key: "auth.mode",
      because,
      message: 'is "local_only", and behind a proxy every caller looks local',
      fix: 'Set it to "bearer_token" or "mtls".',
    },
  ];
  return [...wide, ...missing.filter((fault) => fault !== false)];
}

function idleProxy(name: string): RuleFault {
  return {
    key: `${PROXY}.${name}`,
    because: `${TLS}.termination`,
    message: 'is set, but tls.termination is not "upstream": nothing would use it',
    fix: 'Set tls.termination = "upstream", or take this line out.',
  };
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
        because: `${TLS}.termination`,
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
