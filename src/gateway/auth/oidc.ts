// JWTs of one OIDC issuer: which are believed, as whom, and until when (RFC 7519, RFC 8725, RFC 9068).
import { decodeProtectedHeader, errors, type JWTPayload, jwtVerify } from "jose";
import { type Digest, sha256 } from "../../core/base/digest.ts";
import { CountersignError } from "../../core/base/failure.ts";
import { accept, printable, refuse, type Result, retryable } from "../../core/base/refusal.ts";
import type { Clock } from "../../core/base/time.ts";
import type { Config } from "../../core/config/schema.ts";
import { type Reread, rereading } from "../../io/file/reread.ts";
import { openOutbound } from "../../io/http/outbound.ts";
import { fetchedKeys, fileKeys, type KeySet, type KeySource, MAX_KEYS_BYTES } from "./oidc-keys.ts";

type Oidc = Config["auth"]["oidc"];

export interface Verified {
  /** Value of auth.oidc.subject_claim; [[principals]] names it as oidc:<subject>. */
  readonly subject: string;
  /** Milliseconds since 1970. */
  readonly expires: number;
  /** For the log: SHA-256 of what was signed. Of the token it would have many values, as some signatures can be rewritten. */
  readonly id: Digest;
}

export interface JwtVerifier {
  /** Refusals are auth_invalid and auth_expired, and never repeat any of the token. Never throws for what it is given. */
  verify(token: string): Promise<Result<Verified>>;
}

export interface JwtParts {
  readonly clock: Clock;
  /** Instead of the outbound door: the bytes behind auth.oidc.jwks_url. */
  readonly fetchKeys?: (url: string) => Promise<Uint8Array>;
  /** Instead of the file auth.oidc.jwks_file. */
  readonly readKeys?: () => Reread;
}

/** A request header is no longer than this either. */
const MAX_TOKEN_CHARS = 8192;
/** Verified tokens that are remembered, so that a signature is not checked for every request. */
const MAX_REMEMBERED = 1024;
const FETCH_MS = 5000;

/** Throws `config_invalid` when the configuration leaves out what keeps another server's tokens out. */
export function openJwtVerifier(oidc: Oidc, parts: JwtParts): JwtVerifier {
  if (oidc.issuer === "" || oidc.audience === "" || oidc.algorithms.length === 0)
    throw new CountersignError("config_invalid", "auth.oidc needs issuer, audience and algorithms");
  const source = keySource(oidc, parts);
  const remembered = new Map<Digest, { readonly keys: Digest; readonly verified: Verified }>();
  const learn = (token: Digest, keys: Digest, verified: Verified): void => {
    remembered.delete(token);
    remembered.set(token, { keys, verified });
    const [oldest] = remembered.keys();
    if (remembered.size > MAX_REMEMBERED && oldest !== undefined) remembered.delete(oldest);
  };
  return {
    async verify(token) {
      if (token.length > MAX_TOKEN_CHARS) return invalid(`is longer than ${MAX_TOKEN_CHARS} characters`);
      const digest = sha256(token);
      const keys = await source.current();
      const known = remembered.get(digest);
      if (known !== undefined && known.keys === keys?.id && parts.clock() < known.verified.expires)
        return accept(known.verified);
      const result = await check(token, oidc, parts.clock(), source, keys);
      if (result.ok) learn(digest, result.value.keys, result.value.verified);
      return result.ok ? accept(result.value.verified) : result;
    },
  };
}

function keySource(oidc: Oidc, { clock, fetchKeys, readKeys }: JwtParts): KeySource {
  const { jwks_file: file, jwks_url: url } = oidc;
  if (file !== "") return fileKeys(readKeys ?? rereading(file, MAX_KEYS_BYTES));
  const host = URL.parse(url)?.hostname.replace(/^\[|\]$/g, "");
  if (host === undefined)
    throw new CountersignError("config_invalid", "auth.oidc needs jwks_file or jwks_url");
  const door = openOutbound({ allowedHosts: [host], timeoutMs: FETCH_MS, maxBytes: MAX_KEYS_BYTES });
  const fetch = fetchKeys ?? ((at: string): Promise<Uint8Array> => door.get(at));
  return fetchedKeys(() => fetch(url), clock);
}

type Checked = Result<{ readonly keys: Digest; readonly verified: Verified }>;

/** The keys are looked at again once, when none of them fits: the issuer may have a new one. */
async function check(
  token: string,
  oidc: Oidc,
  now: number,
  source: KeySource,
  keys: KeySet | undefined,
): Promise<Checked> {
  const why = headerFault(token);
  if (why !== undefined) return invalid(why);
  if (keys === undefined) return unavailable();
  const first = await verifyWith(token, oidc, now, keys);
  if (first !== "no key") return first;
  const newer = await source.newer();
  if (newer === undefined) return unavailable();
  const second = newer.id === keys.id ? first : await verifyWith(token, oidc, now, newer);
  return second === "no key" ? invalid("names a key that the issuer does not have") : second;
}

/** What can be said before any key is looked for; afterwards the same words are covered by the signature. */
function headerFault(token: string): string | undefined {
  try {
    const { typ } = decodeProtectedHeader(token);
    // RFC 8725 §3.11: logout, refresh and other tokens of the same issuer say here what they are. It may be left out.
    const kind = typ === undefined ? "jwt" : mediaType(typ);
    return kind === "jwt" || kind === "at+jwt" ? undefined : "is of a type that is no access token";
  } catch {
    return "is no JWT";
  }
}

/** The sender wrote it: a text only by convention. RFC 7515 §4.1.9 lets application/ be left out. */
function mediaType(typ: unknown): string {
  return typeof typ === "string" ? typ.toLowerCase().replace(/^application\//, "") : "";
}

async function verifyWith(token: string, oidc: Oidc, now: number, keys: KeySet): Promise<Checked | "no key"> {
  try {
    // Keys come from the set and from nowhere else: jwk, jku, x5u and x5c of the header are the sender's own words.
    const { payload } = await jwtVerify(token, keys.find, {
      issuer: oidc.issuer,
      audience: oidc.audience,
      algorithms: [...oidc.algorithms],
      requiredClaims: ["exp"],
      clockTolerance: oidc.clock_skew_seconds,
      currentDate: new Date(now),
    });
    const verified = verifiedOf(token, payload, oidc, now);
    return verified.ok ? accept({ keys: keys.id, verified: verified.value }) : verified;
  } catch (error) {
    if (error instanceof errors.JWKSNoMatchingKey) return "no key";
    if (error instanceof errors.JWTExpired) return refuse("auth_expired", "the token has expired");
    if (error instanceof errors.JWTClaimValidationFailed)
      return invalid(`has a claim ${printable(error.claim)} that is missing or not accepted`);
    if (error instanceof errors.JOSEAlgNotAllowed)
      return invalid("is signed with an algorithm that is not accepted");
    // Whatever else happened, the signature was not established.
    return invalid("is not signed by the issuer");
  }
}

/** Claims that only ID tokens and logout tokens carry: they tell a client something, and are no permission to call. */
const OTHER_KINDS = ["at_hash", "c_hash", "events"];
const MAX_SUBJECT = 256;

function verifiedOf(token: string, payload: JWTPayload, oidc: Oidc, now: number): Result<Verified> {
  const { iat, exp } = payload;
  if (iat !== undefined && iat * 1000 > now + oidc.clock_skew_seconds * 1000)
    return invalid("has a claim iat that is missing or not accepted");
  if (OTHER_KINDS.some((claim) => Object.hasOwn(payload, claim))) return invalid("is no access token");
  const subject = payload[oidc.subject_claim];
  if (
    typeof subject !== "string" ||
    subject === "" ||
    subject.length > MAX_SUBJECT ||
    printable(subject) !== subject
  )
    return invalid(`has a claim ${oidc.subject_claim} that is missing or not accepted`);
  const expires = Math.min((exp ?? 0) * 1000, Number.MAX_SAFE_INTEGER);
  return accept({ subject, expires, id: sha256(token.slice(0, token.lastIndexOf("."))) });
}

function invalid(why: string): { ok: false; refusal: ReturnType<typeof retryable> } {
  return refuse("auth_invalid", `the token ${why}`);
}

const PAUSE_SECONDS = 30;

function unavailable(): { ok: false; refusal: ReturnType<typeof retryable> } {
  const { refusal } = refuse(
    "auth_invalid",
    "the issuer's keys cannot be read, so no token of it is accepted",
  );
  return { ok: false, refusal: retryable(refusal, PAUSE_SECONDS) };
}
