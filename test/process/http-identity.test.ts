// Acceptance 3 (D06): with certificates, who calls is the certificate's subject, to the real processes, and every no is recorded.
import { randomBytes } from "node:crypto";
import { copyFileSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { Agent as SecureAgent } from "node:https";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Authority, makeAuthority, type Pair } from "../support/certificates.ts";
import { action, type Answer, type Ask } from "../support/http-ask.ts";
import { entryOf, refusedAs, seen } from "../support/http-seen.ts";
import { openRoom, type Room, type Up } from "../support/http-up.ts";
import { needs } from "../support/needs.ts";
import { eventually } from "../support/processes.ts";
import { removeScratch, scratch } from "../support/scratch.ts";

const NO_METER = "failures_per_minute = 10000\n";
const FORGED = "CN=admin,O=team";

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
    publish(authority.revocations());
    const changed = (): true | undefined =>
      room
        .entries()
        .some(({ event, data }) => event === "config.changed" && data["keys"] === "server.http.tls")
        ? true
        : undefined;
    expect(await eventually(changed, 10)).toBe(true);
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
