// Rules about what is seen from outside: metrics, alerts and traces, and the hosts that may be told of them.
import { parseAddress } from "../identity/address.ts";
import type { RuleFault } from "./fault.ts";
import type { Config } from "./schema.ts";

export function seenFaults(config: Config): readonly RuleFault[] {
  return [...metricsFaults(config), ...webhookFaults(config), ...telemetryFaults(config)];
}

function metricsFaults({ metrics, server }: Config): readonly RuleFault[] {
  const { port, token } = metrics;
  if (port === 0)
    return token === ""
      ? []
      : [
          {
            key: "metrics.token",
            message: "is set, but metrics.port is 0: nobody could show it",
            fix: "Set metrics.port, or take this line out.",
          },
        ];
  const faults: (RuleFault | false)[] = [
    token === "" && {
      key: "metrics.token",
      because: "metrics.port",
      message: "is empty, and numbers are for nobody without a token",
      fix: "Name a secret (env:NAME, file:/path), made with: openssl rand -base64 32.",
    },
    !server.http.enabled && {
      key: "metrics.port",
      message: "is set, but a gateway on stdio opens no socket (server.http.enabled = false)",
      fix: "Set server.http.enabled = true, or take this line out.",
    },
    server.http.unix_socket === "" &&
      server.http.port === port && {
        key: "metrics.port",
        message: "is that of server.http.port",
        fix: "Take another port: the metrics have a door of their own.",
      },
  ];
  return faults.filter((fault) => fault !== false);
}

function webhookFaults({ alerts, outbound }: Config): readonly RuleFault[] {
  const { webhook_url: url, webhook_secret: secret } = alerts;
  if (url === "")
    return secret === ""
      ? []
      : [
          {
            key: "alerts.webhook_secret",
            message: "is set, but there is no alerts.webhook_url to use it for",
            fix: "Set alerts.webhook_url, or take this line out.",
          },
        ];
  const unsigned: readonly RuleFault[] =
    secret === ""
      ? [
          {
            key: "alerts.webhook_secret",
            because: "alerts.webhook_url",
            message: "is empty, so anybody could send alerts in our name",
            fix: "Name a secret (env:NAME, file:/path), made with: openssl rand -base64 32.",
          },
        ]
      : [];
  return [...outgoingFaults("alerts.webhook_url", url, outbound.allowed_hosts), ...unsigned];
}

function telemetryFaults({ telemetry, server, outbound }: Config): readonly RuleFault[] {
  const { otlp_url: url } = telemetry;
  if (url === "") return [];
  const idle: readonly RuleFault[] = server.http.enabled
    ? []
    : [
        {
          key: "telemetry.otlp_url",
          message: "is set, but a gateway on stdio opens no socket (server.http.enabled = false)",
          fix: "Set server.http.enabled = true, or take this line out.",
        },
      ];
  return [...outgoingFaults("telemetry.otlp_url", url, outbound.allowed_hosts), ...idle];
}

/** Why nothing could be sent there: what is said here at the start is what io/http would say at each attempt. */
export function outgoingFaults(key: string, text: string, allowed: readonly string[]): readonly RuleFault[] {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const host = url?.hostname.replace(/^\[|\]$/g, "") ?? "";
  const scheme = url?.protocol === "https:" || (url?.protocol === "http:" && isLoopback(host));
  if (url === undefined || !scheme)
    return [{ key, message: "is no https URL", fix: "Write https://host/path; http only to loopback." }];
  if (url.username !== "" || url.password !== "" || url.hash !== "")
    return [{ key, message: "holds credentials or a fragment", fix: "Take it out of the URL." }];
  const name = url.port === "" ? host : `${host}:${url.port}`;
  if (allowed.includes(name)) return [];
  return [
    {
      key,
      message: `leads to ${name}, which outbound.allowed_hosts does not name`,
      fix: `Write in [outbound]: allowed_hosts = ["${name}"]`,
    },
  ];
}

function isLoopback(host: string): boolean {
  return host === "localhost" || parseAddress(host)?.range() === "loopback";
}
