// Token confusion: every JWT that is not exactly one of the issuer's for us is refused, and no refusal repeats any of it.
import { generateKeyPairSync, sign } from "node:crypto";
import { describe, expect, test } from "vitest";
import { openJwtVerifier } from "../../../src/gateway/auth/oidc.ts";
import {
  AUDIENCE,
  claims,
  CLAIMS,
  es256,
  foreign,
  hs256,
  ISSUER,
  jwk,
  keys,
  NOW,
  type Oidc,
  openWith,
  outcome,
  part,
  rs256,
  SECONDS,
  SET,
  settings,
  without,
} from "../../support/jwt.ts";

describe("believed", () => {
  test.each([
    ["an access token by RFC 9068", es256(claims())],
    ["typ JWT", rs256()],
    ["no typ", es256(claims(), { typ: undefined })],
    ["typ as a whole media type", es256(claims(), { typ: "application/AT+JWT" })],
    ["several audiences", es256(claims({ aud: ["https://other.example", AUDIENCE] }))],
    ["no iat and no nbf", es256({ iss: ISSUER, aud: AUDIENCE, sub: "agent-7", exp: SECONDS + 1 })],
    ["expired within the skew", es256(claims({ exp: SECONDS - 29 }))],
    ["valid within the skew", es256(claims({ nbf: SECONDS + 30, iat: SECONDS + 30 }))],
    ["no kid, where only one key fits", es256(claims(), { kid: undefined })],
    [
      "headers with keys that nobody reads",
      es256(claims(), {
        jwk: jwk(foreign, "es"),
        jku: "https://evil.example",
        x5u: "https://evil.example",
        x5c: ["AA=="],
      }),
    ],
  ])("%s", async (_what, token) => {
    expect(await outcome(token)).toBe("agent-7");
  });

  test("Ed25519", async () => {
    const input = `${part({ alg: "EdDSA", kid: "ed" })}.${part(claims())}`;
    const signature = sign(null, Buffer.from(input), keys.ed.privateKey).toString("base64url");
    expect(await outcome(`${input}.${signature}`)).toBe("agent-7");
  });

  test("with subject, expiry and an id that says what was signed, not how", async () => {
    const verifier = openWith();
    const input = `${part({ alg: "ES256", kid: "es" })}.${part(claims())}`;
    const again = (): string =>
      `${input}.${sign("sha256", Buffer.from(input), { key: keys.es.privateKey, dsaEncoding: "ieee-p1363" }).toString("base64url")}`;
    const [one, two] = [await verifier.verify(again()), await verifier.verify(again())];
    expect(one).toEqual(two);
    expect(one).toMatchObject({ ok: true, value: { subject: "agent-7", expires: (SECONDS + 600) * 1000 } });
  });

  test("another claim as the subject", async () => {
    const token = es256(claims({ client_id: "robot" }));
    expect(await outcome(token, openWith({ subject_claim: "client_id" }))).toBe("robot");
  });
});

describe("refused", () => {
  const spki = keys.rs.publicKey.export({ type: "spki", format: "pem" }).toString();
  const [header = "", , signature = ""] = es256(claims()).split(".");
  const unsecured = (alg: unknown): string => `${part({ alg, typ: "at+jwt" })}.${part(claims())}.`;

  test.each([
    ["another audience", es256(claims({ aud: "https://other.example" }))],
    ["an audience that begins alike", es256(claims({ aud: `${AUDIENCE}/` }))],
    ["no audience", es256(without("aud"))],
    ["another issuer", es256(claims({ iss: "https://evil.example" }))],
    ["an issuer with a slash more", es256(claims({ iss: `${ISSUER}/` }))],
    ["no issuer", es256(without("iss"))],
    ["issuers", es256(claims({ iss: [ISSUER] }))],
    ["alg none", unsecured("none")],
    ["alg NONE", unsecured("NONE")],
    ["no alg", unsecured(undefined)],
    ["algs", unsecured(["ES256"])],
    ["alg none with a signature", `${unsecured("none")}${signature}`],
    ["HS256 with the public key as PEM", hs256(spki)],
    ["HS256 with the public key as PEM without its last line end", hs256(spki.trimEnd())],
    ["HS256 with the public key as DER", hs256(keys.rs.publicKey.export({ type: "spki", format: "der" }))],
    ["HS256 with the public key as JWK", hs256(JSON.stringify(SET[1]))],
    ["HS256 with the modulus", hs256(Buffer.from(String(SET[1]?.["n"]), "base64url"))],
    ["HS256 with nothing", hs256("")],
    ["PS256, which is not on the list", rs256({ alg: "PS256" })],
    ["RS256 with the name of the other key", rs256({ kid: "es" })],
    ["a kid of nobody", es256(claims(), { kid: "nobody" })],
    ["a kid that is no text", es256(claims(), { kid: 7 })],
    ["a kid that is a path", es256(claims(), { kid: "../../../dev/null" })],
    ["a foreign key under our kid", es256(claims(), {}, foreign.privateKey)],
    ["an embedded key", es256(claims(), { jwk: jwk(foreign, "es") }, foreign.privateKey)],
    [
      "an embedded key under a kid of its own",
      es256(claims(), { jwk: jwk(foreign, "x"), kid: "x" }, foreign.privateKey),
    ],
    [
      "a key behind a URL",
      es256(claims(), { jku: "https://evil.example/keys", kid: "x" }, foreign.privateKey),
    ],
    ["a changed payload", `${header}.${part(claims({ sub: "admin" }))}.${signature}`],
    [
      "a changed header",
      `${part({ alg: "ES256", kid: "es", typ: "JWT", x: 1 })}.${part(claims())}.${signature}`,
    ],
    ["a cut signature", es256(claims()).slice(0, -4)],
    ["no signature", `${header}.${part(claims())}.`],
    ["a signature of zeros", `${header}.${part(claims())}.${Buffer.alloc(64).toString("base64url")}`],
    ["not yet valid", es256(claims({ nbf: SECONDS + 31 }))],
    ["issued in the future", es256(claims({ iat: SECONDS + 31 }))],
    ["no exp", es256(without("exp"))],
    ["exp as a text", es256(claims({ exp: String(SECONDS + 600) }))],
    ["exp null", es256(claims({ exp: null }))],
    ["nbf as a text", es256(claims({ nbf: "now" }))],
    ["iat as a text", es256(claims({ iat: "now" }))],
    ["typ of a logout token", es256(claims(), { typ: "logout+jwt" })],
    ["typ of a DPoP proof", es256(claims(), { typ: "dpop+jwt" })],
    ["typ that is no text", es256(claims(), { typ: ["JWT"] })],
    ["typ that is empty", es256(claims(), { typ: "" })],
    ["an ID token", es256(claims({ at_hash: "x" }), { typ: "JWT" })],
    ["a logout token without a typ", es256(claims({ events: {} }), { typ: undefined })],
    ["a critical header", es256(claims(), { crit: ["x"], x: 1 })],
    ["an unencoded payload", es256(claims(), { crit: ["b64"], b64: false })],
    ["no subject", es256(without("sub"))],
    ["an empty subject", es256(claims({ sub: "" }))],
    ["a number as subject", es256(claims({ sub: 7 }))],
    ["a subject with a line feed", es256(claims({ sub: "agent-7\nadmin" }))],
    ["a subject that a terminal obeys", es256(claims({ sub: "agent-7\u001b[2J" }))],
    ["a subject that is written backwards", es256(claims({ sub: "agent-7\u202e" }))],
    [
      "half a character",
      es256(`{"iss":"${ISSUER}","aud":"${AUDIENCE}","exp":${SECONDS + 9},"sub":"\\ud800"}`),
    ],
    ["a subject too long", es256(claims({ sub: "x".repeat(257) }))],
    ["claims that are an array", es256([CLAIMS])],
    ["claims that are no JSON", es256("no")],
    ["nothing", ""],
    ["dots", ".."],
    ["five parts", `${es256(claims())}.x.y`],
    ["white space", ` ${es256(claims())}`],
    ["more than a header holds", es256(claims({ more: "x".repeat(8192) }))],
  ])("%s", async (_what, token) => {
    expect(await outcome(token)).toBe("auth_invalid");
  });

  test("expired", async () => {
    expect(await outcome(es256(claims({ exp: SECONDS - 30 })))).toBe("auth_expired");
    expect(await outcome(es256(claims({ exp: 0 })))).toBe("auth_expired");
  });

  test("expired, and signed by somebody else: the signature comes first", async () => {
    expect(await outcome(es256(claims({ exp: 0 }), {}, foreign.privateKey))).toBe("auth_invalid");
  });

  test.each([
    ["none at all on the list", ["EdDSA"] as const],
    ["the other one on the list", ["RS256"] as const],
  ])("a good signature, with %s", async (_what, algorithms) => {
    expect(await outcome(es256(claims()), openWith({ algorithms: [...algorithms] }))).toBe("auth_invalid");
  });

  test("a claim of the prototype is none", async () => {
    expect(await outcome(es256(claims()), openWith({ subject_claim: "constructor" }))).toBe("auth_invalid");
  });
});

describe("keys that nobody may be believed with", () => {
  const secret = "s".repeat(32);
  test.each<readonly [string, string, readonly unknown[]]>([
    ["a published secret", hs256(secret, { kid: "hs" }), [{ kty: "oct", kid: "hs", k: part(secret) }]],
    [
      "a published private key",
      es256(claims()),
      [{ ...keys.es.privateKey.export({ format: "jwk" }), kid: "es" }],
    ],
    ["a key for encryption", es256(claims()), [jwk(keys.es, "es", { use: "enc" })]],
    ["a key for another algorithm", es256(claims()), [jwk(keys.es, "es", { alg: "ES384" })]],
    ["two keys of one name", es256(claims()), [jwk(keys.es, "es"), jwk(foreign, "es")]],
    [
      "no kid, and two keys that fit",
      es256(claims(), { kid: undefined }),
      [jwk(keys.es, "es"), jwk(foreign, "x")],
    ],
    ["a short RSA key", rs256(), [jwk(generateKeyPairSync("rsa", { modulusLength: 1024 }), "rs")]],
    ["no keys", es256(claims()), []],
    ["keys that are none", es256(claims()), ["es"]],
    [
      "too many keys",
      es256(claims()),
      Array.from({ length: 101 }, (_, n) => jwk(keys.es, n === 0 ? "es" : `k${n}`)),
    ],
  ])("%s", async (_what, token, set) => {
    expect(await outcome(token, openWith({}, set))).toBe("auth_invalid");
  });
});

test.each<readonly [string, Partial<Oidc>]>([
  ["issuer", { issuer: "" }],
  ["audience", { audience: "" }],
  ["algorithms", { algorithms: [] }],
  ["keys", { jwks_file: "", jwks_url: "" }],
])("nothing opens without %s: it is what keeps another server's tokens out", (_what, changes) => {
  expect(() => openJwtVerifier(settings(changes), { clock: () => NOW })).toThrow(/auth\.oidc needs/);
});
