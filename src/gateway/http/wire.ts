// What goes wrong below the level of requests: bytes that are none, handshakes that fail, connections too many.
import type { Server } from "node:http";
import type { DropArgument, Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { Reason } from "../../core/base/reason.ts";
import { refusal } from "../../core/base/refusal.ts";
import { rawAnswer } from "./answer.ts";
import { addressOf } from "./connections.ts";
import type { Declined } from "./parts.ts";
import { canonicalAddress } from "./peer.ts";
import { type OpenedDoor, recorded } from "./visit.ts";

/** How long a client may take to read why it is cut. */
const LINGER_MS = 500;

/** HTTP parser errors with a status of their own; every other one is 400. */
const STATUS: Readonly<Record<string, readonly [number, string]>> = {
  HPE_HEADER_OVERFLOW: [431, "the headers are too large"],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, "the chunk extensions are too large"],
  ERR_HTTP_REQUEST_TIMEOUT: [408, "the request did not arrive in time"],
};

/** Verification errors of OpenSSL that are worth a word of their own in the log. */
const HANDSHAKE: Readonly<Record<string, Reason>> = {
  ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE: "auth_missing",
  CERT_HAS_EXPIRED: "auth_expired",
  CERT_REVOKED: "auth_revoked",
};

export function watchWire(door: OpenedDoor, server: Server): void {
  server.on("connection", (socket: Socket) => {
    if (!door.connections.meet(socket)) refuse(door, socket);
  });
  // Of https too: it hands failed handshakes on to the same listener.
  server.on("clientError", (error: NodeJS.ErrnoException, stream) => {
    const socket = stream as Socket;
    const { code = "" } = error;
    if (code.startsWith("HPE_") || code === "ERR_HTTP_REQUEST_TIMEOUT") unreadable(door, socket, code);
    else lost(door, socket, code);
  });
  server.on("connect", (_request, stream) => {
    const socket = stream as Socket;
    door.lines.of(socket).released = true;
    cut(door, socket, { status: 405, refusal: refusal("route_unknown", "this server is no proxy") });
  });
  server.on("drop", (data: DropArgument | undefined) => {
    const address = canonicalAddress(data?.remoteAddress ?? "") ?? "unknown";
    note(door, address, { status: 503, refusal: refusal("server_busy", "too many connections") });
  });
}

function unreadable(door: OpenedDoor, socket: Socket, code: string): void {
  // A browser opens connections ahead of need. Without a byte on it there is nothing to refuse.
  if (socket.bytesRead === 0) {
    socket.destroy();
    return;
  }
  const [status, why] = STATUS[code] ?? [400, "the bytes are no HTTP/1.1 request"];
  cut(door, socket, { status, refusal: refusal("request_malformed", why) });
}

/**
 * Answers on the bare connection and ends it. Answers that are still due go out first and this one does not: it would
 * be taken for one of them.
 */
function cut(door: OpenedDoor, socket: Socket, declined: Declined): void {
  const line = door.lines.of(socket);
  // The parser fails again on every further piece; whoever condemned the line also ends it.
  if (line.condemned) return;
  line.condemned = true;
  // Behind CONNECT, node no longer listens, and an error that nobody listens to ends the process.
  socket.on("error", () => undefined);
  const id = door.newId();
  const said = recorded(door, { session: id, address: addressOf(door.bound, socket) }, declined, false);
  const [[response] = []] = line.open;
  if (line.open.size > 1 || (response !== undefined && (response.req.complete || response.headersSent)))
    return;
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  socket.end(rawAnswer(said, id));
  // What is still coming is read away, or its reset would overtake the answer.
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once("close", () => clearTimeout(timer));
}

/** The connection broke. That is nobody's fault, unless it broke because a handshake failed. */
function lost(door: OpenedDoor, socket: Socket, code: string): void {
  socket.destroy();
  if (!(socket instanceof TLSSocket)) return;
  // With TLS 1.3 the client's certificate is judged after the handshake, and node then only hangs up.
  const verdict: unknown = socket.authorizationError;
  const why = typeof verdict === "string" ? verdict : code;
  if (why === "ECONNRESET" || why === "EPIPE") return;
  const reason = HANDSHAKE[why] ?? (typeof verdict === "string" ? "auth_invalid" : "request_malformed");
  note(door, addressOf(door.bound, socket), {
    status: 401,
    refusal: refusal(reason, `TLS handshake: ${why}`),
  });
}

/** Without an answer, as node does beyond `max_connections`: whoever holds so many is not owed more work. */
function refuse(door: OpenedDoor, socket: Socket): void {
  const said = refusal("server_busy", "too many connections from this address");
  note(door, addressOf(door.bound, socket), { status: 503, refusal: said });
  socket.destroy();
}

function note(door: OpenedDoor, address: string, declined: Declined): void {
  recorded(door, { session: door.newId(), address }, declined, false);
}
