// JWTs as an issuer makes them, and as somebody makes them who would like to be one; keys are of this run alone.
import { createHmac, generateKeyPairSync, type JsonWebKey, type KeyObject, sign } from "node:crypto";
import type { Config } from "../../src/core/config/schema.ts";
import { type JwtVerifier, openJwtVerifier } from "../../src/gateway/auth/oidc.ts";

export const ISSUER = "https://issuer.example";
export const AUDIENCE = "https://countersign.example/mcp";
export const NOW = Date.parse("2026-11-20T12:00:00.000Z");
export const SECONDS = NOW / 1000;
export type Oidc = Config["auth"]["oidc"];
type Claims = Readonly<Record<string, unknown>>;

interface Pair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}
const ec = (): Pair => generateKeyPairSync("ec", { namedCurve: "P-256" });
export const keys = {
  es: ec(),
  rs: generateKeyPairSync("rsa", { modulusLength: 2048 }),
  ed: generateKeyPairSync("ed25519"),
};
export const foreign = ec();
export const jwk = ({ publicKey }: Pair, kid: string, more: Claims = {}): JsonWebKey & Claims => ({
  ...publicKey.export({ format: "jwk" }),
  kid,
  ...more,
});
export const SET = [jwk(keys.es, "es"), jwk(keys.rs, "rs"), jwk(keys.ed, "ed")];

export const part = (value: unknown): string =>
  Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");
export const CLAIMS = {
  iss: ISSUER,
  aud: AUDIENCE,
  sub: "agent-7",
  iat: SECONDS - 10,
  nbf: SECONDS - 10,
  exp: SECONDS + 600,
};
export const claims = (changes: Claims = {}): Claims => ({ ...CLAIMS, ...changes });
export const without = (name: string): Claims =>
  Object.fromEntries(Object.entries(CLAIMS).filter(([key]) => key !== name));

export function es256(payload: unknown, header: Claims = {}, key: KeyObject = keys.es.privateKey): string {
  const input = `${part({ alg: "ES256", kid: "es", typ: "at+jwt", ...header })}.${part(payload)}`;
  return `${input}.${sign("sha256", Buffer.from(input), { key, dsaEncoding: "ieee-p1363" }).toString("base64url")}`;
}

export function rs256(header: Claims = {}): string {
  const input = `${part({ alg: "RS256", kid: "rs", typ: "JWT", ...header })}.${part(claims())}`;
  return `${input}.${sign("sha256", Buffer.from(input), keys.rs.privateKey).toString("base64url")}`;
}

export function hs256(secret: string | Buffer, header: Claims = {}): string {
  const input = `${part({ alg: "HS256", kid: "rs", typ: "at+jwt", ...header })}.${part(claims())}`;
  return `${input}.${createHmac("sha256", secret).update(input).digest("base64url")}`;
}

export const settings = (changes: Partial<Oidc> = {}): Oidc => ({
  issuer: ISSUER,
  audience: AUDIENCE,
  algorithms: ["EdDSA", "ES256", "RS256"],
  jwks_file: "keys.json",
  jwks_url: "",
  subject_claim: "sub",
  clock_skew_seconds: 30,
  ...changes,
});
export const bytes = (set: readonly unknown[]): Uint8Array => Buffer.from(JSON.stringify({ keys: set }));
export const openWith = (changes: Partial<Oidc> = {}, set: readonly unknown[] = SET): JwtVerifier => {
  const content = { ok: true as const, bytes: bytes(set) };
  return openJwtVerifier(settings(changes), { clock: () => NOW, readKeys: () => content });
};

/** The subject, or the code of the refusal; and nothing of the token in any of its words. */
export async function outcome(token: string, verifier = openWith()): Promise<string> {
  const result = await verifier.verify(token);
  if (result.ok) return result.value.subject;
  const words = JSON.stringify(result.refusal);
  for (const piece of [...token.split("."), "agent-7", "issuer.example"].filter((text) => text.length > 6))
    if (words.includes(piece)) throw new Error(`a refusal repeats ${piece}`);
  return result.refusal.code;
}
