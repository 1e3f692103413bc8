// auth.mode = "bearer_token": issued tokens, an issuer's JWTs, and tokens that operators made, all compared as digests.
import { timingSafeEqual } from "node:crypto";
import { utf8 } from "../../core/base/bytes.ts";
import { type Digest, sha256 } from "../../core/base/digest.ts";
import { accept, refuse, type Result } from "../../core/base/refusal.ts";
import { type Clock, instant } from "../../core/base/time.ts";
import { secretFault } from "../../core/config/rules-secret.ts";
import type { PrincipalEntry } from "../../core/config/schema-doors.ts";
import type { Principal } from "../../core/identity/principal.ts";
import { capped, tokenId } from "../../core/identity/token.ts";
import type { Store } from "../../io/store/store.ts";
import type { Authenticator } from "./authenticate.ts";
import { answered, type Challenge, denied } from "./answers.ts";
import type { JwtVerifier } from "./oidc.ts";
import type { Directory } from "./principals.ts";

/** A token that the configuration names, by digest or by reference, and the entry that it stands for. */
export interface KnownToken {
  readonly sha256: Digest;
  readonly entry: PrincipalEntry;
}

export interface BearerParts {
  readonly directory: Directory;
  readonly store: Pick<Store, "credential">;
  readonly known: readonly KnownToken[];
  readonly jwt: Pick<JwtVerifier, "verify"> | undefined;
  readonly clock: Clock;
  /** auth.max_token_days. */
  readonly maxTokenDays: number;
  readonly challenge: Challenge;
}

const MAX_HEADER_BYTES = 8192;
/** RFC 6750 §2.1, with the scheme in any case (RFC 9110 §11.1). */
const HEADER = /^bearer +([A-Za-z0-9._~+/-]+=*)$/i;
const JWT = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*$/;

/** Compared with when there is no such token, so that the time says nothing about which ids exist. */
const NOBODY = "0".repeat(64) as Digest;

export function bearerTokens(parts: BearerParts): Authenticator {
  return {
    async authenticate({ authorization }) {
      const token = readHeader(authorization);
      if (!token.ok) return denied(token.refusal, parts.challenge);
      return answered(await principalOf(parts, token.value), parts.challenge);
    },
  };
}

/** What is wrong is said without a word of what was sent. */
function readHeader(sent: readonly string[]): Result<string> {
  const [header, ...more] = sent;
  if (header === undefined) return refuse("auth_missing", "there is no Authorization header");
  if (more.length > 0) return refuse("auth_malformed", "there is more than one Authorization header");
  if (utf8(header).length > MAX_HEADER_BYTES)
    return refuse("auth_malformed", `the Authorization header is longer than ${MAX_HEADER_BYTES} bytes`);
  const token = HEADER.exec(header)?.[1];
  return token === undefined
    ? refuse("auth_malformed", "the header is not Bearer and one token")
    : accept(token);
}

async function principalOf(parts: BearerParts, token: string): Promise<Result<Principal>> {
  const id = tokenId(token);
  if (id !== undefined) return issued(parts, id, token);
  if (parts.jwt !== undefined && JWT.test(token)) {
    const verified = await parts.jwt.verify(token);
    if (!verified.ok) return verified;
    const { subject, id: signed } = verified.value;
    return parts.directory.bySubject([`oidc:${subject}`], `jwt:${signed.slice(0, 16)}`);
  }
  return configured(parts, token);
}

function issued(
  { store, directory, clock, maxTokenDays }: BearerParts,
  id: string,
  token: string,
): Result<Principal> {
  const kept = store.credential(id);
  const fits = equal(sha256(token), kept?.sha256 ?? NOBODY);
  // A refresh token is only good for being exchanged: it lives longer, and is shown to one address of ours alone.
  if (kept === undefined || !fits || kept.kind === "refresh")
    return refuse("auth_invalid", "the token is not one of ours");
  if (kept.revoked !== null) return refuse("auth_revoked", "the token was revoked");
  if (capped(kept, maxTokenDays).expires <= instant(clock()))
    return refuse("auth_expired", "the token has expired");
  return directory.byToken(kept);
}

/** All are compared, also behind the one that fits. */
function configured({ known, directory }: BearerParts, token: string): Result<Principal> {
  // A digest does not show what it is of, so whether that is a secret can only be seen where it is presented.
  if (secretFault(token) !== undefined)
    return refuse("auth_invalid", "the token is too short, too simple or too well known to prove anything");
  const digest = sha256(token);
  const fitting = known.filter((one) => equal(one.sha256, digest));
  const [found] = fitting;
  if (found === undefined) return refuse("auth_invalid", "the token is not one of ours");
  return directory.byEntry(found.entry, `token-sha256:${digest.slice(0, 16)}`);
}

function equal(one: Digest, other: Digest): boolean {
  return timingSafeEqual(utf8(one), utf8(other));
}
