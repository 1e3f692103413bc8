// TLS: what goes together, and what would be set without being used.
import { describe, expect, test } from "vitest";
import { faultsOf, keysOf } from "../../support/presets.ts";

const SERVER = '[server.http.tls]\ntermination = "server"\ncert_file = "c"\nkey_file = "k"\n';
const UP = '[server.http.proxy]\naddresses = ["10.0.0.7"]\n[server.http.tls]\ntermination = "upstream"\n';
const CLIENTS = 'client_ca_file = "ca"\nrequire_client_cert = true\n';

test.each<[string, string]>([
  ["TLS of our own", SERVER],
  ["a client certificate beside the token", `${SERVER}${CLIENTS}crl_file = "crl"`],
  ["client certificates for those who have one", `${SERVER}client_ca_file = "ca"`],
  ["mTLS of our own", `${SERVER}${CLIENTS}[auth]\nmode = "mtls"`],
])("%s", (_, toml) => {
  expect(faultsOf("default", toml)).toEqual([]);
});

test.each<[string, string, readonly string[]]>([
  ["a CRL without a CA", `${SERVER}crl_file = "crl"`, ["client_ca_file"]],
  ["a certificate that is asked of no CA", `${SERVER}require_client_cert = true`, ["client_ca_file"]],
  [
    "both without a CA, told once",
    `${SERVER}require_client_cert = true\ncrl_file = "crl"`,
    ["client_ca_file"],
  ],
  ["mTLS with neither", `${SERVER}[auth]\nmode = "mtls"`, ["client_ca_file", "require_client_cert"]],
  ["mTLS with nobody to see it", '[auth]\nmode = "mtls"', ["termination"]],
  ["nothing but the word", '[server.http.tls]\ntermination = "server"', ["cert_file", "key_file"]],
])("%s", (_, toml, names) => {
  expect(keysOf(faultsOf("default", toml))).toEqual(names.map((name) => `server.http.tls.${name}`));
});

test("a clear-text name of a TLS server", () => {
  expect(keysOf(faultsOf("default", `[server.http]\npublic_url = "http://localhost"\n${SERVER}`))).toEqual([
    "server.http.public_url",
  ]);
});

describe.each([
  ["none", "[server.http.tls]\n"],
  ["upstream", UP],
])("with termination %s nothing uses", (_, toml) => {
  test.each([
    'cert_file = "c"',
    'key_file = "k"',
    'client_ca_file = "c"',
    "require_client_cert = true",
    'crl_file = "c"',
  ])("%s", (line) => {
    expect(keysOf(faultsOf("default", `${toml}${line}`))).toEqual([
      `server.http.tls.${line.split(" ")[0] ?? ""}`,
    ]);
  });
});
