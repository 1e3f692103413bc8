// Remote agents that have nothing of ours: the old transport, mTLS, and plain curl, each from the patch to a verdict. G09 by curl.
import { Client as ClientV2, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { Client as ClientV1 } from "@modelcontextprotocol/sdk/client/index.js";
import { SSEClientTransport } from "@modelcontextprotocol/sdk/client/sse.js";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { Agent, fetch as fetchBy } from "undici";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ask } from "../postures/ask.ts";
import { openPosture, type Posture } from "../postures/posture.ts";
import { EDIT, proposalOf, wordOfCi } from "../postures/proposal.ts";
import { needs } from "../support/needs.ts";
import { standingBytes, standingFiles } from "../support/standing.ts";

const MINUTES = 60_000;
const quiet = (): void => undefined;

/** Resolves with the structured content. */
type Call = (name: string, args: Record<string, unknown>) => Promise<unknown>;

/** The two lines of the SDK type their results differently; only this field matters here. */
const contentOf = (result: object): unknown => Reflect.get(result, "structuredContent");

/** What became of a patch of its own, as `state principal`. */
async function verdictBy(posture: Posture, call: Call): Promise<string> {
  const read = (await call("read-manifest", {})) as { manifest: string };
  const dryRun = (args: object): Promise<unknown> => call("propose-patch", { ...args });
  const evidence =
    posture.preset === "hardened" ? [{ envelope: await wordOfCi(posture, dryRun, read.manifest, EDIT) }] : [];
  const proposal = proposalOf(read.manifest, { edits: [EDIT], evidence, wait_seconds: 40 });
  const made = (await call("propose-patch", { ...proposal })) as { patch_id: string };
  const status = (await call("patch-status", { patch_id: made.patch_id })) as {
    state: string;
  };
  const { stdout } = await posture.person("show", made.patch_id, "--json");
  const { principal } = JSON.parse(stdout) as { principal: string };
  return `${status.state} ${principal}`;
}

describe("with bearer tokens", () => {
  let posture: Posture;
  beforeAll(async () => {
    posture = await openPosture("default", quiet, "[server.http]\nsse = true\n");
  }, 4 * MINUTES);
  afterAll(() => posture.stop());

  test("a client of SDK 1 over legacy HTTP+SSE", async () => {
    const headers = { authorization: `Bearer ${posture.token("agent") ?? ""}` };
    const client = new ClientV1({ name: "remote", version: "1" });
    const transport = new SSEClientTransport(new URL("/sse", posture.door.origin), {
      requestInit: { headers },
      eventSourceInit: {
        fetch: (url, init) => fetch(url, { ...init, headers: { ...init.headers, ...headers } }),
      },
    });
    await client.connect(transport);
    expect(
      await verdictBy(posture, async (name, args) =>
        contentOf(await client.callTool({ name, arguments: args })),
      ),
    ).toBe("approved agent");
    await client.close();
  });

  describe.skipIf(!needs("curl"))("plain curl over the Actions API", () => {
    test("a patch to a verdict", async () => {
      const call: Call = async (name, args) => {
        const { status, body } = await curl(posture, posture.token("proposing"), name, args);
        expect(status).toBe(200);
        return JSON.parse(body) as unknown;
      };
      expect(await verdictBy(posture, call)).toBe("approved proposing");
    });

    test("G09: without a token 401 with a challenge, with a wrong one 401, with the right one 200", async () => {
      const read = (token?: string) => curl(posture, token, "read-file", { path: "src/a.ts" });
      const wrong = `cst_${"0".repeat(16)}_${"A".repeat(43)}`;
      const right = posture.token("measured") ?? "";
      const [none, other, own] = [await read(), await read(wrong), await read(right)];
      expect([none.status, other.status, own.status]).toEqual([401, 401, 200]);
      for (const { head } of [none, other]) expect(head).toMatch(/^www-authenticate: bearer/im);
      const holding = standingFiles(posture.state).filter((path) =>
        standingBytes(path).includes(right.slice(21)),
      );
      expect(holding).toEqual([]);
    });
  });
});

/** Header fields come from standard input, so that the token stands in no argument list. */
async function curl(
  posture: Posture,
  token: string | undefined,
  tool: string,
  args: object,
): Promise<{ status: number; head: string; body: string }> {
  const url = new URL(`/actions/${tool}`, posture.door.origin).href;
  const options = ["-q", "-sS", "-i", "--max-time", "60", "-H", "@-", "--data", JSON.stringify(args), url];
  const out = await new Promise<string>((resolve, reject) => {
    const child = execFile("curl", options, { encoding: "utf8" }, (error, stdout, stderr) =>
      error === null ? resolve(stdout) : reject(new Error(stderr)),
    );
    const fields = token === undefined ? [] : [`Authorization: Bearer ${token}`];
    child.stdin?.end(["Content-Type: application/json", ...fields, ""].join("\n"));
  });
  const end = out.indexOf("\r\n\r\n");
  return { status: Number(out.split(" ", 2)[1]), head: out.slice(0, end), body: out.slice(end + 4) };
}

describe("with a certificate of its own", () => {
  let posture: Posture;
  beforeAll(async () => {
    const lines = `client_ca_file = "tls/clients.pem"
require_client_cert = true
[auth]
mode = "mtls"
[[principals]]
name = "machine"
subjects = ["mtls:CN=agent"]
roles = ["proposer"]
`;
    posture = await openPosture("hardened", quiet, lines);
  }, 4 * MINUTES);
  afterAll(() => posture.stop());

  /** A client of SDK 2 that trusts the CA and shows `own`, if anything. */
  async function connect(own: { cert?: Buffer; key?: Buffer }): Promise<ClientV2> {
    const { origin, ca = "" } = posture.door;
    const dispatcher = new Agent({ connect: { ca: readFileSync(ca), ...own } });
    // undici's own fetch and the built-in one have the same shapes, under two names.
    const through = ((url: string | URL, init: object = {}) =>
      fetchBy(url, { ...init, dispatcher })) as unknown as typeof fetch;
    const client = new ClientV2({ name: "remote", version: "1" }, { versionNegotiation: { mode: "auto" } });
    await client.connect(new StreamableHTTPClientTransport(new URL("/mcp", origin), { fetch: through }));
    return client;
  }

  test("a client of SDK 2 over Streamable HTTP, as what its certificate says", async () => {
    const { cert, key } = posture.door.own ?? { cert: "", key: "" };
    const client = await connect({ cert: readFileSync(cert), key: readFileSync(key) });
    expect(client.getNegotiatedProtocolVersion()).toBe("2026-07-28");
    expect(
      await verdictBy(posture, async (name, args) =>
        contentOf(await client.callTool({ name, arguments: args })),
      ),
    ).toBe("approved machine");
    await client.close();
  });

  test("the same client without a certificate does not even shake hands", async () => {
    // The door is up, the CA is trusted, and the server ends the connection without a byte of HTTP.
    await expect(connect({})).rejects.toMatchObject({ cause: { cause: { code: "UND_ERR_SOCKET" } } });
    const { origin, ca } = posture.door;
    await expect(ask({ origin, ca }, { method: "GET", path: "/readyz" })).rejects.toThrow();
    expect((await ask(posture.door, { method: "GET", path: "/readyz" })).status).toBe(200);
  });
});
