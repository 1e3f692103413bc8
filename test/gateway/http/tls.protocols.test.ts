// D32: what is agreed on in the handshake is HTTP/1.1 and nothing else, whatever a client would rather speak.
import { readFileSync } from "node:fs";
import { once } from "node:events";
import { connect, type TLSSocket } from "node:tls";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { makeAuthority, type Authority, type Pair } from "../../support/certificates.ts";
import { httpConfig, portOf, testDoor, type TestDoor } from "../../support/doors.ts";
import { needs } from "../../support/needs.ts";
import { removeScratch, scratch } from "../../support/scratch.ts";

const dir = scratch("alpn");
afterAll(() => removeScratch(dir));

describe.skipIf(!needs("openssl"))("the protocol of a TLS connection", () => {
  let ours: Authority;
  let server: Pair;
  let door: TestDoor | undefined;
  beforeAll(() => {
    ours = makeAuthority(dir, "ours");
    server = ours.issue("server", { usage: "serverAuth" });
  });
  afterEach(async () => door?.close());

  async function shake(protocols: readonly string[]): Promise<TLSSocket> {
    const tls = {
      ...httpConfig.tls,
      termination: "server" as const,
      cert_file: server.cert,
      key_file: server.key,
    };
    door = await testDoor({ http: { tls } });
    const socket = connect({
      port: portOf(door),
      host: "127.0.0.1",
      ca: readFileSync(ours.ca),
      ALPNProtocols: [...protocols],
    });
    await once(socket, "secureConnect");
    return socket;
  }

  test.each([[["http/1.1"]], [["h2", "http/1.1"]]])("of %j it is HTTP/1.1", async (protocols) => {
    const socket = await shake(protocols);
    expect(socket.alpnProtocol).toBe("http/1.1");
    socket.destroy();
  });

  test("who speaks h2 only gets no connection", async () => {
    await expect(shake(["h2"])).rejects.toThrow(/no application protocol|ECONNRESET|disconnected/i);
  });
});
