// Bearer tokens: their form, what is kept of one, and what it allows; the token itself is kept by nobody but its bearer.
import { z } from "zod";
import { pseudonymSchema } from "../audit/subject.ts";
import { type Digest, digestSchema, sha256 } from "../base/digest.ts";
import { isGlob } from "../base/glob.ts";
import { type Instant, instant, instantSchema, millisOf } from "../base/time.ts";
import { entryNamed, principalNameSchema } from "./principal.ts";
import { lanes, narrowed, roles, type ScopeWords, toolNames, toolsOf } from "./scope.ts";

/** Random bytes of one token: 8 for its id, 32 for its secret. */
export const TOKEN_BYTES = 40;

/** Tokens that operators make themselves are at least this long, in characters. */
export const MIN_TOKEN_CHARS = 32;

const TOKEN_PREFIX = "cst_";
const FORM = /^cst_([0-9a-f]{16})_[A-Za-z0-9_-]{43}$/;

const idSchema = z.string().regex(/^[0-9a-f]{16}$/, "must be 16 hexadecimal characters");

/** What a token allows; `null` restricts nothing beyond the roles. Narrowed further by the principal of the same name. */
export const grantSchema = z.strictObject({
  roles: z.array(z.enum(roles)).min(1).max(roles.length).readonly(),
  tools: z.array(z.enum(toolNames)).max(toolNames.length).readonly().nullable(),
  paths: z
    .array(z.string().refine(isGlob, "is not a glob (use *, **, ?, {a,b})"))
    .min(1)
    .max(100)
    .readonly()
    .nullable(),
  lane: z.enum(lanes),
  per_minute: z.int().min(1).nullable(),
  per_hour: z.int().min(1).nullable(),
  max_pending: z.int().min(1).nullable(),
});
export type Grant = Readonly<z.infer<typeof grantSchema>>;

/** A token as it is kept: its digest, never itself. */
export const credentialSchema = z.strictObject({
  /** Also the part of the token that is no secret. */
  id: idSchema,
  kind: z.enum(["bearer", "access", "refresh"]),
  /** A pseudonym once its bearer was erased; it was revoked before. */
  principal: z.union([principalNameSchema, pseudonymSchema]),
  /** [[principals]] had an entry of this name when the token was issued: without one it stands for nobody any more. */
  bound: z.boolean(),
  /** All tokens that come from one `token issue`: one reused refresh token revokes them all. */
  family: idSchema,
  sha256: digestSchema,
  grant: grantSchema,
  /** When the life began that auth.max_token_days is counted from: a token that was exchanged hands it on. */
  began: instantSchema,
  created: instantSchema,
  expires: instantSchema,
  /** No token of the family lives longer. */
  ends: instantSchema,
  /** When a refresh token was exchanged; presenting it again is theft. */
  used: instantSchema.nullable(),
  revoked: instantSchema.nullable(),
});
export type Credential = Readonly<z.infer<typeof credentialSchema>>;

const DAY_MS = 86_400_000;

/**
 * The token as it holds under auth.max_token_days: it ends so many days behind where its life began at the latest, also
 * when it was issued for longer. The store keeps the ends that it was issued with.
 */
export function capped(credential: Credential, maxTokenDays: number): Credential {
  const latest = instant(millisOf(credential.began) + maxTokenDays * DAY_MS);
  const earlier = (end: Instant): Instant => (end < latest ? end : latest);
  return { ...credential, expires: earlier(credential.expires), ends: earlier(credential.ends) };
}

/** Whether the token was issued for an entry of [[principals]] that is gone: then it stands for nobody. */
export function isOrphan(
  { bound, principal }: Credential,
  entries: readonly { readonly name: string }[],
): boolean {
  return bound && entryNamed(entries, principal) === undefined;
}

export interface Minted {
  readonly id: string;
  /** `cst_<16 hexadecimal>_<43 base64url>`: to be shown once and forgotten. */
  readonly token: string;
  readonly sha256: Digest;
}

/** A new token from `TOKEN_BYTES` bytes of a cryptographic random source. */
export function mintToken(random: Uint8Array): Minted {
  if (random.length !== TOKEN_BYTES) throw new RangeError(`a token takes ${TOKEN_BYTES} random bytes`);
  const id = Buffer.from(random.subarray(0, 8)).toString("hex");
  const token = `${TOKEN_PREFIX}${id}_${Buffer.from(random.subarray(8)).toString("base64url")}`;
  return { id, token, sha256: sha256(token) };
}

/** The id in a token of ours, or undefined when the text is none. */
export function tokenId(token: string): string | undefined {
  return FORM.exec(token)?.[1];
}

/** The part of `whole` that a grant allows: never more than either. */
export function grantedWords(whole: ScopeWords, grant: Grant): ScopeWords {
  const { tools, paths } = grant;
  const unlimited = Number.MAX_SAFE_INTEGER;
  return narrowed(whole, {
    roles: grant.roles,
    tools: toolsOf(grant.roles).filter((tool) => tools === null || tools.includes(tool)),
    paths: paths === null ? [] : [paths],
    lane: grant.lane,
    limits: {
      perMinute: grant.per_minute ?? unlimited,
      perHour: grant.per_hour ?? unlimited,
      maxPending: grant.max_pending ?? unlimited,
    },
    budget: whole.budget,
  });
}
