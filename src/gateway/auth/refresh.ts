// The token endpoint: a refresh token is exchanged for a new pair, once; shown a second time it ends its family.
import { z } from "zod";
import type { AuditEvent, AuditNote } from "../../core/audit/entry.ts";
import { sha256 } from "../../core/base/digest.ts";
import type { Reason } from "../../core/base/reason.ts";
import { type Clock, instant, millisOf } from "../../core/base/time.ts";
import type { Config } from "../../core/config/schema.ts";
import { type Credential, mintToken, type Minted, TOKEN_BYTES, tokenId } from "../../core/identity/token.ts";
import type { Store } from "../../io/store/store.ts";
import type { OpenRoute, Reply } from "../http/exchange.ts";
import { type Attempts, openAttempts } from "./attempts.ts";
import { type FailureMeter, sourceOf } from "./meter.ts";

export interface RefreshParts {
  /** The configuration in force. */
  readonly config: () => Pick<Config, "auth">;
  readonly store: Pick<Store, "credential" | "refresh" | "record">;
  readonly clock: Clock;
  /** Cryptographic. */
  readonly random: (bytes: number) => Uint8Array;
  /** The same as the door's: failures here are failures to prove who is calling. */
  readonly failures: FailureMeter;
}

/** Failures by token and address (features I16). */
const FAILURES = 5;
const WINDOW = 15 * 60_000;

/** Further parameters are ignored, as OAuth requires (draft-ietf-oauth-v2-1-13 §3.2). */
const formSchema = z.object({ grant_type: z.string(), refresh_token: z.string().max(8192).optional() });

/** POST /token with `grant_type=refresh_token&refresh_token=…` (OAuth 2.1 §4.3); needs no other proof. */
export function tokenRoute(parts: RefreshParts): OpenRoute {
  const attempts = openAttempts({ limit: FAILURES, windowMillis: WINDOW, clock: parts.clock });
  return {
    path: "/token",
    methods: ["POST"],
    body: "form",
    handler: (exchange) => Promise.resolve(answer({ ...parts, attempts }, exchange)),
  };
}

type Opened = RefreshParts & { readonly attempts: Attempts };
type Asked = Pick<Parameters<OpenRoute["handler"]>[0], "body" | "address" | "id" | "correlation">;

function answer(parts: Opened, asked: Asked): Reply {
  const form = formSchema.safeParse(asked.body);
  if (!form.success) return failed(parts, asked, "request_malformed", "invalid_request");
  const { grant_type, refresh_token: token } = form.data;
  if (grant_type !== "refresh_token")
    return failed(parts, asked, "request_malformed", "unsupported_grant_type");
  if (token === undefined) return failed(parts, asked, "auth_missing", "invalid_request");
  return exchange(parts, asked, token);
}

function exchange(parts: Opened, asked: Asked, token: string): Reply {
  const id = tokenId(token);
  const key = `${id ?? ""} ${sourceOf(asked.address)}`;
  const wait = parts.attempts.wait(key);
  if (wait > 0) return throttled(parts, asked, wait);
  const old = id === undefined ? undefined : parts.store.credential(id);
  if (old === undefined) {
    parts.attempts.add(key);
    return failed(parts, asked, "auth_invalid", "invalid_grant");
  }
  const { access, refresh, credentials } = successors(parts, old);
  const note = (event: AuditEvent, data: AuditNote["data"] = {}): AuditNote =>
    noteOf(asked, event, data, old);
  const refreshed = parts.store.refresh(
    old.id,
    sha256(token),
    credentials,
    note("token.refreshed"),
    note("token.revoked", { reason: "reuse", family: old.family }),
  );
  if (refreshed.kind === "refreshed") return granted(parts, access, refresh, credentials);
  parts.attempts.add(key);
  // The reuse has its entries already.
  return refreshed.kind === "reused"
    ? oauthError(400, "invalid_grant")
    : failed(parts, asked, "auth_invalid", "invalid_grant");
}

interface Successors {
  readonly access: Minted;
  readonly refresh: Minted;
  readonly credentials: readonly Credential[];
}

/** Both allow what the old one allowed, and end with the family at the latest. */
function successors({ config, clock, random }: RefreshParts, old: Credential): Successors {
  const now = clock();
  const [access, refresh] = [mintToken(random(TOKEN_BYTES)), mintToken(random(TOKEN_BYTES))];
  const { access_seconds, refresh_seconds } = config().auth;
  const make = ({ id, sha256: digest }: Minted, kind: Credential["kind"], seconds: number): Credential => {
    const expires = instant(Math.min(now + seconds * 1000, millisOf(old.ends)));
    return { ...old, id, kind, sha256: digest, created: instant(now), expires, used: null, revoked: null };
  };
  const credentials = [make(access, "access", access_seconds), make(refresh, "refresh", refresh_seconds)];
  return { access, refresh, credentials };
}

function granted(
  { clock }: RefreshParts,
  access: Minted,
  refresh: Minted,
  [kept]: readonly Credential[],
): Reply {
  const expires = kept === undefined ? 0 : Math.floor((millisOf(kept.expires) - clock()) / 1000);
  return json(200, {
    access_token: access.token,
    token_type: "Bearer",
    expires_in: Math.max(0, expires),
    refresh_token: refresh.token,
  });
}

function failed(parts: Opened, asked: Asked, reason: Reason, error: string): Reply {
  const { suppressed, retrySeconds } = parts.failures.failed(asked.address);
  if (suppressed) return oauthError(429, "slow_down", retrySeconds);
  parts.store.record(noteOf(asked, "access.refused", { reason, status: 400 }));
  return oauthError(400, error);
}

function throttled(parts: Opened, asked: Asked, wait: number): Reply {
  const { suppressed } = parts.failures.failed(asked.address);
  if (!suppressed)
    parts.store.record(noteOf(asked, "access.refused", { reason: "rate_address", status: 429 }));
  return oauthError(429, "slow_down", wait);
}

function noteOf(
  { id, address, correlation }: Asked,
  event: AuditEvent,
  data: AuditNote["data"],
  old?: Credential,
): AuditNote {
  const actor = {
    principal: old?.principal ?? "anonymous",
    session: id,
    ...(old === undefined ? {} : { credential: `token:${old.id}` }),
    ...(correlation === undefined ? {} : { correlation }),
  };
  return { event, actor, data: { ...data, method: "POST", route: "/token", address } };
}

function oauthError(status: number, error: string, retrySeconds?: number): Reply {
  const retry = retrySeconds === undefined ? {} : { "retry-after": String(retrySeconds) };
  return json(status, { error }, retry);
}

/** RFC 6749 §5.1: what carries a token is stored by nobody on the way. */
function json(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Reply {
  return {
    status,
    headers: { "content-type": "application/json", "cache-control": "no-store", ...headers },
    body: JSON.stringify(body),
  };
}
