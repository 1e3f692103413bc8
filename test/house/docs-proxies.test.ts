// The proxies of config/proxy, really run where they are installed: a forged header, a stranger, a revoked certificate.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { accessSync, chmodSync, constants, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { request } from "node:https";
import { type AddressInfo, createServer as createTcp } from "node:net";
import { delimiter, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Authority, makeAuthority, type Pair } from "../support/certificates.ts";
import { removeScratch, scratch } from "../support/scratch.ts";
import { read, root } from "./files.ts";

const proxies = [
  { program: "nginx", file: "config/proxy/nginx.conf", revokes: true },
  { program: "caddy", file: "config/proxy/Caddyfile", revokes: false },
  { program: "envoy", file: "config/proxy/envoy.yaml", revokes: true },
] as const;

describe.each(proxies)("$file", ({ file, revokes }) => {
  const text = read(file);
  const lines = text.split("\n").filter((line) => !/^\s*#/.test(line));

  test.each(["x-countersign-client-subject", "x-countersign-proxy-secret", "x-forwarded-for"])(
    "sets %s once",
    (name) => {
      const setting = lines.filter((line) => line.toLowerCase().includes(name));
      const included = text.toLowerCase().includes("include /etc/countersign/proxy-secret.conf");
      expect(setting).toHaveLength(name.endsWith("secret") && included ? 0 : 1);
    },
  );

  test("holds no secret, leads to the default port, keeps health to itself", () => {
    expect(text).not.toMatch(/secret["']?[:= ]+["'][A-Za-z0-9+/_-]{16,}["']/i);
    expect(text).toMatch(/127\.0\.0\.1(:|, port_value: )9326/);
    expect(text).toContain("/healthz");
    expect(text).toContain("/readyz");
  });

  test("asks for client certificates, of TLS 1.2 and later, and says what becomes of revoked ones", () => {
    expect(text).toMatch(/ssl_verify_client on|require_and_verify|require_client_certificate: true/);
    expect(text).toMatch(/TLSv1\.2 TLSv1\.3|tls1\.2 tls1\.3|TLSv1_2/);
    expect(text.includes("clients.crl")).toBe(revokes);
    expect(revokes || text.includes("revocation list")).toBe(true);
  });
});

interface Scene {
  readonly folder: string;
  readonly authority: Authority;
  readonly good: Pair;
  readonly revoked: Pair;
  readonly stranger: Pair;
  readonly secret: string;
  readonly upstream: Server;
  /** What arrived behind the proxy. */
  readonly seen: IncomingMessage[];
}

let scene: Scene;

beforeAll(async () => {
  const folder = scratch("proxies");
  mkdirSync(join(folder, "tls"));
  mkdirSync(join(folder, "other"));
  const authority = makeAuthority(folder);
  const revoked = authority.issue("revoked");
  authority.revoke(revoked);
  const server = authority.issue("server", { usage: "serverAuth", subject: "/CN=countersign.example" });
  const place = (from: string, to: string): void =>
    writeFileSync(join(folder, "tls", to), readFileSync(from), { mode: 0o600 });
  place(server.cert, "cert.pem");
  place(server.key, "key.pem");
  place(authority.ca, "clients.pem");
  place(authority.revocations(), "clients.crl");
  const secret = randomBytes(32).toString("hex");
  writeFileSync(join(folder, "proxy-secret"), secret, { mode: 0o600 });
  writeFileSync(
    join(folder, "proxy-secret.conf"),
    `proxy_set_header X-Countersign-Proxy-Secret "${secret}";\n`,
  );
  const seen: IncomingMessage[] = [];
  const upstream = createServer((incoming, outgoing) => {
    seen.push(incoming);
    outgoing.end("behind");
  });
  await new Promise<void>((done) => {
    upstream.listen(0, "127.0.0.1", done);
  });
  const good = authority.issue("good", { subject: "/O=team/CN=agent" });
  const stranger = makeAuthority(join(folder, "other"), "other").issue("stranger", {
    subject: "/O=team/CN=agent",
  });
  scene = { folder, authority, good, revoked, stranger, secret, upstream, seen };
});
afterAll(() => {
  scene.upstream.close();
  removeScratch(scene.folder);
});

describe.each(proxies)("$program, really", ({ program, file, revokes }) => {
  const binary = found(program);
  let child: ChildProcess | undefined;
  let port = 0;

  beforeAll(async () => {
    if (binary === undefined) return;
    port = await freePort();
    child = await start(binary, program, file, port);
  });
  afterAll(() => {
    child?.kill("SIGKILL");
  });

  const ask = (
    pair: Pair | undefined,
    path = "/mcp",
    headers: Record<string, string | string[]> = {},
  ): Promise<Answer> => call(port, pair, path, headers);

  test.skipIf(binary === undefined)(
    "the certificate's subject arrives, whatever the client says of itself",
    async () => {
      const forged = {
        "x-countersign-client-subject": ["CN=admin", "CN=root"],
        "X-Countersign-Proxy-Secret": "guessed",
        "x-forwarded-for": "192.0.2.1, 192.0.2.2",
        authorization: "Bearer x",
        "x-correlation-id": "c-1",
      };
      expect(await ask(scene.good, "/mcp?a=b", forged)).toEqual({ status: 200, body: "behind" });
      const arrived = scene.seen.at(-1);
      const all = (name: string): readonly string[] => arrived?.headersDistinct[name] ?? [];
      expect(all("x-countersign-client-subject")).toEqual([rfc2253(scene.good)]);
      expect(all("x-countersign-proxy-secret")).toEqual([scene.secret]);
      expect(all("x-forwarded-for")).toEqual(["127.0.0.1"]);
      expect(all("host")[0]).toMatch(/^countersign\.example(:\d+)?$/);
      expect(all("authorization")).toEqual(["Bearer x"]);
      expect(all("x-correlation-id")).toEqual(["c-1"]);
      expect(arrived?.url).toBe("/mcp?a=b");
    },
  );

  test.skipIf(binary === undefined)(
    "no certificate and a stranger's certificate get no request through",
    async () => {
      const before = scene.seen.length;
      for (const pair of [undefined, scene.stranger]) expect((await ask(pair)).status).not.toBe(200);
      expect(scene.seen.length).toBe(before);
    },
  );

  test.skipIf(binary === undefined || !revokes)("nor does a revoked one", async () => {
    const before = scene.seen.length;
    expect((await ask(scene.revoked)).status).not.toBe(200);
    expect(scene.seen.length).toBe(before);
  });

  test.skipIf(binary === undefined)("health is not for the outside", async () => {
    for (const path of ["/healthz", "/readyz"]) expect((await ask(scene.good, path)).status).toBe(404);
  });

  test.skipIf(binary === undefined)("another Host does not reach the gateway under our name", async () => {
    const before = scene.seen.length;
    const answer = await ask(scene.good, "/mcp", { host: "evil.example" });
    const arrived = scene.seen.slice(before).map(({ headers }) => headers.host);
    expect([answer.status === 200, ...arrived]).toSatisfy(
      (said: readonly unknown[]) => said[0] === false || said[1] === "evil.example",
    );
  });
});

interface Answer {
  readonly status: number | string;
  readonly body: string;
}

function call(
  port: number,
  pair: Pair | undefined,
  path: string,
  headers: Record<string, string | string[]>,
): Promise<Answer> {
  return new Promise((done) => {
    const sent = request(
      {
        host: "127.0.0.1",
        port,
        path,
        method: "GET",
        agent: false,
        servername: "countersign.example",
        rejectUnauthorized: false,
        headers: { host: "countersign.example", ...headers },
        ...(pair === undefined ? {} : { cert: readFileSync(pair.cert), key: readFileSync(pair.key) }),
      },
      (answer) => {
        let body = "";
        answer.setEncoding("utf8").on("data", (part: string) => (body += part));
        answer.on("end", () => done({ status: answer.statusCode ?? 0, body }));
      },
    );
    sent.on("error", (error) => done({ status: error.message, body: "" }));
    sent.end();
  });
}

function rfc2253({ cert }: Pair): string {
  const args = ["x509", "-in", cert, "-noout", "-subject", "-nameopt", "RFC2253"];
  return execFileSync("openssl", args, { encoding: "utf8" })
    .trim()
    .replace(/^subject=\s*/, "");
}

/** The example with this machine's ports and files in it; nothing else is changed. */
function adapted(file: string, port: number): string {
  const upstream = (scene.upstream.address() as AddressInfo).port;
  return readFileSync(join(root, file), "utf8")
    .replaceAll("/etc/countersign/", `${scene.folder}/`)
    .replaceAll(/\b9326\b/g, String(upstream))
    .replaceAll(/\b443\b/g, String(port));
}

async function start(binary: string, program: string, file: string, port: number): Promise<ChildProcess> {
  const { folder } = scene;
  const config = join(folder, file.replaceAll("/", "-"));
  const own = program === "nginx" ? `pid ${folder}/nginx.pid;\nerror_log stderr;\n` : "";
  writeFileSync(config, own + adapted(file, port).replace("http {", `http {\n  access_log off;`));
  chmodSync(folder, 0o755);
  const args: Readonly<Record<string, readonly string[]>> = {
    nginx: ["-p", folder, "-c", config, "-g", "daemon off; master_process off;"],
    caddy: ["run", "--adapter", "caddyfile", "--config", config],
    envoy: ["-c", config, "--base-id", String(port), "--log-level", "warning", "--concurrency", "1"],
  };
  const env = { PATH: process.env["PATH"], HOME: folder, COUNTERSIGN_PROXY_SECRET: scene.secret };
  const child = spawn(binary, args[program] ?? [], { cwd: folder, env, stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (part: string) => (said += part));
  for (let look = 0; look < 200; look++) {
    if (child.exitCode !== null) break;
    if ((await call(port, scene.good, "/healthz", {})).status === 404) return child;
    await setTimeout(50);
  }
  child.kill("SIGKILL");
  throw new Error(`${program} does not serve ${file}:\n${said.slice(-2000)}`);
}

function freePort(): Promise<number> {
  return new Promise((done) => {
    const server = createTcp().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => done(port));
    });
  });
}

function found(program: string): string | undefined {
  return (process.env["PATH"] ?? "")
    .split(delimiter)
    .map((folder) => join(folder, program))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}
