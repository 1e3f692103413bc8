// Who shares the places of one address: an IPv6 /64 is one holder, IPv4 addresses are each their own.
import { EventEmitter } from "node:events";
import type { Socket } from "node:net";
import { describe, expect, test } from "vitest";
import { openConnections } from "../../../src/gateway/http/connections.ts";
import type { Bound } from "../../../src/gateway/http/guard.ts";
import { openProxies } from "../../../src/gateway/http/peer.ts";

const bound: Bound = { kind: "tcp", address: "::", port: 9326, loopback: false, secure: false };

/** Real sockets of this machine cannot come from these addresses. */
const from = (remoteAddress: string | undefined): Socket =>
  Object.assign(new EventEmitter(), { remoteAddress, remotePort: 1 }) as unknown as Socket;

describe("places", () => {
  test.each([
    { most: 512, one: "192.0.2.1", other: "192.0.2.2", share: 64 },
    { most: 512, one: "::ffff:192.0.2.1", other: "192.0.2.2", share: 64 },
    { most: 128, one: "2001:db8::1", other: "2001:db8:0:1::1", share: 32 },
  ])("$share of $most for $one, and $other has its own", ({ most, one, other, share }) => {
    const connections = openConnections({ bound, most, isProxy: () => false });
    const met = Array.from({ length: share + 8 }, () => connections.meet(from(one)));
    expect(met.filter(Boolean)).toHaveLength(share);
    expect(connections.meet(from(other))).toBe(true);
  });

  test("a whole /64 has one share", () => {
    const connections = openConnections({ bound, most: 256, isProxy: () => false });
    const met = Array.from({ length: 40 }, (_, at) => connections.meet(from(`2001:db8::${at + 1}:1`)));
    expect(met.filter(Boolean)).toHaveLength(32);
  });

  test("who is gone before being met has no address, and such have a share as well", () => {
    const { includes: isProxy } = openProxies({ addresses: ["192.0.2.1"], secret: undefined });
    const connections = openConnections({ bound, most: 256, isProxy });
    expect(Array.from({ length: 40 }, () => connections.meet(from(undefined))).filter(Boolean)).toHaveLength(
      32,
    );
  });
});
