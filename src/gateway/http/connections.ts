// Connections before their first request: how many one address may hold, and which are still in their handshake.
import type { Socket } from "node:net";
import { parseAddress } from "../../core/identity/address.ts";
import type { Bound } from "./guard.ts";
import { canonicalAddress } from "./peer.ts";

/** Of a peer that hung up before it was met. */
const GONE = "unknown";
/** As many as a person's clients need at once, however small the door. */
const LEAST_SHARE = 32;
/** No address alone takes more than this part of the door's places. */
const SHARE = 8;

export interface ConnectionParts {
  readonly bound: Bound;
  /** server.http.max_connections */
  readonly most: number;
  /** Our own proxy carries everybody's requests, so it has no share. */
  readonly isProxy: (address: string) => boolean;
}

export interface Connections {
  /** Counts a connection until it is closed. False: its address has its share already, and it must go. */
  meet(socket: Socket): boolean;
  /** The handshake of this TLS connection is over: from now on it is a line. */
  secured(socket: Socket): void;
  /**
   * A connection takes certificates and revocation list when it is accepted, and may begin its handshake much later:
   * after a reload it would still be judged by the old list.
   */
  destroyHandshakes(): void;
}

export function openConnections({ bound, most, isProxy }: ConnectionParts): Connections {
  const share = Math.max(LEAST_SHARE, Math.floor(most / SHARE));
  const held = new Map<string, number>();
  const handshakes = new Map<string, Socket>();
  const count = (socket: Socket, source: string): void => {
    held.set(source, (held.get(source) ?? 0) + 1);
    socket.once("close", () => {
      const left = (held.get(source) ?? 1) - 1;
      if (left === 0) held.delete(source);
      else held.set(source, left);
    });
  };
  const watch = (socket: Socket): void => {
    const key = endsOf(socket);
    handshakes.set(key, socket);
    socket.once("close", () => {
      if (handshakes.get(key) === socket) handshakes.delete(key);
    });
  };
  return {
    meet(socket) {
      if (bound.kind === "unix") return true;
      const address = addressOf(bound, socket);
      const source = holderOf(address);
      if (!(address !== GONE && isProxy(address)) && (held.get(source) ?? 0) >= share) return false;
      count(socket, source);
      if (bound.secure) watch(socket);
      return true;
    },
    secured: (socket) => void handshakes.delete(endsOf(socket)),
    destroyHandshakes() {
      for (const socket of handshakes.values()) socket.destroy();
    },
  };
}

/** An IPv4 address, or an IPv6 /64: nobody chooses freely beyond that. */
function holderOf(address: string): string {
  const parsed = parseAddress(address);
  return parsed !== undefined && "parts" in parsed ? parsed.parts.slice(0, 4).join(":") : address;
}

/** Of the peer; `unix` behind a Unix socket. */
export function addressOf({ kind }: Pick<Bound, "kind">, socket: Socket): string {
  return kind === "unix" ? "unix" : (canonicalAddress(socket.remoteAddress ?? "") ?? GONE);
}

/** The bare connection and the TLS connection made of it are two objects with the same two ends. */
function endsOf({ remoteAddress = "", remotePort = 0 }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
