// The oldest protocol revision that is served; whoever does not show a newer one is refused, not negotiated with.
import {
  type JSONRPCMessage,
  ProtocolErrorCode,
  SUPPORTED_PROTOCOL_VERSIONS,
} from "@modelcontextprotocol/server";
import { type Refusal, refusal } from "../../core/base/refusal.ts";
import { protocolRevisions } from "../../core/config/schema-doors.ts";
import { member } from "./message.ts";

export type Revision = (typeof protocolRevisions)[number];

/** JSON-RPC code of revision 2026-07-28 for a revision that is not served. */
export const UNSUPPORTED_REVISION: number = ProtocolErrorCode.UnsupportedProtocolVersion;

/** What a request over HTTP without an MCP-Protocol-Version header speaks (2025-11-25, transports). */
export const ASSUMED_REVISION = "2025-03-26";

const CLAIM = "io.modelcontextprotocol/protocolVersion";
const LOWEST: Revision = protocolRevisions[0];

/** Revisions are dates, so text order is their order. */
function servedRevisions(floor: Revision): readonly Revision[] {
  return protocolRevisions.filter((revision) => revision >= floor);
}

/** What a handshake may end with, the newest first; only the handshake of the revisions before 2026-07-28 asks. */
export function negotiable(floor: Revision): string[] {
  const legacy = SUPPORTED_PROTOCOL_VERSIONS.filter((revision) => revision >= floor);
  return legacy.length > 0 ? legacy : [...SUPPORTED_PROTOCOL_VERSIONS];
}

/** The refusal of a request that speaks `revision`; undefined when it may pass. */
export function belowFloor(revision: string | undefined, floor: Revision): Refusal | undefined {
  // What is no date is a revision that nobody knows: whoever answers then says what it speaks, and that is served.
  const older = revision === undefined || (/^\d{4}-\d{2}-\d{2}$/.test(revision) && revision < floor);
  if (!older || floor === LOWEST) return undefined;
  const said = revision === undefined ? "no revision was agreed on" : `revision ${revision} is not served`;
  return refusal("protocol_floor", `${said}; the oldest is ${floor}`, "protocolVersion");
}

/** The refusal of an MCP-Protocol-Version header that names no revision: a handshake may, and is then answered with one that is served. */
export function unheardOf(header: string): Refusal | undefined {
  if (protocolRevisions.some((known) => known === header)) return undefined;
  return refusal("input_invalid", "there is no such protocol revision", "MCP-Protocol-Version");
}

/** `data` of the JSON-RPC error, as revision 2026-07-28 wants it, and the refusal. */
export function unsupported(said: Refusal, floor: Revision, requested: string | undefined): object {
  return {
    supported: servedRevisions(floor),
    ...(requested === undefined ? {} : { requested }),
    refusal: said,
  };
}

/** The revision that a message states about itself: the envelope of 2026-07-28, or the handshake before it. */
export function statedRevision(message: unknown): string | undefined {
  const params = member(message, "params");
  const claim = member(member(params, "_meta"), CLAIM);
  const stated =
    claim ?? (member(message, "method") === "initialize" ? member(params, "protocolVersion") : undefined);
  return typeof stated === "string" ? stated : undefined;
}

/** The floor of one connection, where the first message that states a revision counts for everything behind it. */
export interface Threshold {
  /** The refusal of a message that must not be delivered. */
  passes(message: JSONRPCMessage): Refusal | undefined;
}

export function openThreshold(floor: Revision): Threshold {
  let settled = false;
  return {
    passes(message) {
      const stated = statedRevision(message);
      if (stated === undefined && settled) return undefined;
      const below = belowFloor(stated, floor);
      // A probe settles nothing: a client may go on with the handshake of an older revision behind it.
      if (below === undefined && stated !== undefined)
        settled ||= member(message, "method") !== "server/discover";
      return below;
    },
  };
}
