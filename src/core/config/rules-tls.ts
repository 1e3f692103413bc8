// Rules about TLS: what each way of it needs, and what would be set without being used.
import type { RuleFault } from "./fault.ts";
import type { Config } from "./schema.ts";

export function tlsFaults(config: Config): readonly RuleFault[] {
  return [...neededFaults(config), ...unusedFaults(config)];
}

const TLS = "server.http.tls";

function neededFaults({ server: { http }, auth }: Config): readonly RuleFault[] {
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
function unusedFaults({ server: { http } }: Config): readonly RuleFault[] {
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
