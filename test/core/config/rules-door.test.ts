// Doors: which binds are loopback, and which settings fit together. What does not is in config-faults.test.ts as well.
import { describe, expect, test } from "vitest";
import { faultsOf, keysOf } from "../../support/presets.ts";

const MISSING = ["auth.mode", "server.http.allow_non_loopback", "server.http.tls.termination"];
const UP =
  '[server.http.tls]\ntermination = "upstream"\n[server.http.proxy]\naddresses = ["10.0.0.7", "fd00::/16"]\n';
const SERVER = '[server.http.tls]\ntermination = "server"\ncert_file = "c"\nkey_file = "k"\n';

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
    ["TLS of our own", SERVER],
    [
      "TLS of our own and a client certificate beside the token",
      `${SERVER}client_ca_file = "ca"\nrequire_client_cert = true\ncrl_file = "crl"`,
    ],
    ["mTLS of our own", `${SERVER}client_ca_file = "ca"\nrequire_client_cert = true\n[auth]\nmode = "mtls"`],
    ["mTLS at the proxy", `${UP}[auth]\nmode = "mtls"`],
    [
      "mTLS at a proxy on a socket",
      `[server.http]\nunix_socket = "s"\n[server.http.tls]\ntermination = "upstream"\n[server.http.proxy]\nsecret = "env:PROXY_SECRET"\n[auth]\nmode = "mtls"`,
    ],
    ["a bind for others", `[server.http]\nbind = "::"\nallow_non_loopback = true\n${UP}`],
    ["a tunnel", '[server.http]\npublic_url = "https://agents.example:8443"'],
    ["clear text on this machine", '[server.http]\npublic_url = "http://localhost:9326"'],
    ["clear text on this machine by number", '[server.http]\npublic_url = "http://[::1]:9326"'],
    ["local callers with tokens off", '[auth]\nmode = "local_only"'],
  ])("%s", (_, toml) => {
    expect(faultsOf("default", toml)).toEqual([]);
  });

  test("clear text under a public name, in quickstart with tokens", () => {
    expect(
      faultsOf(
        "quickstart",
        '[server.http]\npublic_url = "http://desk.example"\n[auth]\nmode = "bearer_token"',
      ),
    ).toEqual([]);
  });
});

describe("does not", () => {
  test.each<[string, string, readonly string[]]>([
    ["a CRL without a CA", `${SERVER}crl_file = "crl"`, ["server.http.tls.client_ca_file"]],
    [
      "a certificate that is asked of no CA",
      `${SERVER}require_client_cert = true`,
      ["server.http.tls.client_ca_file"],
    ],
    [
      "TLS files with a proxy",
      UP.replace("[server.http.proxy]", 'key_file = "k"\nclient_ca_file = "c"\n[server.http.proxy]'),
      ["server.http.tls.client_ca_file", "server.http.tls.key_file"],
    ],
    [
      "a proxy's secret without a proxy",
      '[server.http.proxy]\nsecret = "env:X"',
      ["server.http.proxy.secret"],
    ],
    ["a proxy that is nobody", UP.replace("10.0.0.7", "0.0.0.0"), ["server.http.proxy.addresses.0"]],
    [
      "mTLS at a proxy on a socket that anybody may open",
      '[server.http]\nunix_socket = "s"\n[server.http.tls]\ntermination = "upstream"\n[auth]\nmode = "mtls"',
      ["server.http.proxy.secret"],
    ],
    [
      "a clear-text name of a TLS server",
      `[server.http]\npublic_url = "http://localhost"\n${SERVER}`,
      ["server.http.public_url"],
    ],
    ["a name that is no URL", '[server.http]\npublic_url = "https://:::"', ["server.http.public_url"]],
    [
      "a name like loopback",
      '[server.http]\npublic_url = "http://localhost.example"',
      ["server.http.public_url"],
    ],
  ])("%s", (_, toml, keys) => {
    expect(keysOf(faultsOf("default", toml))).toEqual(keys);
  });

  test.each(["0.0.0.0/7", "::/0", "::ffff:0:0/96", "10.0.0.0/33", "fd00::/129", "10.1/16", "fc00::/15"])(
    "the proxies %s",
    (range) => {
      const toml = UP.replace("10.0.0.7", range);
      expect(keysOf(faultsOf("default", toml))).toEqual(["server.http.proxy.addresses.0"]);
    },
  );
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
