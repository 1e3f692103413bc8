// The only way out: real servers on loopback, real TLS, and every way in which a name could lead somewhere else.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { openOutbound, type OutboundError, type OutboundOptions } from "../../../src/io/http/outbound.ts";
import { needs } from "../../support/needs.ts";
import { removeScratch, scratch } from "../../support/scratch.ts";

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

async function listen(
  server: Server | ReturnType<typeof createTcpServer>,
  host = "127.0.0.1",
): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, host, resolve);
  await promise;
  open.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

const serve = async (answer: RequestListener): Promise<string> =>
  `http://127.0.0.1:${await listen(createServer(answer))}/keys`;

function door(changes: Partial<OutboundOptions> = {}): ReturnType<typeof openOutbound> {
  const made = openOutbound({
    allowedHosts: ["127.0.0.1"],
    timeoutMs: 2000,
    maxBytes: 1000,
    loopbackHttp: true,
    ...changes,
  });
  open.push(() => made.close());
  return made;
}

const fault = async (asked: Promise<unknown>): Promise<string> => {
  const error = await asked.then(
    () => undefined,
    (cause: unknown) => cause as OutboundError,
  );
  expect(error?.name ?? "an answer").toBe("OutboundError");
  return error?.fault ?? "";
};

test("what is answered with 200 comes back byte for byte, and the request says nothing about us", async () => {
  let sent: unknown;
  const url = await serve((request, response) => {
    sent = request.headers;
    response.setHeader("set-cookie", "id=1").end("{}");
  });
  const out = door();
  expect(Buffer.from(await out.get(url)).toString()).toBe("{}");
  await out.get(url);
  const expected = ["accept", "accept-encoding", "connection", "host"];
  expect(Object.keys(sent as object).sort()).toEqual(expected);
});

describe("URLs that are not asked", () => {
  test.each([
    ["not a URL", "url"],
    ["http://example.com/", "url"],
    ["ftp://127.0.0.1/", "url"],
    ["file:///etc/passwd", "url"],
    ["https://user:pass@127.0.0.1/", "url"],
    ["https://example.com/", "host"],
    ["https://127.0.0.1.example.com/", "host"],
    ["https://127.0.0.2/", "host"],
    ["https://[::1]/", "host"],
    ["https://keys.example./", "host"],
  ])("%s: %s", async (url, expected) => {
    expect(await fault(door({ allowedHosts: ["127.0.0.1", "keys.example"] }).get(url))).toBe(expected);
  });

  test("plain http, also to loopback, unless a test says so", async () => {
    const url = await serve((_request, response) => response.end("{}"));
    expect(await fault(door({ loopbackHttp: false }).get(url))).toBe("url");
  });
});

describe("answers that are not taken", () => {
  const endless: RequestListener = (_request, response) => {
    const more = setInterval(() => response.write("x".repeat(400)), 5);
    response.on("close", () => clearInterval(more));
  };
  test.each<readonly [string, string, RequestListener]>([
    [
      "a redirect",
      "redirect",
      (_request, response) => response.writeHead(302, { location: "/keys?2" }).end(),
    ],
    ["an error", "status", (_request, response) => response.writeHead(500).end("{}")],
    ["no content", "status", (_request, response) => response.writeHead(204).end()],
    [
      "a bomb",
      "encoding",
      (_request, response) => response.setHeader("content-encoding", "gzip").end(gzipSync("x".repeat(1e6))),
    ],
    ["a byte too many", "size", (_request, response) => response.end("x".repeat(1001))],
    ["more and more", "size", endless],
    [
      "a cut answer",
      "failed",
      (_request, response) =>
        void response.writeHead(200, { "content-length": 10 }).write("x", () => response.destroy()),
    ],
    [
      "headers without end",
      "failed",
      (_request, response) => response.setHeader("x-long", "y".repeat(20_000)).end("{}"),
    ],
  ])("%s", async (_what, expected, answer) => {
    let asked = 0;
    const url = await serve((request, response) => {
      asked += 1;
      answer(request, response);
    });
    expect(await fault(door().get(url))).toBe(expected);
    expect(asked).toBe(1);
  });

  test("the largest one is", async () => {
    const url = await serve((_request, response) => response.end("x".repeat(1000)));
    expect(await door().get(url)).toHaveLength(1000);
  });
});

describe("the status alone", () => {
  test.each([200, 204, 404, 503])("%d is told, whatever the body is", async (status) => {
    const url = await serve((_request, response) =>
      response.writeHead(status).end("x".repeat(status === 204 ? 0 : 5000)),
    );
    expect(await door().status(url)).toBe(status);
  });

  test("a redirect is none, and is not followed", async () => {
    let asked = 0;
    const url = await serve((_request, response) => {
      asked += 1;
      response.writeHead(302, { location: "/keys?2" }).end();
    });
    expect(await fault(door().status(url))).toBe("redirect");
    expect(asked).toBe(1);
  });

  test("hosts, addresses and time are those of get", async () => {
    expect(await fault(door().status("https://example.com/"))).toBe("host");
    expect(await fault(door({ timeoutMs: 300 }).status(await serve(() => undefined)))).toBe("timeout");
  });
});

describe("time", () => {
  test.each<readonly [string, RequestListener]>([
    ["no answer", () => undefined],
    ["an answer without end", (_request, response) => void response.writeHead(200).write("x")],
    [
      "a byte now and then",
      (_request, response) => {
        const more = setInterval(() => response.write("x"), 50);
        response.on("close", () => clearInterval(more));
      },
    ],
  ])("%s ends in time", async (_what, answer) => {
    expect(await fault(door({ timeoutMs: 300 }).get(await serve(answer)))).toBe("timeout");
  });

  test("a resolver that never answers", async () => {
    const out = door({ allowedHosts: ["keys.example"], timeoutMs: 300, resolve: () => undefined });
    expect(await fault(out.get("https://keys.example/"))).toBe("timeout");
  });
});

test("nobody there", async () => {
  const server = createServer();
  const port = await listen(server);
  server.close();
  expect(await fault(door().get(`http://127.0.0.1:${port}/`))).toBe("failed");
});

describe("names that lead inwards", () => {
  const inward = [
    "127.0.0.1",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "::1",
    "::",
    "fe80::1",
    "fd00::1",
    "::ffff:127.0.0.1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::1",
    "168.63.129.16",
    "::2",
    "4000::1",
  ];
  const named = (...addresses: readonly string[]): Partial<OutboundOptions> => ({
    allowedHosts: ["keys.example"],
    resolve: (_host, done) =>
      done(
        null,
        addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })),
      ),
  });

  test.each(inward)("%s", async (address) => {
    expect(await fault(door(named(address)).get("https://keys.example/"))).toBe("address");
  });

  test("one among public ones", async () => {
    expect(await fault(door(named("8.8.8.8", "127.0.0.1")).get("https://keys.example/"))).toBe("address");
  });

  test("nowhere", async () => expect(await fault(door(named()).get("https://keys.example/"))).toBe("failed"));

  test("localhost is meant as such, and means loopback alone", async () => {
    const url = (await serve((_request, response) => response.end("{}"))).replace("127.0.0.1", "localhost");
    expect(await door({ allowedHosts: ["localhost"] }).get(url)).toHaveLength(2);
    expect(await fault(door({ ...named("10.0.0.1"), allowedHosts: ["localhost"] }).get(url))).toBe("address");
  });

  test("the address that was checked is the one that is connected to: nobody asks the system a second time", async () => {
    let asked = 0;
    const server = createServer((_request, response) => response.end("{}"));
    const port = await listen(server, "127.0.0.9");
    const out = door({
      allowedHosts: ["localhost"],
      resolve: (_host, done) => {
        asked += 1;
        done(null, [{ address: "127.0.0.9", family: 4 }]);
      },
    });
    expect(await out.get(`http://localhost:${port}/`)).toHaveLength(2);
    expect(asked).toBe(1);
  });
});

test("no proxy of the environment is asked", async () => {
  let proxied = 0;
  const proxy = `http://127.0.0.1:${await listen(createTcpServer((socket) => (proxied++, socket.destroy())))}`;
  const before = { ...process.env };
  const names = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"];
  for (const name of names) process.env[name] = proxy;
  try {
    const url = await serve((_request, response) => response.end("{}"));
    expect(await door().get(url)).toHaveLength(2);
  } finally {
    process.env = before;
  }
  expect(proxied).toBe(0);
});

describe.skipIf(!needs("openssl"))("TLS", () => {
  let folder: string;
  beforeAll(() => {
    folder = scratch("outbound-tls");
    const subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2"];
    const files = ["-keyout", join(folder, "key.pem"), "-out", join(folder, "cert.pem")];
    const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
    execFileSync("openssl", ["req", "-x509", ...kind, ...subject, ...files], { stdio: "ignore" });
  });
  afterAll(() => removeScratch(folder));

  const secure = async (): Promise<{ url: string; ca: string }> => {
    const cert = readFileSync(join(folder, "cert.pem"), "utf8");
    const key = readFileSync(join(folder, "key.pem"));
    const server = createTlsServer({ cert, key }, (_request, response) => response.end("{}"));
    return { url: `https://127.0.0.1:${await listen(server)}/`, ca: cert };
  };

  test("an address that is allowed as such is asked, when its certificate is trusted", async () => {
    const { url, ca } = await secure();
    expect(await door({ ca }).get(url)).toHaveLength(2);
  });

  test("a certificate of nobody, and one of another name", async () => {
    const { url, ca } = await secure();
    expect(await fault(door().get(url))).toBe("failed");
    const other = url.replace("127.0.0.1", "localhost");
    expect(await fault(door({ ca, allowedHosts: ["localhost"] }).get(other))).toBe("failed");
  });
});
