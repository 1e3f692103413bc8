// TLS that ends in this process, with certificates that openssl made: who gets through the handshake, and who does not.
import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import type { ConnectionOptions } from "node:tls";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { HttpConfig } from "../../../src/gateway/http/parts.ts";
import { type Authority, makeAuthority, type Pair } from "../../support/certificates.ts";
import { httpConfig, testDoor, type TestDoor } from "../../support/doors.ts";
import { ask, dial, requestText, talk } from "../../support/http.ts";
import { needs } from "../../support/needs.ts";
import { removeScratch, scratch } from "../../support/scratch.ts";

const dir = scratch("tls");
afterAll(() => removeScratch(dir));
const openssl = needs("openssl");

let ours: Authority;
let theirs: Authority;
let server: Pair;
let good: Pair;
beforeAll(() => {
  if (!openssl) return;
  ours = makeAuthority(dir, "ours");
  theirs = makeAuthority(dir, "theirs");
  server = ours.issue("server", { usage: "serverAuth" });
  good = ours.issue("good", { subject: "/O=team/CN=agent,O=admins" });
});

const opened: TestDoor[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map(async (door) => door.close()));
});

const plain = (own: Partial<HttpConfig["tls"]> = {}): HttpConfig["tls"] => ({
  ...httpConfig.tls,
  termination: "server",
  cert_file: server.cert,
  key_file: server.key,
  ...own,
});
const mutual = (own: Partial<HttpConfig["tls"]> = {}): HttpConfig["tls"] =>
  plain({ client_ca_file: ours.ca, require_client_cert: true, ...own });

async function open(
  tls: HttpConfig["tls"],
  auth: "bearer_token" | "mtls" = "bearer_token",
): Promise<TestDoor> {
  const door = await testDoor({ http: { tls }, parts: { auth } });
  opened.push(door);
  return door;
}

const trusting = (own: ConnectionOptions = {}): ConnectionOptions => ({ ca: readFileSync(ours.ca), ...own });
const showing = ({ cert, key }: Pair, own: ConnectionOptions = {}): ConnectionOptions =>
  trusting({ cert: readFileSync(cert), key: readFileSync(key), ...own });

describe.skipIf(!openssl)("TLS of the server", () => {
  test.each(["TLSv1.2", "TLSv1.3"] as const)("%s is spoken", async (version) => {
    const { where } = await open(plain());
    expect(
      await ask(where, {}, { tls: trusting({ minVersion: version, maxVersion: version }) }),
    ).toMatchObject({ status: 200 });
  });

  test.each(["TLSv1", "TLSv1.1"] as const)("%s is not, and that is recorded", async (version) => {
    const door = await open(plain());
    const tls = trusting({ minVersion: version, maxVersion: version, ciphers: "ALL@SECLEVEL=0" });
    const { text, closed } = await talk(door.where, requestText(), { tls });
    expect([text, closed]).toEqual(["", true]);
    await pause(50);
    expect(door.recorded).toMatchObject([
      { status: 401, said: { code: "request_malformed" }, who: { address: "127.0.0.1" } },
    ]);
  });

  test("plain HTTP on its port is no handshake", async () => {
    const door = await open(plain());
    const { answers, closed } = await talk(door.where, requestText());
    expect([answers, closed]).toEqual([[], true]);
    expect(door.reached).toEqual([]);
  });

  test("no session is resumed, by ticket or by id: that would skip the client's certificate", async () => {
    const door = await open(plain());
    for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
      const first = dial(door.where, trusting({ maxVersion: version }));
      const session = await new Promise<Buffer | undefined>((settle) => {
        first.once("session", settle);
        setTimeout(() => settle(undefined), 300);
        first.write(requestText());
      });
      first.destroy();
      const resumed = await new Promise((settle) => {
        const again = dial(
          door.where,
          trusting({ maxVersion: version, ...(session === undefined ? {} : { session }) }),
        );
        again.once("secureConnect", () => {
          settle("isSessionReused" in again && (again as { isSessionReused(): boolean }).isSessionReused());
          again.destroy();
        });
      });
      expect(resumed).toBe(false);
    }
  });

  test("Origins of this machine are https here", async () => {
    const { where } = await open(plain());
    const port = "port" in where ? where.port : 0;
    const from = (origin: string) => ask(where, { headers: { origin } }, { tls: trusting() });
    expect(await from(`https://localhost:${port}`)).toMatchObject({ status: 200 });
    expect(await from(`http://localhost:${port}`)).toMatchObject({ status: 403 });
  });
});

describe.skipIf(!openssl)("files", () => {
  const copy = (name: string, mode: number): string => {
    const path = join(dir, name);
    copyFileSync(server.key, path);
    chmodSync(path, mode);
    return path;
  };

  test.each([0o644, 0o640, 0o604, 0o660])("a key of mode %o is refused", async (mode) => {
    const key = copy(`open-${mode}.key`, mode);
    await expect(open(plain({ key_file: key }))).rejects.toMatchObject({
      code: "key_unusable",
      fix: `chmod 600 ${key}`,
    });
  });

  test.each([0o600, 0o400])("a key of mode %o is used", async (mode) => {
    await open(plain({ key_file: copy(`own-${mode}.key`, mode) }));
  });

  test.each<{ what: string; own: () => Partial<HttpConfig["tls"]>; code: string }>([
    {
      what: "a missing certificate",
      own: () => ({ cert_file: join(dir, "missing.pem") }),
      code: "config_invalid",
    },
    { what: "no certificate", own: () => ({ cert_file: "" }), code: "config_invalid" },
    { what: "another's key", own: () => ({ key_file: good.key }), code: "key_unusable" },
    { what: "a certificate that is none", own: () => ({ cert_file: server.key }), code: "key_unusable" },
    {
      what: "a revocation list that is none",
      own: () => ({ client_ca_file: ours.ca, crl_file: ours.ca }),
      code: "config_invalid",
    },
  ])("$what is refused at the start", async ({ own, code }) => {
    await expect(open(plain(own()))).rejects.toMatchObject({ code });
  });
});

describe.skipIf(!openssl)("client certificates", () => {
  /** Nothing of a request gets through, whatever the handshake looked like to the client. */
  const refused = async (door: TestDoor, tls: ConnectionOptions, code: string): Promise<void> => {
    for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
      const { text, closed } = await talk(door.where, requestText(), {
        tls: { ...tls, minVersion: version, maxVersion: version },
      });
      expect([text, closed]).toEqual(["", true]);
    }
    await pause(50);
    expect(door.reached).toEqual([]);
    expect(door.presented).toEqual([]);
    expect(door.recorded.map(({ said, status }) => [status, said.code])).toEqual([
      [401, code],
      [401, code],
    ]);
  };

  test("the authenticator gets the verified one: escaped subject, fingerprint, dates", async () => {
    const door = await open(mutual(), "mtls");
    const forged = { "x-countersign-client-subject": "CN=admin" };
    expect(await ask(door.where, { headers: forged }, { tls: showing(good) })).toMatchObject({ status: 200 });
    const digest = spawnSync("openssl", ["x509", "-in", good.cert, "-noout", "-fingerprint", "-sha256"], {
      encoding: "utf8",
    });
    const [
      { certificate, clientSubject, proxied } = { certificate: undefined, clientSubject: [], proxied: true },
    ] = door.presented;
    expect(certificate?.subject).toBe("CN=agent\\,O=admins,O=team");
    expect(certificate?.sha256).toBe(
      digest.stdout.replace(/^.*=/s, "").replaceAll(":", "").trim().toLowerCase(),
    );
    expect(certificate?.notBefore).toBeLessThan(Date.now() + 1);
    expect(certificate?.notAfter).toBeGreaterThan(Date.now() + 6 * 86_400_000);
    expect({ clientSubject, proxied }).toEqual({ clientSubject: ["CN=admin"], proxied: false });
  });

  test("none: no handshake", async () => {
    await refused(await open(mutual(), "mtls"), trusting(), "auth_missing");
  });

  test("one of another CA: no handshake", async () => {
    await refused(await open(mutual(), "mtls"), showing(theirs.issue("stranger")), "auth_invalid");
  });

  test("an expired one: no handshake", async () => {
    await refused(await open(mutual(), "mtls"), showing(ours.issue("old", { days: -1 })), "auth_expired");
  });

  test("a server's: no handshake", async () => {
    await refused(
      await open(mutual(), "mtls"),
      showing(ours.issue("other-server", { usage: "serverAuth" })),
      "auth_invalid",
    );
  });

  test("a revoked one: no handshake; the others pass; without a list for the CA nobody does", async () => {
    const bad = ours.issue("revoked");
    ours.revoke(bad);
    const door = await open(mutual({ crl_file: ours.revocations() }), "mtls");
    await refused(door, showing(bad), "auth_revoked");
    expect(await ask(door.where, {}, { tls: showing(good) })).toMatchObject({ status: 200 });
    const foreign = await open(mutual({ crl_file: theirs.revocations() }), "mtls");
    await refused(foreign, showing(good), "auth_invalid");
  });

  test("where none is required, one that does not verify counts as none", async () => {
    const door = await open(mutual({ require_client_cert: false }));
    for (const tls of [trusting(), showing(theirs.issue("stranger2"))])
      expect(await ask(door.where, {}, { tls })).toMatchObject({ status: 200 });
    expect(door.presented.map(({ certificate }) => certificate)).toEqual([undefined, undefined]);
  });

  describe("read again", () => {
    test("a revoked certificate loses its open connection, and its streams", async () => {
      const bad = ours.issue("later-revoked");
      const door = await open(mutual({ crl_file: ours.revocations() }), "mtls");
      const held = dial(door.where, showing(bad));
      held.on("error", () => undefined);
      held.write(requestText());
      await once(held, "data");
      const closed = once(held, "close");
      ours.revoke(bad);
      door.door.reloadTls(mutual({ crl_file: ours.revocations() }));
      await closed;
      const { text } = await talk(door.where, requestText(), { tls: showing(bad) });
      expect(text).toBe("");
      expect(await ask(door.where, {}, { tls: showing(good) })).toMatchObject({ status: 200 });
    });

    test("a new certificate of the server is shown; settings stay", async () => {
      const door = await open(plain());
      const next = theirs.issue("next", { usage: "serverAuth" });
      door.door.reloadTls(plain({ cert_file: next.cert, key_file: next.key }));
      const tls = { ca: readFileSync(theirs.ca) };
      expect(await ask(door.where, {}, { tls })).toMatchObject({ status: 200 });
      const old = {
        ...tls,
        maxVersion: "TLSv1.1",
        minVersion: "TLSv1.1",
        ciphers: "ALL@SECLEVEL=0",
      } as const;
      expect((await talk(door.where, requestText(), { tls: old })).text).toBe("");
    });

    test("bad files change nothing", async () => {
      const door = await open(mutual(), "mtls");
      const broken = join(dir, "broken.pem");
      writeFileSync(broken, "no certificate");
      expect(() => door.door.reloadTls(mutual({ cert_file: broken }))).toThrow(/certificate and key/);
      expect(() => door.door.reloadTls(plain())).toThrow(/restart/);
      expect(await ask(door.where, {}, { tls: showing(good) })).toMatchObject({ status: 200 });
    });
  });
});
