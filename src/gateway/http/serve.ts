// The walk of one request through the door, in the one order that counts: nothing is read or worked on too early.
import type { IncomingMessage, ServerResponse } from "node:http";
import { refusal, retryable } from "../../core/base/refusal.ts";
import { refusedReply, standingHeaders } from "./answer.ts";
import { readBody } from "./body.ts";
import { clientCertificate } from "./certificate.ts";
import { arrive, direct } from "./arrive.ts";
import { corsHeaders } from "./cors.ts";
import { addressOf } from "./connections.ts";
import type { Exchange, Reply, Route } from "./exchange.ts";
import { valuesOf } from "./guard.ts";
import { HEALTH_PATHS } from "./health.ts";
import { follow, type Line, type Pending, streams } from "./lines.ts";
import type { Declined } from "./parts.ts";
import type { Served } from "./routes.ts";
import { send } from "./send.ts";
import {
  decline,
  isStorage,
  type OpenedDoor,
  recorded,
  storageFailed,
  UNAVAILABLE,
  type Visit,
} from "./visit.ts";

/** Most answers that one connection may be owed at a time. Clients that send ahead of the answers are rare. */
const MAX_OWED = 16;
/** Of a body whose sender does not prove who it is. */
const OPEN_BODY_MS = 5000;

/**
 * Node makes requests of all the bytes it has read, thousands at once, before the first answer is out, and goes on
 * behind a destroyed connection. So what is looked at first costs nothing.
 */
export function serve(door: OpenedDoor, request: IncomingMessage, response: ServerResponse): void {
  const { socket } = request;
  if (socket.destroyed) return;
  const line = door.lines.of(socket);
  if (line.condemned) {
    // Whatever follows a request that was refused for its framing may be the rest of that request.
    line.unseen += 1;
    if (line.unseen > MAX_OWED) socket.destroy();
  } else if (line.open.size >= MAX_OWED) {
    socket.destroy();
    const who = { session: door.newId(), address: addressOf(door.bound, socket) };
    recorded(door, who, FLOOD, false);
  } else if (streams(line).length > 0) {
    // Nothing could be answered behind a stream, and would only be kept.
    socket.destroy();
  } else void answer(door, request, response, line);
}

const FLOOD: Declined = {
  status: 503,
  refusal: refusal("server_busy", `more than ${MAX_OWED} requests wait on one connection`),
};

/** Never rejects. */
async function answer(
  door: OpenedDoor,
  request: IncomingMessage,
  response: ServerResponse,
  line: Line,
): Promise<void> {
  const [path, search] = split(request.url ?? "");
  const visit: Visit = {
    request,
    response,
    line,
    id: door.newId(),
    path,
    query: new URLSearchParams(search),
  };
  const place = placeOf(door, visit);
  const reply = await walk(door, visit, place).catch((error: unknown) => troubled(door, visit, error));
  if (reply === undefined || isEvents(reply)) place.stream();
  if (reply === undefined) return;
  await leave(door, visit, reply).catch((error: unknown) => {
    door.log.error({ error, id: visit.id }, "an answer could not be sent");
    request.socket.destroy();
  });
}

interface Place {
  readonly signal: AbortSignal;
  /** Counts as in flight from now on, until the answer is out or the client gone. */
  hold(): void;
  /** A refusal is no work any more, however long the client takes to hear it. */
  free(): void;
  /** A stream is counted by its transport, and must not use up the places of calls for days. */
  stream(): void;
}

function placeOf({ state }: OpenedDoor, { line, request, response }: Visit): Place {
  const gone = new AbortController();
  let held = 0;
  const count = (now: 0 | 1): void => {
    state.inflight += now - held;
    held = now;
  };
  const pending: Pending = {
    streaming: false,
    abort: () => gone.abort(),
    ended() {
      count(0);
      if (!response.writableFinished) gone.abort();
    },
  };
  follow(line, request.socket, response, pending);
  return {
    signal: gone.signal,
    hold: () => count(1),
    free: () => count(0),
    stream() {
      count(0);
      // It began when the streams of the old certificates were being cut.
      if (line.outdated) request.socket.destroy();
      pending.streaming = true;
    },
  };
}

async function walk(door: OpenedDoor, visit: Visit, place: Place): Promise<Reply | undefined> {
  const stranger = arrive(door, visit);
  if (stranger !== undefined) {
    visit.line.condemned = true;
    return decline(door, visit, stranger);
  }
  const found = direct(door, visit);
  if ("status" in found) return "refusal" in found ? decline(door, visit, found) : found;
  const taken =
    found.access === "authenticated"
      ? await known(door, visit, place, found.route.body)
      : await unknown(door, visit, place, found.route.body);
  if (taken.kind === "reply") {
    place.free();
    return taken.reply;
  }
  if (visit.line.severed) return NOBODY;
  dress(door, visit);
  return handle(found, visit, taken.value, place.signal);
}

type Taken =
  | { readonly kind: "body"; readonly value: unknown }
  | { readonly kind: "reply"; readonly reply: Reply };

/** Takes a place from the first moment: a proof costs work. */
async function known(door: OpenedDoor, visit: Visit, place: Place, form: Route["body"]): Promise<Taken> {
  const full = admit(door, visit);
  if (full !== undefined) return answered(decline(door, visit, full));
  place.hold();
  const judge = door.authenticator();
  const refused = await prove(door, visit);
  if (refused !== undefined) return answered(refused);
  // A body that came with its headers is taken within this turn, although node says only later that it is complete.
  let late = false;
  setImmediate(() => (late = true));
  const taken = await take(door, visit, form);
  if (taken.kind === "reply" || (!late && judge === door.authenticator() && !visit.line.outdated))
    return taken;
  // The body may have taken half a minute, and whoever began to send it may be nobody by now.
  const gone = visit.line.outdated ? decline(door, visit, OUTDATED) : await prove(door, visit);
  return gone === undefined ? taken : answered(gone);
}

/** Takes a place only with its body: else whoever sends none could take them all without being known. */
async function unknown(door: OpenedDoor, visit: Visit, place: Place, form: Route["body"]): Promise<Taken> {
  const closed = admit(door, visit);
  if (closed !== undefined) return answered(decline(door, visit, closed));
  const taken = await take(door, visit, form, OPEN_BODY_MS);
  if (taken.kind === "reply") return taken;
  const full = admit(door, visit);
  if (full !== undefined) return answered(decline(door, visit, full));
  if (!HEALTH_PATHS.includes(visit.path)) place.hold();
  return taken;
}

async function take(door: OpenedDoor, visit: Visit, form: Route["body"], millis?: number): Promise<Taken> {
  const maxBytes = door.inForce().config.max_body_bytes;
  const body = await readBody(visit.request, form, { maxBytes, millis });
  if (body.kind === "body") return body;
  return answered(body.kind === "gone" ? NOBODY : decline(door, visit, body.declined));
}

function answered(reply: Reply): Taken {
  return { kind: "reply", reply };
}

const OUTDATED: Declined = {
  status: 401,
  refusal: refusal("auth_invalid", "certificates are read anew: connect again"),
};

/** Health is answered in any state: that is when it is asked for. */
function admit({ state, inForce }: OpenedDoor, { path }: Visit): Declined | undefined {
  if (HEALTH_PATHS.includes(path)) return undefined;
  if (state.halted) return UNAVAILABLE;
  return state.draining || state.inflight >= inForce().config.max_inflight ? BUSY : undefined;
}

const BUSY: Declined = {
  status: 503,
  refusal: retryable(refusal("server_busy", "too many requests are in flight"), 1),
};
/** Goes nowhere: the connection is gone. */
const NOBODY: Reply = { status: 499, headers: {} };

/** Sets the visit's principal, or says why there is none. */
async function prove(door: OpenedDoor, visit: Visit): Promise<Reply | undefined> {
  const { socket, rawHeaders } = visit.request;
  const { channel = "network", address = "unknown", proxied = false } = visit.peer ?? {};
  const found = await door.authenticator().authenticate({
    channel,
    address,
    proxied,
    authorization: valuesOf(rawHeaders, "authorization"),
    certificate: clientCertificate(socket),
    clientSubject: valuesOf(rawHeaders, "x-countersign-client-subject"),
  });
  if (found.ok) {
    visit.principal = found.principal;
    return undefined;
  }
  const { status, refusal: said, challenge } = found;
  const headers = challenge === undefined ? {} : { "www-authenticate": challenge };
  return decline(door, visit, { status, refusal: said, headers }, true);
}

function handle(
  { access, route }: Served,
  visit: Visit,
  body: unknown,
  signal: AbortSignal,
): Promise<Reply | undefined> {
  const { request, response, id, path, query, correlation, principal, peer } = visit;
  const { method = "", headers } = request;
  const raw = { request, response };
  const address = peer?.address ?? "unknown";
  const exchange: Omit<Exchange, "principal"> = {
    id,
    address,
    correlation,
    method,
    path,
    query,
    headers,
    body,
    signal,
    raw,
  };
  if (access === "open") return route.handler({ ...exchange, address });
  if (principal === undefined) throw new TypeError("a route without a principal");
  return route.handler({ ...exchange, principal });
}

/** A throw is a no: of the storage for everybody and for good, of anything else for this request. */
function troubled(door: OpenedDoor, visit: Visit, error: unknown): Reply {
  if (isStorage(error)) return refusedReply(storageFailed(door, error), visit.path);
  door.log.error({ error, id: visit.id, route: visit.route }, "a request failed");
  return decline(door, visit, { status: 500, refusal: refusal("internal", "something failed inside") });
}

async function leave(door: OpenedDoor, visit: Visit, reply: Reply): Promise<void> {
  const { request, response, line } = visit;
  dress(door, visit);
  const last = line.condemned || door.state.draining;
  await send(reply, { request, response, last, patienceMillis: door.http.request_timeout_seconds * 1000 });
}

/** What every answer carries, also one that a handler writes by itself. */
function dress({ inForce }: OpenedDoor, { request, response, id, correlation }: Visit): void {
  if (response.headersSent) return;
  const [origin] = valuesOf(request.rawHeaders, "origin");
  const echo = correlation === undefined ? {} : { "x-correlation-id": correlation };
  const headers = { ...standingHeaders(id), ...echo, ...corsHeaders(origin, inForce().names) };
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
}

function isEvents({ body, headers }: Reply): boolean {
  const type = Object.entries(headers).find(([name]) => name.toLowerCase() === "content-type")?.[1] ?? "";
  return body instanceof ReadableStream && type.startsWith("text/event-stream");
}

function split(url: string): readonly [string, string] {
  const at = url.indexOf("?");
  return at === -1 ? [url, ""] : [url.slice(0, at), url.slice(at + 1)];
}
