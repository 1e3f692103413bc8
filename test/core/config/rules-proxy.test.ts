// The proxy in front: who counts as it, and what cannot be believed behind it.
import { expect, test } from "vitest";
import { faultsOf, keysOf } from "../../support/presets.ts";

const UPSTREAM = '[server.http.tls]\ntermination = "upstream"\n';
const UP = `${UPSTREAM}[server.http.proxy]\naddresses = ["10.0.0.7", "fd00::/16"]\n`;
const SOCKET = `[server.http]\nunix_socket = "s"\n${UPSTREAM}`;
const MTLS = '[auth]\nmode = "mtls"\n';

test.each<[string, string]>([
  ["tokens behind a proxy", UP],
  ["certificates behind a proxy", `${UP}${MTLS}`],
  ["tokens behind a proxy on a socket", SOCKET],
])("%s", (_, toml) => {
  expect(faultsOf("default", toml)).toEqual([]);
});

test.each<[string, string, readonly string[]]>([
  ["a proxy without an address", UPSTREAM, ["server.http.proxy.addresses"]],
  [
    "a secret without an address",
    `${UPSTREAM}[server.http.proxy]\nsecret = "env:X"`,
    ["server.http.proxy.addresses"],
  ],
  ["a secret without a proxy", '[server.http.proxy]\nsecret = "env:X"', ["server.http.proxy.secret"]],
  ["certificates that nobody can vouch for on a socket", `${SOCKET}${MTLS}`, ["server.http.unix_socket"]],
  [
    "a secret that nobody asks for on a socket",
    `${SOCKET}[server.http.proxy]\nsecret = "env:X"`,
    ["server.http.proxy.secret"],
  ],
  [
    "a proxy's address on a socket",
    `${SOCKET}[server.http.proxy]\naddresses = ["10.0.0.7"]`,
    ["server.http.proxy.addresses"],
  ],
  ["local callers", `${UP}[auth]\nmode = "local_only"`, ["auth.mode"]],
  ["local callers behind a socket", `${SOCKET}[auth]\nmode = "local_only"`, ["auth.mode"]],
])("%s", (_, toml, keys) => {
  expect(keysOf(faultsOf("default", toml))).toEqual(keys);
});

test.each([
  "0.0.0.0",
  "::",
  "0.0.0.0/7",
  "::/0",
  "::ffff:0:0/96",
  "10.0.0.0/33",
  "fd00::/129",
  "10.1/16",
  "fc00::/15",
])("%s is nobody's address", (range) => {
  expect(keysOf(faultsOf("default", UP.replace("10.0.0.7", range)))).toEqual([
    "server.http.proxy.addresses.0",
  ]);
});

test.each(["10.0.0.0/8", "192.168.1.1", "::1", "fd00::/16", "::ffff:10.0.0.7"])("%s may be", (range) => {
  expect(faultsOf("default", UP.replace("10.0.0.7", range))).toEqual([]);
});
