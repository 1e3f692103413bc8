// How an authenticator says no: the status of each code, and the challenge that tells a client how to prove itself.
import { type Refusal, refusal, type Result } from "../../core/base/refusal.ts";
import type { Reason } from "../../core/base/reason.ts";
import type { Principal } from "../../core/identity/principal.ts";
import type { Authenticated } from "./authenticate.ts";

/** Value of WWW-Authenticate for an attempt that failed, or (undefined) for no attempt at all. */
export type Challenge = (failed: "invalid_token" | undefined) => string | undefined;

/**
 * RFC 6750 §3, with the pointer of RFC 9728 §5.1 to where tokens come from when an issuer is configured. `metadataUrl`
 * is ours, so it is quoted as it is.
 */
export function bearerChallenge(metadataUrl?: string): Challenge {
  return (failed) =>
    [
      'Bearer realm="countersign"',
      ...(failed === undefined ? [] : [`error="${failed}"`]),
      ...(metadataUrl === undefined ? [] : [`resource_metadata="${metadataUrl}"`]),
    ].join(", ");
}

/** Certificates are asked for in the handshake; HTTP has no scheme to ask for one. */
export const noChallenge: Challenge = () => undefined;

export function denied(said: Refusal, challenge: Challenge): Authenticated {
  const status = statusOf(said.code);
  if (status !== 401) return { ok: false, status, refusal: said };
  const failed = said.code === "auth_missing" ? undefined : "invalid_token";
  return { ok: false, status, refusal: said, challenge: challenge(failed) };
}

export function deny(code: Reason, message: string, challenge: Challenge): Authenticated {
  return denied(refusal(code, message), challenge);
}

export function answered(found: Result<Principal>, challenge: Challenge): Authenticated {
  return found.ok ? { ok: true, principal: found.value } : denied(found.refusal, challenge);
}

function statusOf(code: Reason): 401 | 403 | 503 {
  if (code === "principal_unmapped") return 403;
  // Whatever is not about the proof is about us: keys of an issuer that cannot be fetched, say.
  return code.startsWith("auth_") ? 401 : 503;
}
