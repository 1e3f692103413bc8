// One request on its way through the door, what is known of it so far, and how it is refused.
import type { IncomingMessage, ServerResponse } from "node:http";
import { CountersignError } from "../../core/base/failure.ts";
import { refusal, retryable } from "../../core/base/refusal.ts";
import type { Principal } from "../../core/identity/principal.ts";
import { refusedReply } from "./answer.ts";
import { hasBody } from "./body.ts";
import type { Reply } from "./exchange.ts";
import type { Connections } from "./connections.ts";
import type { Bound, Names } from "./guard.ts";
import type { Line, Lines } from "./lines.ts";
import type { Attempt, Declined, DoorConfig, DoorParts } from "./parts.ts";
import type { Peer, Proxies } from "./peer.ts";
import type { Served } from "./routes.ts";

/** The door as it stands open. */
export interface OpenedDoor extends DoorParts {
  readonly bound: Bound;
  readonly lines: Lines;
  readonly connections: Connections;
  readonly served: readonly Served[];
  readonly inForce: () => { readonly config: DoorConfig; readonly names: Names; readonly proxies: Proxies };
  readonly state: {
    inflight: number;
    /** Closing: what runs may end, nothing begins. */
    draining: boolean;
    /** The log could not be written: from then on nothing is let in, even if the next write seems to work. */
    halted: boolean;
  };
}

export interface Visit {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly line: Line;
  readonly id: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** Known once the step that finds it out is passed. */
  peer?: Peer;
  route?: string;
  correlation?: string;
  principal?: Principal;
}

/** A refusal that is told to the caller, and recorded unless its address has had its share of entries. */
export function decline(door: OpenedDoor, visit: Visit, declined: Declined, proving = false): Reply {
  if (hasBody(visit.request) && !visit.request.readableEnded)
    visit.line.condemned = visit.line.severed = true;
  return refusedReply(recorded(door, attemptOf(visit), declined, proving), visit.path);
}

/**
 * Records a refusal and hands it back; or the one that takes its place. `proving`: the caller failed to prove who it
 * is, and guessing goes on only as fast as the meter lets it.
 */
export function recorded(door: OpenedDoor, attempt: Attempt, declined: Declined, proving: boolean): Declined {
  const { status, refusal: said } = declined;
  if (door.state.halted) return UNAVAILABLE;
  const { suppressed, retrySeconds } = door.meter.failed(attempt.address);
  if (suppressed) {
    if (!proving || status === 503 || retrySeconds === 0) return declined;
    return {
      status: 429,
      refusal: retryable(refusal("rate_address", "too many failed attempts"), retrySeconds),
    };
  }
  door.log.info({ id: attempt.session, status, code: said.code, ref: said.ref }, "refused at the door");
  try {
    door.record(said, status, attempt);
    return declined;
  } catch (error) {
    return storageFailed(door, error);
  }
}

export const UNAVAILABLE: Declined = {
  status: 503,
  refusal: refusal("limiter_unavailable", "nobody is let in while the storage cannot be used"),
};

/** Audit or deny. */
export function storageFailed(door: OpenedDoor, error: unknown): Declined {
  door.state.halted = true;
  door.log.error({ error }, "the door cannot record");
  door.fatal(
    isStorage(error)
      ? error
      : new CountersignError("storage", "a refusal could not be recorded", { cause: error }),
  );
  return UNAVAILABLE;
}

export function isStorage(error: unknown): error is CountersignError {
  return error instanceof CountersignError && error.code === "storage";
}

function attemptOf({ id, peer, request, route, correlation, principal }: Visit): Attempt {
  return {
    session: id,
    address: peer?.address ?? "unknown",
    method: request.method,
    route,
    correlation,
    principal: principal?.name,
    credential: principal?.credential,
  };
}
