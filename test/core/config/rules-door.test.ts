// Doors: which binds are loopback, and which public names fit. Lines and the rest are in config-faults.test.ts.
import { describe, expect, test } from "vitest";
import { bindFaults } from "../../../src/gateway/http/bind.ts";
import { faultsOf, keysOf, parsed } from "../../support/presets.ts";

const UP = '[server.http.tls]\ntermination = "upstream"\n[server.http.proxy]\naddresses = ["10.0.0.7"]\n';
const MISSING = ["auth.mode", "server.http.allow_non_loopback", "server.http.tls.termination"];

describe("with nothing else", () => {
  test.each(["127.0.0.1", "127.8.9.10", "::1", "0:0:0:0:0:0:0:1", "::ffff:127.0.0.1", "::ffff:7f00:1"])(
    "%s stays on this machine",
    (bind) => {
      expect(faultsOf("quickstart", `[server.http]\nbind = "${bind}"`)).toEqual([]);
    },
  );

  test.each([
    "0.0.0.0",
    "::",
    "::ffff:0.0.0.0",
    "::ffff:10.0.0.1",
    "10.0.0.1",
    "192.168.1.2",
    "fe80::1",
    "128.0.0.1",
    "::2",
  ])("%s does not", (bind) => {
    expect(keysOf(faultsOf("quickstart", `[server.http]\nbind = "${bind}"`))).toEqual(MISSING);
  });

  test.each([
    "127.1",
    "2130706433",
    "0177.0.0.1",
    "127.0.0.01",
    "1.2.3.4.5",
    "256.0.0.1",
    "::1::",
    ":::",
    "..",
  ])("%s is no address", (bind) => {
    expect(keysOf(faultsOf("quickstart", `[server.http]\nbind = "${bind}"`))).toEqual(["server.http.bind"]);
  });
});

test("a socket stands instead of the bind, so the bind does not count", () => {
  expect(faultsOf("quickstart", '[server.http]\nbind = "0.0.0.0"\nunix_socket = "gateway/http"')).toEqual([]);
});

describe("fits together", () => {
  test.each<[string, string]>([
    ["a bind for others", `[server.http]\nbind = "::"\nallow_non_loopback = true\n${UP}`],
    ["a tunnel", '[server.http]\npublic_url = "https://agents.example:8443"'],
    ["clear text on this machine", '[server.http]\npublic_url = "http://localhost:9326"'],
    ["clear text on this machine by number", '[server.http]\npublic_url = "http://[::1]:9326"'],
    ["local callers, each of them named", '[auth]\nmode = "local_only"'],
  ])("%s", (_, toml) => {
    expect(faultsOf("default", toml)).toEqual([]);
  });

  test("clear text under a public name, in quickstart with tokens", () => {
    const toml = '[server.http]\npublic_url = "http://desk.example"\n[auth]\nmode = "bearer_token"';
    expect(faultsOf("quickstart", toml)).toEqual([]);
  });
});

test.each([
  ["a name that is no URL", "https://:::"],
  ["a name like loopback", "http://localhost.example"],
  ["an address like loopback", "http://127.0.0.1.example"],
])("%s", (_, url) => {
  expect(keysOf(faultsOf("default", `[server.http]\npublic_url = "${url}"`))).toEqual([
    "server.http.public_url",
  ]);
});

test("local callers behind a public name: everybody would look local", () => {
  const toml = '[auth]\nmode = "local_only"\n[server.http]\npublic_url = "https://agents.example"';
  expect(keysOf(faultsOf("default", toml))).toEqual(["auth.mode"]);
});

/** Threat: a list that everybody takes for in force, in front of a door where nobody has an address. */
test("an allow-list on a Unix socket would let everybody behind the proxy in", () => {
  const socket = '[server.http]\nunix_socket = "gateway/http"\n';
  const list = '[network]\nallowlist_file = "list.json"';
  expect(keysOf(faultsOf("default", socket + list))).toEqual(["network.allowlist_file"]);
  expect(faultsOf("default", list)).toEqual([]);
});

describe("whoever says local_only names nothing beyond this machine", () => {
  test.each([
    'hosts = ["agents.example.com"]',
    'hosts = ["localhost.example:8443"]',
    'hosts = ["localhost", "10.0.0.1:9326"]',
    'origins = ["https://evil.example.com"]',
    'origins = ["http://localhost.example"]',
  ])("%s", (line) => {
    const toml = `[server.http]\n${line}\n`;
    expect(keysOf(faultsOf("quickstart", toml))).toEqual(["auth.mode"]);
    expect(faultsOf("quickstart", `${toml}[auth]\nmode = "bearer_token"`)).toEqual([]);
  });

  test.each([
    'hosts = ["localhost:9326", "a.localhost", "127.0.0.1:1"]',
    'origins = ["http://localhost:6274", "http://[::1]:1", "https://127.0.0.1"]',
  ])("%s may be", (line) => {
    expect(faultsOf("quickstart", `[server.http]\n${line}`)).toEqual([]);
  });
});

/** Whatever config check calls good, the door opens: else a change is found out at the next start, or never. */
test("no plan that passes the rules is refused where the door listens", () => {
  const some = ["", "x.pem"];
  let good = 0;
  for (const bind of ["127.0.0.1", "0.0.0.0"])
    for (const socket of ["", "gateway/http"])
      for (const mode of ["local_only", "bearer_token", "mtls"] as const)
        for (const termination of ["none", "server", "upstream"] as const)
          for (const ca of some)
            for (const need of [true, false])
              for (const proxy of [
                "",
                "[server.http.proxy]\naddresses = ['10.0.0.7']",
                "[server.http.proxy]\nsecret = 'env:P'",
              ]) {
                const own = termination === "server" ? "cert_file = 'c.pem'\nkey_file = 'k.pem'\n" : "";
                const result = parsed(
                  "default",
                  `[auth]\nmode = "${mode}"\n[server.http]\nbind = "${bind}"\nunix_socket = "${socket}"\nallow_non_loopback = true\n[server.http.tls]\ntermination = "${termination}"\n${own}client_ca_file = "${ca}"\nrequire_client_cert = ${need}\n${proxy}`,
                );
                if (!result.ok) continue;
                const { server, auth } = result.loaded.config;
                expect(bindFaults({ http: server.http, auth: auth.mode })).toEqual([]);
                good += 1;
              }
  expect(good).toBeGreaterThan(10);
});

test("what a preset needs is said as the lines to write", () => {
  const said = [...faultsOf("hardened"), ...faultsOf("container-prod")].map(({ fix }) => fix).join("\n");
  for (const line of [
    "[server.http.tls]: cert_file = ",
    "key_file = ",
    "COUNTERSIGN_ALLOW_NON_LOOPBACK=1",
    "[server.http.proxy]: addresses = ",
  ])
    expect(said).toContain(line);
});
