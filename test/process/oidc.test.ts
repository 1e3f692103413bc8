// Token confusion against the real gateway process: 401 with a challenge, recorded, and no token in any file or line.
import { createHmac, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { initState } from "../support/agent.ts";
import { chainOf } from "../support/chain.ts";
import { type RestAnswer, type RestGateway, startRestGateway } from "../support/rest-gateway.ts";
import { removeScratch, scratchRepository } from "../support/scratch.ts";
import { standingBytes, standingFiles } from "../support/standing.ts";

const ISSUER = "https://issuer.example";
const AUDIENCE = "https://code.example/mcp";
const METADATA = "https://code.example/.well-known/oauth-protected-resource/mcp";

const first = generateKeyPairSync("ec", { namedCurve: "P-256" });
const second = generateKeyPairSync("ec", { namedCurve: "P-256" });
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });

let repo: string;
let state: string;
let gateway: RestGateway;
/** Every token that was sent. */
const sent: string[] = [];

const jwk = (key: KeyObject, kid: string): object => ({ ...key.export({ format: "jwk" }), kid });
/** As an operator's script would replace the file: whole, under the name that the gateway may read. */
function publish(...keys: readonly object[]): void {
  writeFileSync(join(state, "next"), JSON.stringify({ keys }));
  renameSync(join(state, "next"), join(state, "keys.json"));
}

beforeAll(async () => {
  repo = scratchRepository("oidc", { "a.ts": "x\n" });
  state = initState(
    repo,
    `
[server.http]
enabled = true
port = 0
public_url = "https://code.example"
[auth]
mode = "bearer_token"
allow_local_only = false
[auth.oidc]
issuer = "${ISSUER}"
audience = "${AUDIENCE}"
algorithms = ["ES256", "RS256"]
jwks_file = "keys.json"
[[principals]]
name = "robot"
subjects = ["oidc:agent-7"]
roles = ["reader"]
`,
  );
  publish(jwk(first.publicKey, "one"), jwk(rsa.publicKey, "rs"));
  gateway = await startRestGateway(state);
});
afterAll(async () => {
  await gateway.stop();
  [repo, state].forEach(removeScratch);
});

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
const now = (): number => Math.floor(Date.now() / 1000);
const claims = (changes = {}): object => ({
  iss: ISSUER,
  aud: AUDIENCE,
  sub: "agent-7",
  exp: now() + 600,
  ...changes,
});
function es256(payload: object, header = {}, key = first.privateKey): string {
  const input = `${part({ alg: "ES256", kid: "one", typ: "at+jwt", ...header })}.${part(payload)}`;
  return `${input}.${sign("sha256", Buffer.from(input), { key, dsaEncoding: "ieee-p1363" }).toString("base64url")}`;
}
function hs256(): string {
  const input = `${part({ alg: "HS256", kid: "rs", typ: "JWT" })}.${part(claims())}`;
  const secret = rsa.publicKey.export({ type: "spki", format: "pem" });
  return `${input}.${createHmac("sha256", secret).update(input).digest("base64url")}`;
}

function call(token: string, tool = "read-manifest", body: unknown = {}): Promise<RestAnswer> {
  sent.push(token);
  return gateway.post(`/actions/${tool}`, body, { authorization: `Bearer ${token}` });
}

test("the metadata names resource and issuer, and needs no token", async () => {
  for (const path of ["/.well-known/oauth-protected-resource", "/.well-known/oauth-protected-resource/mcp"]) {
    const { status, json } = await gateway.get(path);
    expect([status, json]).toEqual([
      200,
      { resource: AUDIENCE, authorization_servers: [ISSUER], bearer_methods_supported: ["header"] },
    ]);
  }
});

describe("refused with 401 and a challenge that names the metadata", () => {
  const [, tampered = ""] = es256(claims({ sub: "admin" })).split(".");
  const parts = es256(claims()).split(".");
  test.each<readonly [string, () => string, string]>([
    ["another audience", () => es256(claims({ aud: "https://other.example" })), "auth_invalid"],
    ["another issuer", () => es256(claims({ iss: "https://evil.example" })), "auth_invalid"],
    ["alg none", () => `${part({ alg: "none", typ: "JWT" })}.${part(claims())}.`, "auth_invalid"],
    ["HS256 with the public key", hs256, "auth_invalid"],
    ["expired", () => es256(claims({ exp: now() - 600 })), "auth_expired"],
    ["not yet valid", () => es256(claims({ nbf: now() + 600 })), "auth_invalid"],
    ["no exp", () => es256(claims({ exp: undefined })), "auth_invalid"],
    ["an unknown key", () => es256(claims(), { kid: "two" }, second.privateKey), "auth_invalid"],
    [
      "an embedded key",
      () => es256(claims(), { jwk: jwk(second.publicKey, "one") }, second.privateKey),
      "auth_invalid",
    ],
    ["a changed payload", () => [parts[0], tampered, parts[2]].join("."), "auth_invalid"],
    ["another type", () => es256(claims(), { typ: "logout+jwt" }), "auth_invalid"],
  ])("%s", async (_what, make, expected) => {
    const { status, code, headers } = await call(make());
    expect([status, code]).toEqual([401, expected]);
    expect(headers.get("www-authenticate")).toContain(`resource_metadata="${METADATA}"`);
  });
});

test("a valid token is its principal, with the principal's tools and no others", async () => {
  expect(await call(es256(claims()))).toMatchObject({ status: 503, code: "manifest_unavailable" });
  expect(await call(es256(claims()), "propose-patch")).toMatchObject({ status: 403, code: "unauthorized" });
  const { json } = await gateway.get("/actions/openapi.json", { authorization: `Bearer ${es256(claims())}` });
  expect(Object.keys(json["paths"] as object)).toEqual([
    "/actions/read-manifest",
    "/actions/read-file",
    "/actions/search-files",
  ]);
});

test("a subject that nobody mapped is nobody", async () => {
  expect(await call(es256(claims({ sub: "agent-8" })))).toMatchObject({
    status: 403,
    code: "principal_unmapped",
  });
});

test("keys that are replaced take effect at once, for remembered tokens too, and a missing file is nobody", async () => {
  const token = es256(claims());
  const other = es256(claims(), { kid: "two" }, second.privateKey);
  expect([(await call(token)).status, (await call(other)).status]).toEqual([503, 401]);
  publish(jwk(second.publicKey, "two"));
  expect([(await call(token)).status, (await call(other)).status]).toEqual([401, 503]);
  renameSync(join(state, "keys.json"), join(state, "gone.json"));
  expect((await call(other)).status).toBe(401);
  renameSync(join(state, "gone.json"), join(state, "keys.json"));
  expect((await call(other)).status).toBe(503);
});

test("nothing of any token is in any file of the state folder, or in anything that was said", () => {
  const written = standingFiles(state).map((path) => standingBytes(path).toString("latin1"));
  const everything = [...written, gateway.said()];
  expect(sent.length).toBeGreaterThan(15);
  const secrets = sent.flatMap((token) => token.split(".").slice(1)).filter((text) => text.length > 20);
  expect(secrets.length).toBeGreaterThan(15);
  expect(everything.some((text) => text.includes("auth_invalid"))).toBe(true);
  expect(secrets.filter((secret) => everything.some((text) => text.includes(secret)))).toEqual([]);
});

test("the log of all this holds together", () => {
  expect(chainOf(state).ok).toBe(true);
});
