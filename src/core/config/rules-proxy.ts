// Rules about the proxy in front: who counts as it, and what cannot be believed behind it.
import { rangeFault } from "./address.ts";
import type { RuleFault } from "./fault.ts";
import type { Config } from "./schema.ts";

const PROXY = "server.http.proxy";
const TERMINATION = "server.http.tls.termination";

export function proxyFaults(config: Config): readonly RuleFault[] {
  const { proxy, tls } = config.server.http;
  const wide = proxy.addresses.flatMap((text, at): RuleFault[] => {
    const why = rangeFault(text);
    const key = `${PROXY}.addresses.${at}`;
    return why === undefined
      ? []
      : [{ key, message: why, fix: "Name the proxy itself, such as 10.0.0.7/32." }];
  });
  const names = [
    ...(proxy.addresses.length > 0 ? ["addresses"] : []),
    ...(proxy.secret === "" ? [] : ["secret"]),
  ];
  if (tls.termination !== "upstream") return [...wide, ...names.map(idleProxy)];
  const idle = config.server.http.unix_socket === "" ? [] : names.map(idleOnSocket);
  return [...wide, ...missingFaults(config), ...idle];
}

function missingFaults({ server: { http }, auth }: Config): readonly RuleFault[] {
  const { proxy, unix_socket: socket } = http;
  const missing: (RuleFault | false)[] = [
    proxy.addresses.length === 0 &&
      socket === "" && {
        key: `${PROXY}.addresses`,
        because: TERMINATION,
        message: "is empty, so any peer could pose as the proxy that speaks TLS",
        fix: `Write in [${PROXY}]: addresses = ["<address of the proxy>"]`,
      },
    auth.mode === "local_only" && {
      key: "auth.mode",
      because: TERMINATION,
      message: 'is "local_only", and behind a proxy every caller looks local',
      fix: 'Set it to "bearer_token" or "mtls".',
    },
  ];
  return missing.filter((fault) => fault !== false);
}

function idleProxy(name: string): RuleFault {
  return {
    key: `${PROXY}.${name}`,
    because: TERMINATION,
    message: 'is set, but tls.termination is not "upstream": nothing would use it',
    fix: 'Set tls.termination = "upstream", or take this line out.',
  };
}

/** Who may open the socket is whom its mode lets, and nobody asks further. */
function idleOnSocket(name: string): RuleFault {
  return {
    key: `${PROXY}.${name}`,
    because: "server.http.unix_socket",
    message: "is set, but on a Unix socket nothing would ask for it",
    fix: "Take this line out; the socket's mode says who may open it.",
  };
}
