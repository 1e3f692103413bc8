// Whose word about an address counts.
import { describe, expect, test } from "vitest";
import { canonicalAddress, isLoopback, openProxies, whoCalls } from "../../../src/gateway/http/peer.ts";

const SECRET = "between-us-two";
const open = openProxies({ addresses: ["10.0.0.0/8", "192.0.2.7", "2001:db8::/32"], secret: undefined });
const guarded = openProxies({ addresses: ["10.0.0.0/8", "127.0.0.1"], secret: SECRET });

const network = (address: string, proxied = false) => ({ channel: "network", address, proxied });

describe("without a secret, by address", () => {
  test.each([
    { what: "a stranger", remote: "203.0.113.9", forwarded: ["10.1.1.1"], found: network("203.0.113.9") },
    {
      what: "the proxy",
      remote: "10.1.1.1",
      forwarded: ["203.0.113.9"],
      found: network("203.0.113.9", true),
    },
    {
      what: "one address of the list",
      remote: "192.0.2.7",
      forwarded: ["1.2.3.4"],
      found: network("1.2.3.4", true),
    },
    { what: "its neighbour", remote: "192.0.2.8", forwarded: ["1.2.3.4"], found: network("192.0.2.8") },
    { what: "IPv6", remote: "2001:db8::1", forwarded: ["2001:DB9::1"], found: network("2001:db9::1", true) },
    {
      what: "IPv4 inside IPv6",
      remote: "::ffff:10.1.1.1",
      forwarded: ["::ffff:1.2.3.4"],
      found: network("1.2.3.4", true),
    },
    {
      what: "a chain",
      remote: "10.1.1.1",
      forwarded: ["6.6.6.6, 1.2.3.4 , 10.2.2.2"],
      found: network("1.2.3.4", true),
    },
    {
      what: "a chain in two headers",
      remote: "10.1.1.1",
      forwarded: ["6.6.6.6", "1.2.3.4"],
      found: network("1.2.3.4", true),
    },
    {
      what: "a lie left of the caller",
      remote: "10.1.1.1",
      forwarded: ["<script>, 1.2.3.4"],
      found: network("1.2.3.4", true),
    },
    { what: "only proxies", remote: "10.1.1.1", forwarded: ["10.3.3.3"], found: network("10.1.1.1", true) },
    { what: "a silent proxy", remote: "10.1.1.1", forwarded: [], found: network("10.1.1.1", true) },
    {
      what: "loopback",
      remote: "127.0.0.1",
      forwarded: ["1.2.3.4"],
      found: { channel: "loopback", address: "127.0.0.1", proxied: false },
    },
    {
      what: "loopback by IPv6",
      remote: "::1",
      forwarded: [],
      found: { channel: "loopback", address: "::1", proxied: false },
    },
    {
      what: "a Unix socket",
      remote: undefined,
      forwarded: ["1.2.3.4"],
      found: { channel: "unix", address: "unix", proxied: false },
    },
  ])("$what", ({ remote, forwarded, found }) => {
    expect(whoCalls(remote, forwarded, [], open)).toEqual(found);
  });

  test.each(["", "unknown", "1.2.3", "0x7f.0.0.1", "1.2.3.4:80", "127.0.0.1, _hidden"])(
    "a proxy that says %j is not understood",
    (text) => {
      expect(whoCalls("10.1.1.1", [text], [], open)).toMatchObject({
        status: 400,
        refusal: { code: "request_malformed" },
      });
    },
  );
});

describe("with a secret, by address and secret", () => {
  test.each([
    { what: "both", remote: "10.1.1.1", proof: [SECRET], proxied: true },
    { what: "no secret", remote: "10.1.1.1", proof: [], proxied: false },
    { what: "another secret", remote: "10.1.1.1", proof: ["between-us-tw0"], proxied: false },
    { what: "a prefix of it", remote: "10.1.1.1", proof: [SECRET.slice(0, -1)], proxied: false },
    { what: "the secret twice", remote: "10.1.1.1", proof: [SECRET, SECRET], proxied: false },
    { what: "a stranger with the secret", remote: "203.0.113.9", proof: [SECRET], proxied: false },
  ])("$what", ({ remote, proof, proxied }) => {
    const address = proxied ? "1.2.3.4" : remote;
    expect(whoCalls(remote, ["1.2.3.4"], proof, guarded)).toEqual(network(address, proxied));
  });

  test("what comes through a proxy on this machine is not local", () => {
    expect(whoCalls("127.0.0.1", [], [SECRET], guarded)).toEqual(network("127.0.0.1", true));
  });
});

test.each(["1.2.3", "10.0.0.0/33", "x", "1.2.3.4/"])("%j is no proxy", (text) => {
  expect(() => openProxies({ addresses: [text], secret: undefined })).toThrow(/no address or CIDR/);
});

test("one spelling for each address", () => {
  expect(["::FFFF:1.2.3.4", "fe80::1%eth0", "2001:DB8:0::1", "no", "127.1"].map(canonicalAddress)).toEqual([
    "1.2.3.4",
    "fe80::1",
    "2001:db8::1",
    undefined,
    undefined,
  ]);
  expect(["127.9.9.9", "::1", "::ffff:127.0.0.1", "0.0.0.0", "::", "10.0.0.1", "x"].map(isLoopback)).toEqual([
    true,
    true,
    true,
    false,
    false,
    false,
    false,
  ]);
});
