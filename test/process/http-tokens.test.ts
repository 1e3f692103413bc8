// Acceptance 3 (D05, I14–I16): bearer tokens, refresh tokens and JWTs to the real processes; each no is 401 with a challenge, and recorded.
import { createHmac, generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { instant } from "../../src/core/base/time.ts";
import { mintToken, TOKEN_BYTES, tokenId } from "../../src/core/identity/token.ts";
import { openStore } from "../../src/io/store/sqlite/open.ts";
import { person } from "../support/agent.ts";
import { chainOf } from "../support/chain.ts";
import { action, type Answer, type Ask } from "../support/http-ask.ts";
import { entryOf, refusedAs, seen } from "../support/http-seen.ts";
import { openRoom, type Room, type Up } from "../support/http-up.ts";

describe("bearer tokens and JWTs", () => {
  const AUDIENCE = "https://code.example/mcp";
  const ISSUER = "https://issuer.example";
  const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
  let room: Room;
  let up: Up;
  let good: string;
  beforeAll(async () => {
    room = openRoom(
      "default",
      `[server.http]\nfailures_per_minute = 10000\npublic_url = "https://code.example"
[auth.oidc]\nissuer = "${ISSUER}"\naudience = "${AUDIENCE}"\nalgorithms = ["ES256", "RS256"]\njwks_file = "keys.json"
[calls]\nper_minute = 1000
[[principals]]\nname = "robot"\nsubjects = ["oidc:agent-7"]\nroles = ["reader"]\n`,
    );
    const keys = [
      { ...ec.publicKey.export({ format: "jwk" }), kid: "ec" },
      { ...rsa.publicKey.export({ format: "jwk" }), kid: "rs" },
    ];
    writeFileSync(join(room.state, "keys.json"), JSON.stringify({ keys }));
    good = room.token("alice");
    up = await room.up();
  });
  afterAll(() => room.remove());
  const call = (authorization: string | readonly string[] | undefined, ask: Ask = {}): Promise<Answer> =>
    up.ask(
      ...action(
        "read-file",
        { path: "src/a.ts" },
        {
          ...ask,
          headers: { ...(authorization === undefined ? {} : { authorization }), ...ask.headers },
        },
      ),
    );
  const byToken = (token: string): Promise<Answer> => call(`Bearer ${token}`);

  function challenged(answer: Answer, failed: boolean): void {
    const challenge = answer.headers["www-authenticate"];
    expect(challenge).toMatch(/^Bearer /);
    expect(challenge).toContain(
      'resource_metadata="https://code.example/.well-known/oauth-protected-resource/mcp"',
    );
    expect(challenge?.includes('error="invalid_token"')).toBe(failed);
  }

  describe("refused with 401, a challenge and an entry", () => {
    const changed = (token: string): string => `${token.slice(0, -1)}${token.endsWith("A") ? "B" : "A"}`;
    test.each<readonly [string, () => string | readonly string[] | undefined, string]>([
      ["no header", () => undefined, "auth_missing"],
      ["an empty header", () => "", "auth_malformed"],
      ["no token behind the scheme", () => "Bearer ", "auth_malformed"],
      ["another scheme", () => `Basic ${Buffer.from(`alice:${good}`).toString("base64")}`, "auth_malformed"],
      ["no scheme", () => good, "auth_malformed"],
      ["two tokens in one header", () => `Bearer ${good} ${good}`, "auth_malformed"],
      ["a list", () => `Bearer ${good}, Bearer ${good}`, "auth_malformed"],
      ["two headers with the right token", () => [`Bearer ${good}`, `Bearer ${good}`], "auth_malformed"],
      ["two headers, the second is right", () => ["Bearer x", `Bearer ${good}`], "auth_malformed"],
      ["8193 bytes", () => `Bearer ${"x".repeat(8193 - 7)}`, "auth_malformed"],
      ["8192 bytes that are no token", () => `Bearer ${"x".repeat(8192 - 7)}`, "auth_invalid"],
      ["a tab for a space", () => `Bearer\t${good}`, "auth_malformed"],
      ["one letter changed", () => `Bearer ${changed(good)}`, "auth_invalid"],
      ["another id", () => `Bearer cst_${randomBytes(8).toString("hex")}${good.slice(20)}`, "auth_invalid"],
      ["a prefix of it", () => `Bearer ${good.slice(0, -1)}`, "auth_invalid"],
      [
        "one that was never made",
        () => `Bearer ${mintToken(randomBytes(TOKEN_BYTES)).token}`,
        "auth_invalid",
      ],
    ])("%s", async (_, header, reason) => {
      const answer = await call(header());
      expect(seen(room, answer)).toEqual(refusedAs(401, reason));
      challenged(answer, reason !== "auth_missing");
    });

    test("a token anywhere but in the header is none", async () => {
      const [path, ask] = action("read-file", { path: "src/a.ts", access_token: good });
      for (const answer of [
        await up.ask(`${path}?access_token=${good}`, ask),
        await call(undefined, { headers: { cookie: `token=${good}`, "x-api-key": good } }),
      ])
        expect(seen(room, answer)).toEqual(refusedAs(401, "auth_missing"));
    });

    test.each(["/mcp", "/actions/read-file", "/actions/openapi.json"])("on %s alike", async (path) => {
      const answer = await up.ask(path, path.endsWith(".json") ? {} : { body: {} });
      expect(seen(room, answer)).toEqual(refusedAs(401, "auth_missing"));
      challenged(answer, false);
    });
  });

  test("the right token is let in, with the scheme in any case (RFC 9110 §11.1)", async () => {
    for (const scheme of ["Bearer", "bearer", "BEARER", "bEaReR"])
      expect((await call(`${scheme} ${good}`)).status).toBe(200);
    const answer = await call(`Bearer   ${good}`);
    expect(entryOf(room, answer)).toMatchObject({
      event: "call.allowed",
      actor: { principal: "alice", credential: `token:${tokenId(good)}` },
    });
  });

  test("one that has expired, and one that is over in a second", async () => {
    const store = openStore(join(room.state, "gateway", "store.db"), { clock: () => Date.now() });
    const make = (millis: number): string => {
      const { id, token, sha256 } = mintToken(randomBytes(TOKEN_BYTES));
      const created = Date.now() - 3_600_000;
      const expires = instant(Date.now() + millis);
      const grant = { roles: ["reader" as const], tools: null, paths: null, lane: "asserted" as const };
      const credential = {
        id,
        sha256,
        kind: "access" as const,
        principal: "alice",
        bound: false,
        family: id,
        began: instant(created),
        created: instant(created),
        grant: { ...grant, per_minute: null, per_hour: null, max_pending: null },
        expires,
        ends: expires,
        used: null,
        revoked: null,
      };
      store.issue([credential], { event: "token.issued", actor: { principal: "os:test" }, data: {} });
      return token;
    };
    const [over, soon] = [make(-1000), make(1500)];
    store.close();
    expect(seen(room, await byToken(over))).toEqual(refusedAs(401, "auth_expired"));
    expect((await byToken(soon)).status).toBe(200);
    await pause(1600);
    expect(seen(room, await byToken(soon))).toEqual(refusedAs(401, "auth_expired"));
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
  function jwt(payload: object, alg = "ES256"): string {
    const input = `${part({ alg, kid: alg === "ES256" ? "ec" : "rs", typ: "at+jwt" })}.${part(payload)}`;
    const bytes = Buffer.from(input);
    const pem = rsa.publicKey.export({ type: "spki", format: "pem" });
    const signatures: Record<string, () => string> = {
      none: () => "",
      HS256: () => createHmac("sha256", pem).update(input).digest("base64url"),
      RS256: () => sign("sha256", bytes, rsa.privateKey).toString("base64url"),
      ES256: () =>
        sign("sha256", bytes, { key: ec.privateKey, dsaEncoding: "ieee-p1363" }).toString("base64url"),
    };
    return `${input}.${signatures[alg]?.() ?? ""}`;
  }

  test.each<readonly [string, () => string, string]>([
    ["of another audience", () => jwt(claims({ aud: "https://other.example" })), "auth_invalid"],
    ["of another issuer", () => jwt(claims({ iss: "https://evil.example" })), "auth_invalid"],
    ["with alg none", () => jwt(claims(), "none"), "auth_invalid"],
    ["with the public key as an HMAC secret", () => jwt(claims(), "HS256"), "auth_invalid"],
    ["that has expired", () => jwt(claims({ exp: now() - 600 })), "auth_expired"],
    ["that never expires", () => jwt(claims({ exp: undefined })), "auth_invalid"],
  ])("a JWT %s: 401 with the challenge", async (_, make, reason) => {
    const answer = await byToken(make());
    expect(seen(room, answer)).toEqual(refusedAs(401, reason));
    challenged(answer, true);
  });

  test.each(["ES256", "RS256"])("a valid JWT signed by %s is its principal", async (alg) => {
    const answer = await byToken(jwt(claims(), alg));
    expect([answer.status, entryOf(room, answer)?.actor.principal]).toEqual([200, "robot"]);
  });

  describe("refresh (I14)", () => {
    const exchange = (token: string): Promise<Answer> =>
      up.ask("/token", {
        method: "POST",
        body: new URLSearchParams({ grant_type: "refresh_token", refresh_token: token }).toString(),
        headers: { "content-type": "application/x-www-form-urlencoded" },
      });
    const pairOf = ({ json }: Answer): readonly [access: string, refresh: string] => [
      String(json["access_token"]),
      String(json["refresh_token"]),
    ];

    test("rotates; the token that was exchanged already ends its whole family", async () => {
      const first = room.token("courier", "--refresh");
      expect(seen(room, await byToken(first))).toEqual(refusedAs(401, "auth_invalid"));
      const [access, second] = pairOf(await exchange(first));
      expect((await byToken(access)).status).toBe(200);
      const rotated = await exchange(second);
      expect([rotated.status, rotated.headers["cache-control"]]).toEqual([200, "no-store"]);
      const [later, third] = pairOf(rotated);
      expect([(await byToken(access)).status, (await byToken(later)).status]).toEqual([401, 200]);
      const before = room.entries().length;
      const reuse = await exchange(first);
      expect([reuse.status, reuse.json]).toEqual([400, { error: "invalid_grant" }]);
      const left = room.entries().slice(before);
      expect(left.every(({ event, data }) => event === "token.revoked" && data["reason"] === "reuse")).toBe(
        true,
      );
      expect(left.length).toBeGreaterThanOrEqual(3);
      for (const token of [access, later])
        expect(seen(room, await byToken(token))).toEqual(refusedAs(401, "auth_revoked"));
      expect((await exchange(third)).json).toEqual({ error: "invalid_grant" });
    });

    test("guessing at one is slowed down, whatever address a header claims (I16)", async () => {
      const wrong = `${room.token("courier", "--refresh").slice(0, -1)}_`;
      const guesses = [];
      for (let n = 0; n < 7; n++)
        guesses.push(
          await up.ask("/token", {
            method: "POST",
            body: `grant_type=refresh_token&refresh_token=${wrong}`,
            headers: {
              "content-type": "application/x-www-form-urlencoded",
              "x-forwarded-for": `192.0.2.${n}`,
            },
          }),
        );
      expect(guesses.map(({ status }) => status)).toEqual([400, 400, 400, 400, 400, 429, 429]);
      expect(Number(guesses.at(-1)?.headers["retry-after"])).toBeGreaterThan(60);
    });
  });

  // The last one: it restarts what the others use.
  test("revoked while it runs: 401 at once, and still after a restart (I15)", async () => {
    const token = room.token("bob");
    expect((await byToken(token)).status).toBe(200);
    const revoked = person(room.state, "token", "revoke", tokenId(token) ?? "", "--reason", "a test");
    expect(revoked.status).toBe(0);
    expect(seen(room, await byToken(token))).toEqual(refusedAs(401, "auth_revoked"));
    expect(await up.stop()).toBe(0);
    up = await room.up();
    expect(seen(room, await byToken(token))).toEqual(refusedAs(401, "auth_revoked"));
    expect((await byToken(good)).status).toBe(200);
    expect(chainOf(room.state).ok).toBe(true);
  });
});
