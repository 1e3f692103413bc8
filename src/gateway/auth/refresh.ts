// The token endpoint: a refresh token is exchanged for a new pair, once; shown a second time it ends its family.
import { timingSafeEqual } from "node:crypto";
import { z } from "zod";
import type { AuditEvent, AuditNote } from "../../core/audit/entry.ts";
import { utf8 } from "../../core/base/bytes.ts";
import { sha256 } from "../../core/base/digest.ts";
import type { Reason } from "../../core/base/reason.ts";
import type { Refusal } from "../../core/base/refusal.ts";
import { type Clock, instant, millisOf } from "../../core/base/time.ts";
import type { Config } from "../../core/config/schema.ts";
import {
  capped,
  type Credential,
  mintToken,
  type Minted,
  TOKEN_BYTES,
  tokenId,
} from "../../core/identity/token.ts";
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
  /** Why nobody is answered anything now. */
  readonly stopped: () => Refusal | undefined;
}

/** Wrong secrets by token and address (features I16). */
const FAILURES = 5;
const WINDOW = 15 * 60_000;

/** Exchanges of one family in an hour: each leaves rows and entries for good. More only where access tokens live short. */
const EXCHANGES = 10;
const HOUR = 3600;
/** Of operators' making, and each is counted only behind a right secret. */
const MAX_FAMILIES = 16_384;

/** Further parameters are ignored, as OAuth requires (draft-ietf-oauth-v2-1-13 §3.2). */
const formSchema = z.object({ grant_type: z.string(), refresh_token: z.string().max(8192).optional() });

/** POST /token with `grant_type=refresh_token&refresh_token=…` (OAuth 2.1 §4.3); needs no other proof. */
export function tokenRoute(parts: RefreshParts): OpenRoute {
  const { clock } = parts;
  const attempts = openAttempts({ limit: FAILURES, windowMillis: WINDOW, clock });
  const exchanges = openAttempts({
    limit: () => Math.max(EXCHANGES, 2 * Math.ceil(HOUR / parts.config().auth.access_seconds)),
    windowMillis: HOUR * 1000,
    clock,
    maxKeys: MAX_FAMILIES,
  });
  return {
    path: "/token",
    methods: ["POST"],
    body: "form",
    handler: (exchange) => Promise.resolve(answer({ ...parts, attempts, exchanges }, exchange)),
  };
}

type Opened = RefreshParts & { readonly attempts: Attempts; readonly exchanges: Attempts };
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
  const old = id === undefined ? undefined : parts.store.credential(id);
  // Ids that anybody can make up are a matter of the address alone: counted by themselves, they would crowd out the rest.
  if (old === undefined) return failed(parts, asked, "auth_invalid", "invalid_grant");
  // Whoever guesses at a token must not be able to keep its owner waiting.
  if (!timingSafeEqual(utf8(old.sha256), utf8(sha256(token)))) return guessed(parts, asked, old);
  // Behind the proof, like every call. Nothing is used up: the same token is exchanged when the incident is closed.
  const stopped = old.used === null ? parts.stopped() : undefined;
  if (stopped !== undefined) return frozen(parts, asked, stopped, old);
  // One that was exchanged already is a theft, whatever the hour holds.
  const wait = old.used === null ? parts.exchanges.wait(old.family) : 0;
  if (wait > 0) return throttled(parts, asked, "rate_calls", wait, old);
  const { expires } = capped(old, parts.config().auth.max_token_days);
  // One that was used goes on to the store, which ends its family whatever its age.
  if (old.used === null && expires <= instant(parts.clock()))
    return failed(parts, asked, "auth_expired", "invalid_grant");
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
  if (refreshed.kind === "refreshed") {
    parts.exchanges.add(old.family);
    return granted(parts, access, refresh, credentials);
  }
  // The reuse has its entries already.
  return refreshed.kind === "reused"
    ? oauthError(400, "invalid_grant")
    : failed(parts, asked, "auth_invalid", "invalid_grant");
}

/** Another secret under an id that exists. */
function guessed(parts: Opened, asked: Asked, { id }: Credential): Reply {
  const key = `${id} ${sourceOf(asked.address)}`;
  const wait = parts.attempts.wait(key);
  if (wait > 0) return throttled(parts, asked, "rate_address", wait);
  parts.attempts.add(key);
  return failed(parts, asked, "auth_invalid", "invalid_grant");
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
  const { access_seconds, refresh_seconds, max_token_days } = config().auth;
  const ends = millisOf(capped(old, max_token_days).ends);
  const make = ({ id, sha256: digest }: Minted, kind: Credential["kind"], seconds: number): Credential => {
    const expires = instant(Math.min(now + seconds * 1000, ends));
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
  if (retrySeconds > 0) return oauthError(429, "slow_down", retrySeconds);
  if (!suppressed) parts.store.record(noteOf(asked, "access.refused", { reason, status: 400 }));
  return oauthError(400, error);
}

function throttled(parts: Opened, asked: Asked, reason: Reason, wait: number, old?: Credential): Reply {
  const { suppressed } = parts.failures.failed(asked.address);
  if (!suppressed) parts.store.record(noteOf(asked, "access.refused", { reason, status: 429 }, old));
  return oauthError(429, "slow_down", wait);
}

/** An incident stops everything: 503 like a call, in OAuth's own form. */
function frozen(parts: Opened, asked: Asked, { code, message }: Refusal, old: Credential): Reply {
  const { suppressed, retrySeconds } = parts.failures.failed(asked.address);
  if (retrySeconds > 0) return oauthError(429, "slow_down", retrySeconds);
  if (!suppressed) parts.store.record(noteOf(asked, "access.refused", { reason: code, status: 503 }, old));
  return json(503, { error: "temporarily_unavailable", error_description: `${code}: ${message}` });
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
