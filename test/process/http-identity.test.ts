// Acceptance 3 (D04–D07, I14, I15, I17, X10): who calls over HTTP is who proved it, to the real processes, and every no is recorded.
import { createHmac, generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { Agent as SecureAgent } from "node:https";
import { copyFileSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { instant } from "../../src/core/base/time.ts";
import { mintToken, TOKEN_BYTES, tokenId } from "../../src/core/identity/token.ts";
import { openStore } from "../../src/io/store/sqlite/open.ts";
import { person } from "../support/agent.ts";
import { type Authority, makeAuthority, type Pair } from "../support/certificates.ts";
import { action, type Answer, type Ask, mcp, toolCall } from "../support/http-ask.ts";
import { type Entry, openRoom, type Room, type Up } from "../support/http-up.ts";
import { needs } from "../support/needs.ts";
import { eventually } from "../support/processes.ts";
import { removeScratch, scratch } from "../support/scratch.ts";

const NO_METER = "failures_per_minute = 10000\n";
const FORGED = "CN=admin,O=team";

/** Entries that `work` leaves. */
async function leaves(room: Room, work: () => Promise<unknown>): Promise<readonly Entry[]> {
  const before = room.entries().length;
  await work();
  return room.entries().slice(before);
}

/** The one entry of the request with this answer. */
function entryOf(room: Room, { id }: Answer): Entry | undefined {
  return room.entries().find(({ actor, event }) => actor.session === id && event !== "process.start");
}

/** Status and code of an answer, and the reason and status that the log has for it. */
function seen(room: Room, answer: Answer): readonly unknown[] {
  const { event, data } = entryOf(room, answer) ?? {};
  return [answer.status, answer.code, event, data?.["reason"]];
}

const refusedAs = (status: number, code: string): readonly unknown[] => [
  status,
  code,
  "access.refused",
  code,
];

describe.runIf(needs("openssl"))("mTLS in process", () => {
  let room: Room;
  let up: Up;
  let folder: string;
  let authority: Authority;
  const pairs: Record<string, Pair> = {};
  const standing = (pair?: Pair): Ask => ({
    tls: {
      ca: readFileSync(authority.ca),
      ...(pair === undefined ? {} : { cert: readFileSync(pair.cert), key: readFileSync(pair.key) }),
    },
  });
  const call = (pair: Pair | undefined, ask: Ask = {}): Promise<Answer> =>
    up.ask(...action("read-file", { path: "src/a.ts" }, { ...standing(pair), ...ask }));
  const handshake = (pair?: Pair): Promise<string> =>
    call(pair).then(
      ({ status }) => `answered ${status}`,
      () => "refused",
    );
  /** Replaced under its name, as a script of an operator would do it. */
  const publish = (list: string): void => {
    copyFileSync(list, join(room.state, "next.pem"));
    renameSync(join(room.state, "next.pem"), join(room.state, "crl.pem"));
  };

  beforeAll(async () => {
    folder = scratch("pki");
    authority = makeAuthority(folder);
    const other = makeAuthority(folder, "other");
    const server = authority.issue("server", { usage: "serverAuth" });
    pairs["good"] = authority.issue("good", { subject: "/O=team/CN=robot" });
    pairs["soon"] = authority.issue("soon", { subject: "/O=team/CN=robot" });
    pairs["nobody"] = authority.issue("nobody", { subject: "/O=team/CN=nobody" });
    pairs["expired"] = authority.issue("expired", { subject: "/O=team/CN=robot", days: -1 });
    pairs["revoked"] = authority.issue("revoked", { subject: "/O=team/CN=robot" });
    pairs["as a server"] = authority.issue("wrong", { subject: "/O=team/CN=robot", usage: "serverAuth" });
    pairs["foreign"] = other.issue("foreign", { subject: "/O=team/CN=robot" });
    authority.revoke(pairs["revoked"]);
    room = openRoom(
      "default",
      `[server.http]\n${NO_METER}[server.http.tls]\ntermination = "server"\ncert_file = "${server.cert}"
key_file = "${server.key}"\nclient_ca_file = "${authority.ca}"\nrequire_client_cert = true\ncrl_file = "crl.pem"
[auth]\nmode = "mtls"
[[principals]]\nname = "robot"\nsubjects = ["mtls:CN=robot,O=team"]\nroles = ["reader"]
[[principals]]\nname = "admin"\nsubjects = ["mtls:${FORGED}"]\nroles = ["admin"]\n`,
    );
    publish(authority.revocations());
    up = await room.up({ standing: standing(pairs["good"]) });
  });
  afterAll(async () => {
    await room.remove();
    removeScratch(folder);
  });

  test("a certificate is its subject, whatever a header says beside it", async () => {
    const headers = {
      "x-countersign-client-subject": FORGED,
      "x-client-cert": "x",
      "ssl-client-s-dn": FORGED,
    };
    const answer = await call(pairs["good"], { headers });
    expect([answer.status, answer.code]).toEqual([200, "answer"]);
    expect(entryOf(room, answer)?.actor).toMatchObject({
      principal: "robot",
      credential: expect.stringMatching(/^mtls:[0-9a-f]{16}$/) as string,
    });
    const proposing = await up.ask(...action("propose-patch", {}, { ...standing(pairs["good"]), headers }));
    expect(seen(room, proposing)).toEqual([403, "unauthorized", "call.refused", "unauthorized"]);
  });

  test("one that verifies and is nobody: 403", async () => {
    expect(seen(room, await call(pairs["nobody"]))).toEqual(refusedAs(403, "principal_unmapped"));
  });

  test.each([
    ["no certificate", undefined, "auth_missing"],
    ["a revoked one", "revoked", "auth_revoked"],
    ["an expired one", "expired", "auth_expired"],
    ["one of another CA", "foreign", "auth_invalid"],
    ["one that is for servers", "as a server", "auth_invalid"],
  ])("%s: the handshake is refused and recorded, for every path", async (_, name, reason) => {
    const pair = name === undefined ? undefined : pairs[name];
    const before = room.entries().length;
    expect(await handshake(pair)).toBe("refused");
    await expect(up.ask("/healthz", standing(pair))).rejects.toThrow();
    // With TLS 1.3 the client may see its connection end before the server has written why.
    const left = await eventually(() => {
      const since = room.entries().slice(before);
      return since.length < 2 ? undefined : since;
    });
    const refusal = ["access.refused", reason, 401];
    expect(left?.map(({ event, data }) => [event, data["reason"], data["status"]])).toEqual([
      refusal,
      refusal,
    ]);
  });

  test("one that is revoked while the server runs is out within seconds, also on its open connection", async () => {
    const agent = new SecureAgent({ keepAlive: true, maxSockets: 1 });
    expect((await call(pairs["soon"], { agent })).status).toBe(200);
    expect((await call(pairs["soon"], { agent })).status).toBe(200);
    authority.revoke(pairs["soon"]!);
    const since = performance.now();
    publish(authority.revocations());
    const changed = (): true | undefined =>
      room
        .entries()
        .some(({ event, data }) => event === "config.changed" && data["keys"] === "server.http.tls")
        ? true
        : undefined;
    expect(await eventually(changed, 10)).toBe(true);
    expect(performance.now() - since).toBeLessThan(10_000);
    const onOld = await call(pairs["soon"], { agent }).then(
      () => "answered",
      () => "refused",
    );
    agent.destroy();
    expect([onOld, await handshake(pairs["soon"])]).toEqual(["refused", "refused"]);
    const told = (): true | undefined =>
      room.entries().at(-1)?.data["reason"] === "auth_revoked" ? true : undefined;
    expect(await eventually(told)).toBe(true);
    expect((await call(pairs["good"])).status).toBe(200);
  });

  test("a list that is broken changes nothing, and the log says so", async () => {
    writeFileSync(join(folder, "broken"), "no list");
    publish(join(folder, "broken"));
    const refused = (): true | undefined =>
      room.entries().some(({ event }) => event === "config.refused") ? true : undefined;
    expect(await eventually(refused, 10)).toBe(true);
    expect([await handshake(pairs["good"]), await handshake(pairs["revoked"])]).toEqual([
      "answered 200",
      "refused",
    ]);
  });
});

describe("mTLS ended by the proxy in front", () => {
  const SUBJECT = "CN=robot,O=team";
  const HEADER = "x-countersign-client-subject";
  const PROXY = "127.0.0.2";
  const secret = randomBytes(24).toString("base64url");
  const toml = (proxySecret: string): string => `[server.http]\n${NO_METER}[server.http.tls]
termination = "upstream"\n[server.http.proxy]\naddresses = ["${PROXY}"]\nsecret = "${proxySecret}"
[auth]\nmode = "mtls"\n[[principals]]\nname = "robot"\nsubjects = ["mtls:${SUBJECT}"]\nroles = ["reader"]\n`;
  let room: Room;
  let up: Up;
  beforeAll(async () => {
    room = openRoom("default", toml("env:TEST_PROXY_SECRET"));
    up = await room.up({ env: { TEST_PROXY_SECRET: secret } });
  });
  afterAll(() => room.remove());
  const call = (from: string, headers: Ask["headers"] = {}): Promise<Answer> =>
    up.ask(...action("read-file", { path: "src/a.ts" }, { from, headers }));
  const named = { [HEADER]: SUBJECT };
  const proof = { "x-countersign-proxy-secret": secret };

  test.each<readonly [string, string, Ask["headers"], string]>([
    ["a peer that is no proxy names a subject", "127.0.0.1", named, "auth_invalid"],
    ["a peer that is no proxy knows the secret", "127.0.0.3", { ...named, ...proof }, "auth_invalid"],
    ["the proxy without its secret", PROXY, named, "auth_invalid"],
    [
      "the proxy with another secret",
      PROXY,
      { ...named, "x-countersign-proxy-secret": `${secret}x` },
      "auth_invalid",
    ],
    ["the proxy with its secret and no subject", PROXY, proof, "auth_missing"],
    ["the proxy with an empty subject", PROXY, { ...proof, [HEADER]: "" }, "auth_missing"],
    ["two subjects", PROXY, { ...proof, [HEADER]: [SUBJECT, SUBJECT] }, "auth_malformed"],
    ["the header of another product", PROXY, { ...proof, "x-ssl-client-s-dn": SUBJECT }, "auth_missing"],
  ])("%s: 401", async (_, from, headers, reason) => {
    expect(seen(room, await call(from, headers))).toEqual(refusedAs(401, reason));
  });

  test("two secrets: 400, before anybody is believed", async () => {
    const twice = { ...named, "x-countersign-proxy-secret": [secret, secret] };
    expect(seen(room, await call(PROXY, twice))).toEqual(refusedAs(400, "request_malformed"));
  });

  test("the proxy with its secret: the subject that it names, and the address that it saw", async () => {
    const answer = await call(PROXY, { ...named, ...proof, "x-forwarded-for": "192.0.2.7" });
    expect(answer.status).toBe(200);
    expect(entryOf(room, answer)?.actor.principal).toBe("robot");
    const other = await call(PROXY, {
      [HEADER]: "CN=nobody",
      ...proof,
      "x-forwarded-for": "10.0.0.1, 192.0.2.7",
    });
    expect(seen(room, other)).toEqual(refusedAs(403, "principal_unmapped"));
    expect(entryOf(room, other)?.data["address"]).toBe("192.0.2.7");
  });
});

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
      `[server.http]\n${NO_METER}public_url = "https://code.example"
[auth.oidc]\nissuer = "${ISSUER}"\naudience = "${AUDIENCE}"\nalgorithms = ["ES256", "RS256"]\njwks_file = "keys.json"
[calls]\nper_minute = 1000
[[principals]]\nname = "robot"\nsubjects = ["oidc:agent-7"]\nroles = ["reader"]
[[principals]]\nname = "toolless"\ntools = []\nroles = ["proposer"]\n`,
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
        ...{ id, sha256, kind: "access" as const, principal: "alice", family: id, created: instant(created) },
        grant: { ...grant, per_minute: null, per_hour: null, max_pending: null },
        ...{ expires, ends: expires, used: null, revoked: null },
      };
      store.issue([credential], { event: "token.issued", actor: { principal: "os:test" }, data: {} });
      return token;
    };
    const [over, soon] = [make(-1000), make(1500)];
    store.close();
    expect(seen(room, await byToken(over))).toEqual(refusedAs(401, "auth_expired"));
    expect((await byToken(soon)).status).toBe(200);
    await new Promise((resolve) => {
      setTimeout(resolve, 1600);
    });
    expect(seen(room, await byToken(soon))).toEqual(refusedAs(401, "auth_expired"));
  });

  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const now = (): number => Math.floor(Date.now() / 1000);
  const claims = (changes = {}): object => ({
    ...{ iss: ISSUER, aud: AUDIENCE, sub: "agent-7", exp: now() + 600 },
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

  describe("what each principal sees (D07, I17, X10)", () => {
    const listed = ({ json }: Answer): readonly string[] =>
      ((json["result"] as { tools: { name: string }[] }).tools ?? []).map(({ name }) => name);

    test("a token for reading lists and gets the reading tools alone, in both eras", async () => {
      const token = room.token("reader", "--role", "reader");
      for (const era of ["legacy", "modern"] as const) {
        expect(listed(await up.ask(...mcp(era, "tools/list", {}, 1, { token })))).toEqual([
          "read-manifest",
          "read-file",
          "search-files",
        ]);
        const refused = await up.ask(...toolCall(era, "propose-patch", {}, 2, { token }));
        expect([refused.code, entryOf(room, refused)?.data["reason"]]).toEqual([
          "unauthorized",
          "unauthorized",
        ]);
      }
    });

    test("an empty list of tools is none at all", async () => {
      const token = room.token("toolless");
      expect(listed(await up.ask(...mcp("legacy", "tools/list", {}, 1, { token })))).toEqual([]);
      for (const tool of ["read-manifest", "read-file", "propose-patch"])
        expect((await up.ask(...action(tool, {}, { token }))).code).toBe("unauthorized");
    });

    test("two principals see two manifests, and a no does not tell that a file exists", async () => {
      const [source, docs] = ["src/**", "docs/**"].map((glob) => room.token("scoped", "--paths", glob));
      const paths = async (token = ""): Promise<unknown> => {
        const { json } = await up.ask(...action("read-manifest", {}, { token }));
        const { entries, total } = json as { entries: { path: string }[]; total: number };
        return [entries.map(({ path }) => path), total];
      };
      expect([await paths(source), await paths(docs)]).toEqual([
        [["src/a.ts"], 1],
        [["docs/b.md"], 1],
      ]);
      const read = async (path: string): Promise<unknown> => {
        const { status, json } = await up.ask(...action("read-file", { path }, { token: docs ?? "" }));
        const { code, message } = json["refusal"] as { code: string; message: string };
        return [status, code, message];
      };
      expect(await read("src/a.ts")).toEqual(await read("src/b.ts"));
      const found = await up.ask(...action("search-files", { query: "export" }, { token: docs ?? "" }));
      expect([found.status, found.text.includes("src/a.ts")]).toEqual([200, false]);
    });
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
      expect([(await byToken(access)).status, (await byToken(later)).status]).toEqual([200, 200]);
      const left = await leaves(room, async () => {
        const reuse = await exchange(first);
        expect([reuse.status, reuse.json]).toEqual([400, { error: "invalid_grant" }]);
      });
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
    expect(person(room.state, "audit", "verify").status).toBe(0);
  });
});
