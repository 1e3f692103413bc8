// Reasons at the door: who is calling, from where, how often, and whether the bytes are a request at all.
import type { ReasonEntry } from "./reason-entry.ts";

export const access = {
  auth_missing: {
    means: "Nobody proved who is calling.",
    fix: "Send Authorization: Bearer with a token from countersign token issue, or connect with a client certificate.",
  },
  auth_malformed: {
    means:
      "The proof cannot be read: two headers, another scheme, over 8192 bytes, or characters no token has.",
    fix: "Send exactly one header: Authorization: Bearer TOKEN.",
  },
  auth_invalid: {
    means: "The token or certificate is not one that is trusted here.",
    fix: "Ask the operator for a new one: countersign token issue.",
  },
  auth_expired: {
    means: "The token or certificate has expired.",
    fix: "Refresh it, or ask the operator for a new one.",
  },
  auth_revoked: {
    means: "The token or certificate was revoked.",
    fix: "Ask the operator for a new one.",
  },
  principal_unmapped: {
    means: "The caller is known, but no principal of the configuration stands for it.",
    fix: "The operator adds its subject to [[principals]]; countersign config explain principals shows how.",
  },
  unauthorized: {
    means: "The caller may not use this tool.",
    fix: "Use the tools of tools/list, or ask the operator for another role.",
  },
  lane_asserted: {
    means:
      "The proposal carries claims of its own, and none are taken from this caller (its lane, evidence.accept_claims).",
    fix: "Leave claims out; a signed envelope is no claim.",
  },
  address_blocked: {
    means: "The source address is not on the allow-list.",
    fix: "The operator adds it with countersign allowlist sync --add-cidr.",
  },
  allowlist_stale: {
    means: "The allow-list of source addresses is missing, damaged or too old, so nobody is let in.",
    fix: "The operator runs countersign allowlist sync; at least every 6 hours by a timer.",
  },
  host_refused: {
    means: "The Host header names another server (DNS rebinding ends here).",
    fix: "Use the server's own address; the operator lists further names in server.http.hosts.",
  },
  origin_refused: {
    means: "The request comes from a web page that is not allowed to send it.",
    fix: "The operator lists the page's origin in server.http.origins.",
  },
  request_malformed: {
    means: "The request is not one that two readers would read alike (headers, framing, JSON).",
    fix: "Send each header once and well-formed JSON; the message names what is wrong.",
  },
  media_type: {
    means: "The request's or the answer's content type is not one that is spoken here.",
    fix: "Send Content-Type: application/json and accept application/json (and text/event-stream on /mcp).",
  },
  body_too_large: {
    means: "The request's body exceeds server.http.max_body_bytes.",
    fix: "Split the change into smaller proposals.",
  },
  route_unknown: {
    means: "There is nothing at this address, or not for this method.",
    fix: "Use /mcp, /actions/<tool>, /healthz or /readyz.",
  },
  protocol_floor: {
    means: "The protocol revision is older than server.min_protocol.",
    fix: "Use a client that speaks a newer revision; the error lists those that are served.",
  },
  server_busy: {
    means: "As many requests are in flight as the server takes (server.http.max_inflight, max_streams).",
    fix: "Call again in a moment.",
  },
  rate_address: {
    means: "Too many failed attempts from this address.",
    fix: "Wait for the time given. Callers with a valid credential are not affected.",
  },
  limiter_unavailable: {
    means: "The storage of limits and revocations cannot be read, so nobody is let in.",
    fix: "The operator looks at the log; the server stops with exit code 74.",
  },
  budget_exhausted: {
    means: "The caller has used up its budget of calls, bytes or search time for this period ([budget]).",
    fix: "Wait for the next period, or ask the operator for more.",
  },
} as const satisfies Record<string, ReasonEntry>;
