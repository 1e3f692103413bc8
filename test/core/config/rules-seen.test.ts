// Rules of metrics, alerts and traces: no open numbers, no unsigned message, no host that was not named, no idle key.
import { expect, test } from "vitest";
import { faultsOf } from "../../support/presets.ts";

const of = (toml: string): readonly string[] =>
  faultsOf("default", toml)
    .filter(({ key }) => /^(?:metrics|alerts|telemetry|outbound)/.test(key))
    .map(({ key }) => key);

const METRICS = '[metrics]\nport = 9400\ntoken = "env:METRICS_TOKEN"\n';
const HOOK = 'webhook_url = "https://hook.example/in"\nwebhook_secret = "env:HOOK"\n';
const LETS =
  '[outbound]\nallowed_hosts = ["hook.example", "localhost:4318", "hook.example:8443", "127.0.0.1:9"]\n';
const hook = (url: string): string =>
  `[alerts]\nwebhook_url = "${url}"\nwebhook_secret = "env:HOOK"\n${LETS}`;

test.each([
  ["a port without a token", "[metrics]\nport = 9400", ["metrics.token"]],
  ["a token without a port", '[metrics]\ntoken = "env:METRICS_TOKEN"', ["metrics.token"]],
  ["metrics of stdio alone", `${METRICS}[server.http]\nenabled = false`, ["metrics.port"]],
  ["the port of the other door", METRICS.replace("9400", "9326"), ["metrics.port"]],
  ["a short literal", '[metrics]\nport = 9400\ntoken = "short"', ["metrics.token"]],
  [
    "a webhook without a secret",
    `[alerts]\nwebhook_url = "https://hook.example/in"\n${LETS}`,
    ["alerts.webhook_secret"],
  ],
  ["a secret without a webhook", '[alerts]\nwebhook_secret = "env:HOOK"', ["alerts.webhook_secret"]],
  ["a webhook to a host that is not named", `[alerts]\n${HOOK}`, ["alerts.webhook_url"]],
  ["another port than the named one", hook("https://hook.example:444/"), ["alerts.webhook_url"]],
  ["plain http to a host", hook("http://hook.example/"), ["alerts.webhook_url"]],
  [
    "plain http to what only begins like loopback",
    hook("http://127.0.0.1.example:9/"),
    ["alerts.webhook_url"],
  ],
  ["credentials in the URL", hook("https://u:p@hook.example/"), ["alerts.webhook_url"]],
  ["a fragment", hook("https://hook.example/#a"), ["alerts.webhook_url"]],
  ["no URL", hook("hook.example/in"), ["alerts.webhook_url"]],
  ["another scheme", hook("file:///etc/passwd"), ["alerts.webhook_url"]],
  [
    "traces to a host that is not named",
    '[telemetry]\notlp_url = "https://otlp.example/v1/traces"',
    ["telemetry.otlp_url"],
  ],
  [
    "traces of stdio alone",
    `[telemetry]\notlp_url = "http://localhost:4318/v1/traces"\n${LETS}[server.http]\nenabled = false`,
    ["telemetry.otlp_url"],
  ],
  ["a host with a path", '[outbound]\nallowed_hosts = ["hook.example/in"]', ["outbound.allowed_hosts.0"]],
  ["a host in capitals", '[outbound]\nallowed_hosts = ["Hook.example"]', ["outbound.allowed_hosts.0"]],
])("%s is a fault", (_, toml, keys) => {
  expect(of(toml)).toEqual(keys);
});

test.each([
  ["metrics with both", METRICS],
  ["a webhook to a named host", hook("https://hook.example/in?a=b")],
  ["a webhook to a named port", hook("https://hook.example:8443/in")],
  ["plain http to loopback", hook("http://127.0.0.1:9/")],
  [
    "traces to a collector of this machine",
    `[telemetry]\notlp_url = "http://localhost:4318/v1/traces"\n${LETS}`,
  ],
])("%s is none", (_, toml) => {
  expect(of(toml)).toEqual([]);
});
