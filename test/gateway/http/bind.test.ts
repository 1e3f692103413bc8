// What may be opened at all, asked of the library itself: 2³ ways to bind to every address, and mTLS without its parts.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bindFaults } from "../../../src/gateway/http/bind.ts";
import type { DoorParts, HttpConfig } from "../../../src/gateway/http/parts.ts";
import { makeAuthority, type Pair } from "../../support/certificates.ts";
import { httpConfig, testDoor } from "../../support/doors.ts";
import { needs } from "../../support/needs.ts";
import { removeScratch, scratch } from "../../support/scratch.ts";

const dir = scratch("bind");
afterAll(() => removeScratch(dir));
const openssl = needs("openssl");
let pair: Pair;
beforeAll(() => {
  if (openssl) pair = makeAuthority(dir).issue("server", { usage: "serverAuth" });
});

const tlsOf = (own: Partial<HttpConfig["tls"]> = {}): HttpConfig["tls"] => ({
  ...httpConfig.tls,
  termination: "server",
  cert_file: pair.cert,
  key_file: pair.key,
  ...own,
});

const yesNo = [false, true];
const matrix = ["0.0.0.0", "::"].flatMap((bind) =>
  yesNo.flatMap((optIn) =>
    yesNo.flatMap((tls) => yesNo.map((proof) => ({ bind, optIn, tls, proof, opens: optIn && tls && proof }))),
  ),
);

describe.skipIf(!openssl)("a bind that others can reach", () => {
  test.each(matrix)(
    "$bind, opt-in $optIn, TLS $tls, proof $proof: opens $opens",
    async ({ bind, optIn, tls, proof, opens }) => {
      const opening = testDoor({
        http: { bind, allow_non_loopback: optIn, tls: tls ? tlsOf() : httpConfig.tls },
        parts: { auth: proof ? "bearer_token" : "local_only" },
      });
      if (!opens) {
        await expect(opening).rejects.toMatchObject({ name: "CountersignError", code: "config_invalid" });
        return;
      }
      const opened = await opening;
      expect(opened.where).toMatchObject({ host: bind });
      await opened.close();
    },
  );

  test("TLS may be spoken by a proxy in front", async () => {
    const tls = { ...httpConfig.tls, termination: "upstream" as const };
    const opened = await testDoor({ http: { bind: "0.0.0.0", allow_non_loopback: true, tls } });
    await opened.close();
  });
});

test("everything that is missing is named at once", async () => {
  await expect(testDoor({ http: { bind: "0.0.0.0" }, parts: { auth: "local_only" } })).rejects.toThrow(
    /allow_non_loopback.*termination.*auth\.mode/,
  );
});

describe("what does not fit together", () => {
  const own = { ...httpConfig, bind: "127.0.0.1" };
  const server = { ...httpConfig.tls, termination: "server" as const };
  const both = { client_ca_file: "ca.pem", require_client_cert: true };
  test.each<{ what: string; auth: DoorParts["auth"]; http: HttpConfig; faults: number }>([
    { what: "loopback", auth: "local_only", http: own, faults: 0 },
    { what: "IPv6 loopback", auth: "local_only", http: { ...own, bind: "::1" }, faults: 0 },
    {
      what: "a Unix socket",
      auth: "local_only",
      http: { ...own, bind: "0.0.0.0", unix_socket: "/x" },
      faults: 0,
    },
    { what: "mTLS without TLS", auth: "mtls", http: own, faults: 1 },
    {
      what: "mTLS without a CA",
      auth: "mtls",
      http: { ...own, tls: { ...server, require_client_cert: true } },
      faults: 2,
    },
    {
      what: "mTLS that asks only",
      auth: "mtls",
      http: { ...own, tls: { ...server, ...both, require_client_cert: false } },
      faults: 1,
    },
    { what: "mTLS", auth: "mtls", http: { ...own, tls: { ...server, ...both } }, faults: 0 },
    {
      what: "mTLS at the proxy",
      auth: "mtls",
      http: { ...own, tls: { ...server, termination: "upstream" } },
      faults: 0,
    },
    {
      what: "mTLS on a Unix socket",
      auth: "mtls",
      http: { ...own, unix_socket: "/x", tls: { ...server, termination: "upstream" } },
      faults: 1,
    },
    {
      what: "TLS on a Unix socket",
      auth: "bearer_token",
      http: { ...own, unix_socket: "/x", tls: server },
      faults: 1,
    },
  ])("$what: $faults", ({ auth, http, faults }) => {
    expect(bindFaults({ auth, http })).toHaveLength(faults);
  });
});
