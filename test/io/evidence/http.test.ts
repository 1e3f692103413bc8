// D25: https of listed hosts, asked by a process that holds nothing; D02: every way in which that can fail has its code.
import { gzipSync } from "node:zlib";
import type { RequestListener } from "node:http";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { sha256 } from "../../../src/core/base/digest.ts";
import { askAuthority } from "../../../src/io/evidence/authority.ts";
import { fetchOnce, type FetchProgram, fetchProgram } from "../../../src/io/evidence/fetch.ts";
import { httpProvider } from "../../../src/io/evidence/http.ts";
import { packageRoot } from "../../../src/io/file/config.ts";
import { testProgram, type TlsServer, tlsServer } from "../../support/fetching.ts";
import { needs } from "../../support/needs.ts";
import { question, tell } from "../../support/questions.ts";
import { removeScratch, scratch } from "../../support/scratch.ts";

const production = fetchProgram(process.execPath, packageRoot());
const signal = new AbortController().signal;

describe("the program of production", () => {
  const ask = (url: string, hosts: readonly string[]): Promise<string> =>
    tell(httpProvider({ allowed_hosts: [...hosts], max_bytes: 1000 }, 3000, production), "http", "status", {
      url,
    });

  test.each([
    ["https://127.0.0.1/", ["127.0.0.1"], "http_address"],
    ["https://[::1]/", ["::1"], "http_address"],
    ["https://169.254.169.254/latest/meta-data/", ["169.254.169.254"], "http_address"],
    ["https://0x7f.1/", ["127.0.0.1"], "http_address"],
    ["https://localhost/", ["localhost"], "http_address"],
    ["https://10.0.0.1/", [], "http_address"],
    ["https://ci.example/", [], "http_host"],
    ["https://ci.example.evil.example/", ["ci.example"], "http_host"],
    ["http://ci.example/", ["ci.example"], "http_url"],
    ["https://user:pw@ci.example/", ["ci.example"], "http_url"],
    ["nonsense", ["ci.example"], "http_url"],
    ["https://no-such-name.invalid/", ["no-such-name.invalid"], "http_unreachable"],
  ])("%s with %j: %s", { timeout: 20_000 }, async (url, hosts, expected) => {
    expect(await ask(url, hosts)).toBe(expected);
  });

  test("has no environment, may write nothing and start nothing", () => {
    expect(production.env).toEqual({});
    expect(production.args).toContain("--permission");
    expect(production.args.join(" ")).not.toMatch(/--allow-(?:fs-write|child|addons|worker|wasi)/);
  });

  test("does not know the words with which tests open loopback", async () => {
    const more: FetchProgram = {
      ...production,
      args: [...production.args, "/dev/null", '{"a":["127.0.0.1"]}'],
    };
    const provider = httpProvider({ allowed_hosts: ["127.0.0.1"], max_bytes: 10 }, 3000, more);
    expect(await tell(provider, "http", "status", { url: "https://127.0.0.1/" })).toBe("http_address");
  });
});

describe("names that lead inwards", () => {
  test.each([
    "127.0.0.1",
    "10.0.0.1",
    "169.254.169.254",
    "192.168.0.1",
    "::1",
    "fe80::1",
    "::ffff:127.0.0.1",
  ])("%s", async (address) => {
    const program = testProgram("", { "ci.example": ["8.8.8.8", address] });
    const provider = httpProvider({ allowed_hosts: ["ci.example"], max_bytes: 10 }, 3000, program);
    expect(await tell(provider, "http", "status", { url: "https://ci.example/" })).toBe("http_address");
  });
});

describe.runIf(needs("openssl"))("a real server", () => {
  let folder: string;
  let server: TlsServer;
  beforeAll(async () => {
    folder = scratch("evidence-http");
    server = await tlsServer(folder);
  });
  afterAll(async () => {
    await server.close();
    removeScratch(folder);
  });
  beforeEach(() => {
    server.asked.length = 0;
  });

  const ask = (check: string, answer: RequestListener, jsonpath?: string): Promise<string> => {
    server.answer = answer;
    const config = { allowed_hosts: ["127.0.0.1"], max_bytes: 1000 };
    const params = { url: `${server.origin}/report`, ...(jsonpath === undefined ? {} : { jsonpath }) };
    return tell(httpProvider(config, 1500, testProgram(server.ca)), "http", check, params);
  };
  const body =
    (text: string): RequestListener =>
    (_request, response) =>
      response.end(text);

  test.each<readonly [string, RequestListener, string | undefined, string]>([
    ["status", body("{}"), undefined, "200"],
    ["status", (_request, response) => response.writeHead(404).end(), undefined, "404"],
    ["status", (_request, response) => response.writeHead(503).end("x".repeat(5000)), undefined, "503"],
    [
      "status",
      (_request, response) => response.writeHead(302, { location: "/other" }).end(),
      undefined,
      "http_redirect",
    ],
    ["status", () => undefined, undefined, "http_timeout"],
    ["body_hash", body("hello"), undefined, JSON.stringify(sha256("hello"))],
    ["body_hash", (_request, response) => response.writeHead(404).end("hello"), undefined, "http_status"],
    ["json", body('{"ok":true,"n":9007199254740993}'), "$.n", "9007199254740993"],
    ["json", body('{"a":[1,2]}'), "$.a[*]", "[1,2]"],
    ["json", body('{"a":1}'), undefined, '{"a":1}'],
    ["json", body('{"a":1}'), "$.b", "http_no_match"],
    ["json", body('{"a":1}'), "b", "http_path_invalid"],
    ["json", body('{"a":1,"a":2}'), "$.a", "http_invalid"],
    ["json", body('{"a":'), "$.a", "http_invalid"],
    ["json", (_request, response) => response.writeHead(500).end("{}"), "$.a", "http_status"],
    [
      "json",
      (_request, response) => response.writeHead(301, { location: "/x" }).end(),
      "$.a",
      "http_redirect",
    ],
    ["json", body(`"${"x".repeat(999)}"`), undefined, "http_too_large"],
    [
      "json",
      (_request, response) => response.setHeader("content-encoding", "gzip").end(gzipSync("{}")),
      undefined,
      "http_encoding",
    ],
    ["json", (_request, response) => void response.writeHead(200).write("{"), undefined, "http_timeout"],
    [
      "json",
      (_request, response) =>
        void response.writeHead(200, { "content-length": 9 }).write("{", () => response.destroy()),
      undefined,
      "http_unreachable",
    ],
    ["post", body("{}"), undefined, "http_check"],
  ])("%s (%#): %s", { timeout: 20_000 }, async (check, answer, jsonpath, expected) => {
    expect(await ask(check, answer, jsonpath)).toBe(expected);
    expect(server.asked.length).toBeLessThanOrEqual(1);
  });

  test("the largest answer comes whole, and the anchor is the URL", async () => {
    server.answer = body(`"${"x".repeat(998)}"`);
    const provider = httpProvider(
      { allowed_hosts: ["127.0.0.1"], max_bytes: 1000 },
      3000,
      testProgram(server.ca),
    );
    const url = `${server.origin}/report`;
    const found = await provider.ask(question("http", "json", { url }), signal);
    expect(found.value).toHaveLength(998);
    expect(found.lane).toBe("verified");
    expect(found.anchor).toEqual({ type: "url", value: JSON.stringify({ url }) });
  });

  test("an authority that nobody believes", async () => {
    server.answer = body("{}");
    const provider = httpProvider({ allowed_hosts: ["127.0.0.1"], max_bytes: 10 }, 3000, testProgram(""));
    expect(await tell(provider, "http", "status", { url: server.origin })).toBe("http_address");
    const foreign = await fetchOnce(
      {
        url: server.origin,
        hosts: ["127.0.0.1"],
        max_bytes: 10,
        timeout_ms: 3000,
        private_literals: true,
        want: "status",
      },
      production,
      signal,
    );
    expect(foreign).toMatchObject({ fault: "failed" });
    expect(server.asked).toEqual([]);
  });

  test(
    "many questions start few processes at a time, and all are answered",
    { timeout: 60_000 },
    async () => {
      let open = 0;
      let most = 0;
      server.answer = (_request, response) => {
        open += 1;
        most = Math.max(most, open);
        setTimeout(() => {
          open -= 1;
          response.end("{}");
        }, 150);
      };
      const provider = httpProvider(
        { allowed_hosts: ["127.0.0.1"], max_bytes: 100 },
        30_000,
        testProgram(server.ca),
      );
      const urls = Array.from({ length: 10 }, (_, at) => `${server.origin}/${at}`);
      expect(await Promise.all(urls.map((url) => tell(provider, "http", "status", { url })))).toEqual(
        Array(10).fill("200"),
      );
      expect(most).toBeLessThanOrEqual(4);
    },
  );

  test("the authority of namespaces", { timeout: 60_000 }, async () => {
    const parts = { program: testProgram(server.ca), timeoutMs: 1500 };
    const at = (answer: RequestListener): ReturnType<typeof askAuthority> => {
      server.answer = answer;
      return askAuthority(`${server.origin}/names/`, "team-a", parts);
    };
    const status =
      (code: number): RequestListener =>
      (_request, response) =>
        response.writeHead(code).end();
    expect(await at(status(200))).toBe("vouched");
    expect(server.asked).toEqual(["/names/team-a"]);
    for (const code of [401, 403, 404]) expect(await at(status(code))).toBe("refused");
    for (const code of [204, 201, 302, 400, 429, 500]) expect(await at(status(code))).toBe("unavailable");
    expect(await at(() => undefined)).toBe("unavailable");
    expect(await askAuthority("", "team-a", parts)).toBe("unavailable");
    expect(await askAuthority("nonsense", "team-a", parts)).toBe("unavailable");
    expect(await askAuthority("http://127.0.0.1:1/", "team-a", parts)).toBe("unavailable");
    server.asked.length = 0;
    await askAuthority(server.origin, "../x?y#z", parts);
    server.answer = status(200);
    expect(server.asked).toEqual(["/..%2Fx%3Fy%23z"]);
  });
});

describe("a process that does not do its work", () => {
  const program = (script: string): FetchProgram => ({
    file: process.execPath,
    args: ["-e", script],
    cwd: "/",
    env: {},
  });
  const config = { allowed_hosts: ["ci.example"], max_bytes: 100 };
  const url = "https://ci.example/";
  test.each([
    ["ends at once", "process.exit(0)", "http_failed"],
    ["fails", "console.log(JSON.stringify({status:200}));process.exitCode = 1", "http_failed"],
    ["says something else", 'console.log("yes")', "http_failed"],
    ["says more than there is to say", "console.log(JSON.stringify({status:200,more:1}))", "http_failed"],
    ["says no status", "console.log(JSON.stringify({status:7}))", "http_failed"],
    ["answers another question", 'console.log(JSON.stringify({body:"e30="}))', "http_failed"],
    ["kills itself", "process.kill(process.pid, 9)", "http_failed"],
    ["writes without end", 'for(;;)require("fs").writeSync(1,"x".repeat(1e5))', "http_too_large"],
  ])("%s: %s", { timeout: 20_000 }, async (_what, script, expected) => {
    expect(await tell(httpProvider(config, 1000, program(script)), "http", "status", { url })).toBe(expected);
  });

  test("is not there", async () => {
    const absent = { file: "/nowhere/node", args: [], cwd: "/", env: {} };
    expect(await tell(httpProvider(config, 1000, absent), "http", "status", { url })).toBe("http_failed");
    expect(await askAuthority(url, "n", { program: absent, timeoutMs: 1000 })).toBe("unavailable");
  });

  test("hangs: it is killed when nobody waits any more", async () => {
    const over = new AbortController();
    setTimeout(() => over.abort(), 300);
    const hung = httpProvider(config, 3_600_000, program("setInterval(() => {}, 1000)"));
    const found = await hung.ask(question("http", "status", { url }), over.signal);
    expect(found.error?.code).toBe("http_failed");
    expect((await hung.ask(question("http", "status", { url }), over.signal)).error?.code).toBe(
      "http_timeout",
    );
  });
});
