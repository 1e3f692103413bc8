// Rules about shipping: what could not be reached, or should not be written down, is told before anything starts.
import { expect, test } from "vitest";
import { faultsOf } from "../../support/presets.ts";

const of = (preset: "quickstart" | "default" | "hardened", toml: string): readonly string[] =>
  faultsOf(preset, toml)
    .filter(({ key }) => key.startsWith("ship") || key.startsWith("evidence.env"))
    .map(({ key }) => key);
const to = (url: string, ...hosts: readonly string[]): string =>
  `[ship]\nurl = "${url}"\n[outbound]\nallowed_hosts = ${JSON.stringify(hosts)}`;

test.each([
  ["a host that is not named", to("https://siem.example/in", "other.example")],
  ["another port", to("https://siem.example:8443/in", "siem.example")],
  ["http beyond this machine", to("http://siem.example/in", "siem.example")],
  ["a user in the URL", to("https://user:pw@siem.example/", "siem.example")],
  ["a word", to("siem", "siem")],
  ["a file by a path that depends on where one stands", to("file:out.ndjson")],
])("%s is no destination", (_, toml) => {
  expect(of("default", toml)).toEqual(["ship.url"]);
});

test.each([
  ["nowhere", ""],
  ["a named host", to("https://siem.example/in?key=1", "siem.example")],
  ["a named port", to("https://siem.example:8443/in", "siem.example:8443")],
  ["this machine over http", to("http://127.0.0.1:9000/in", "127.0.0.1:9000")],
  ["a file", to("file:/var/log/countersign.ndjson")],
])("%s is one", (_, toml) => {
  expect(of("default", toml)).toEqual([]);
});

test.each<["default" | "hardened", string, readonly string[]]>([
  ["default", "env:SIEM_TOKEN", []],
  ["hardened", "file:/run/secrets/siem", []],
  ["hardened", "keyring:siem/countersign", []],
  ["default", "short-literal", []],
  ["hardened", "short-literal", ["ship.token"]],
  ["hardened", "cmd:/usr/bin/pass siem", ["ship.token"]],
  ["default", "vault:siem", ["ship.token"]],
  ["default", "env:LD_PRELOAD", ["ship.token"]],
])("%s: the token %s", (preset, ref, faults) => {
  expect(of(preset, `[ship]\ntoken = "${ref}"`)).toEqual(faults);
});

test("the variable of the token is no evidence that conditions could ask for", () => {
  const toml = '[ship]\ntoken = "env:SIEM_TOKEN"\n[evidence.env]\nallow = ["SIEM_TOKEN"]';
  expect(of("default", toml)).toEqual(["evidence.env.allow"]);
});
