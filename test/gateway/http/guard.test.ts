// Host, Origin and headers as values: who is turned away, and for what.
import { describe, expect, test } from "vitest";
import {
  type Bound,
  headFault,
  hostFault,
  namesOf,
  originFault,
  valuesOf,
} from "../../../src/gateway/http/guard.ts";
import { corpus, hasCorpora, rows } from "../../support/corpora.ts";
import { httpConfig } from "../../support/doors.ts";

const PORT = 9326;
const loopback: Bound = { kind: "tcp", address: "127.0.0.1", port: PORT, loopback: true, secure: false };
const everywhere: Bound = { kind: "tcp", address: "0.0.0.0", port: PORT, loopback: false, secure: true };
const specific: Bound = { kind: "tcp", address: "192.0.2.1", port: PORT, loopback: false, secure: true };
const six: Bound = { kind: "tcp", address: "2001:db8::1", port: PORT, loopback: false, secure: true };
const unix: Bound = { kind: "unix" };

const config = (own: Partial<typeof httpConfig> = {}) => ({
  ...httpConfig,
  ...own,
  proxy: { addresses: [], secret: undefined },
});
const named = config({
  hosts: ["Patch.example.com", "odd.example.com:8443"],
  public_url: "https://public.example.com",
  origins: ["https://app.example.com", "https://app.example.com:8443", "https://default.example.com:443"],
});

const code = (fault: ReturnType<typeof hostFault>): string => fault?.refusal.code ?? "passes";

describe("Host", () => {
  test.each<{ bound: Bound; passes: readonly string[]; refused: readonly string[]; own?: typeof named }>([
    {
      bound: loopback,
      passes: [
        "localhost",
        "localhost:9326",
        "LOCALHOST:9326",
        "127.0.0.1",
        "127.0.0.1:9326",
        "[::1]",
        "[::1]:9326",
      ],
      // prettier-ignore
      refused: ["", " ", "evil.example.com", "evil.example.com:9326", "localhost:80", "localhost.", "LOCALHOST.:9326",
        "localhost.evil.example.com", "127.0.0.1.nip.io:9326", "user@localhost", "localhost:9326:9326", "127.1", "127.0.0.2",
        "0.0.0.0:9326", "2130706433", "0x7f.0.0.1", "[::1", "::1", "[0:0:0:0:0:0:0:1]", "localhost/", "localhost,evil", "localhost:", "xlocalhost"],
    },
    {
      bound: loopback,
      own: named,
      // prettier-ignore
      passes: ["localhost", "patch.example.com", "PATCH.example.com:9326", "odd.example.com:8443", "public.example.com", "public.example.com:443"],
      refused: [
        "odd.example.com",
        "odd.example.com:9326",
        "patch.example.com:8443",
        "public.example.com:9326",
        "public.example.com:80",
      ],
    },
    {
      bound: everywhere,
      passes: [],
      refused: ["localhost", "127.0.0.1:9326", "0.0.0.0", "0.0.0.0:9326", "[::]"],
    },
    { bound: everywhere, own: named, passes: ["public.example.com"], refused: ["localhost"] },
    { bound: specific, passes: ["192.0.2.1", "192.0.2.1:9326"], refused: ["localhost", "192.0.2.2"] },
    { bound: six, passes: ["[2001:db8::1]", "[2001:db8::1]:9326"], refused: ["2001:db8::1", "[::1]"] },
    { bound: unix, passes: ["localhost"], refused: ["localhost:9326", "127.0.0.1", ""] },
    { bound: unix, own: named, passes: ["localhost", "public.example.com"], refused: ["evil.example.com"] },
  ])("$bound", ({ bound, passes, refused, own = config() }) => {
    const names = namesOf(own, bound);
    expect(passes.filter((host) => hostFault([host], names) !== undefined)).toEqual([]);
    expect(refused.filter((host) => code(hostFault([host], names)) !== "host_refused")).toEqual([]);
    expect(hostFault(["evil.example.com"], names)?.status).toBe(403);
  });

  test.each([{ hosts: [] }, { hosts: ["localhost", "localhost"] }, { hosts: ["localhost", "evil"] }])(
    "$hosts is malformed",
    ({ hosts }) => {
      expect(hostFault(hosts, namesOf(config(), loopback))).toMatchObject({ status: 400 });
    },
  );
});

describe("Origin", () => {
  const secureLoopback: Bound = { ...loopback, secure: true };
  test.each<{ bound: Bound; passes: readonly string[]; refused: readonly string[]; own?: typeof named }>([
    {
      bound: loopback,
      passes: ["http://localhost:9326", "http://127.0.0.1:9326", "http://[::1]:9326"],
      // prettier-ignore
      refused: ["null", "", "http://localhost", "https://localhost:9326", "http://localhost:8080", "http://localhost.:9326",
        "http://evil.example.com", "http://localhost:9326.evil.example.com", "http://localhost:9326/", "HTTP://LOCALHOST:9326", "*"],
    },
    { bound: secureLoopback, passes: ["https://localhost:9326"], refused: ["http://localhost:9326"] },
    {
      bound: everywhere,
      own: named,
      passes: ["https://app.example.com", "https://app.example.com:8443", "https://default.example.com"],
      refused: [
        "null",
        "http://app.example.com",
        "https://sub.app.example.com",
        "https://app.example.com.evil",
        "https://localhost:9326",
        "https://public.example.com",
      ],
    },
    { bound: unix, passes: [], refused: ["null", "http://localhost"] },
  ])("$bound", ({ bound, passes, refused, own = config() }) => {
    const names = namesOf(own, bound);
    expect(passes.filter((origin) => originFault([origin], names) !== undefined)).toEqual([]);
    expect(
      refused.filter((origin) => originFault([origin], names)?.refusal.code !== "origin_refused"),
    ).toEqual([]);
    expect(originFault(["null"], names)?.status).toBe(403);
  });

  test("absent is a client that is no browser; two are malformed", () => {
    const names = namesOf(config(), loopback);
    expect(originFault([], names)).toBeUndefined();
    expect(originFault(["http://localhost:9326", "http://localhost:9326"], names)?.status).toBe(400);
  });

  test("a page of this machine is not told so in CORS headers", () => {
    expect([...namesOf(config(), loopback).pages]).toEqual([]);
  });
});

interface Rebinding {
  readonly id: string;
  readonly request: { readonly headers?: Readonly<Record<string, string>> };
  readonly expect: { readonly status?: string };
}

describe.skipIf(!hasCorpora())(`rebinding cases of ${corpus("mcp")}`, () => {
  const cases = (rows("mcp/mcp.jsonl") as readonly Rebinding[]).filter(({ id }) =>
    /^mcp-(dns-rebind|host-ok)-/.test(id),
  );
  test("are there", () => expect(cases.length).toBeGreaterThan(3));

  test.each(cases)("$id", ({ request, expect: wanted }) => {
    const names = namesOf(config(), loopback);
    const values = (name: string): string[] =>
      Object.entries(request.headers ?? {})
        .filter(([key]) => key.toLowerCase() === name)
        .map(([, value]) =>
          value.replaceAll("{VALID}", `127.0.0.1:${PORT}`).replaceAll("{PORT}", String(PORT)),
        );
    const fault = hostFault(values("host"), names) ?? originFault(values("origin"), names);
    expect(fault === undefined ? "2xx" : "4xx").toBe(wanted.status?.slice(0, 3));
  });
});

describe("headers", () => {
  const head = (
    own: readonly (readonly [string, string])[],
    rest: Partial<Parameters<typeof headFault>[0]> = {},
  ) => headFault({ method: "POST", url: "/mcp", httpVersion: "1.1", rawHeaders: own.flat(), ...rest });

  test("pass when each is there once, and lists may be repeated", () => {
    const fine: (readonly [string, string])[] = [
      ["Host", "x"],
      ["Accept", "a"],
      ["Accept", "b"],
      ["X-Forwarded-For", "1"],
      ["X-Forwarded-For", "2"],
      ["Authorization", "one"],
      ["Authorization", "two: the authenticator answers"],
      ["Content-Length", "5"],
      ["X-Correlation-Id", "a".repeat(128)],
    ];
    expect(head(fine)).toBeUndefined();
    expect(head([["Transfer-Encoding", "Chunked"]])).toBeUndefined();
    expect(head([["Content-Length", "0"]], { method: "GET" })).toBeUndefined();
  });

  test.each([
    ["content-type"],
    ["Content-Length"],
    ["MCP-Protocol-Version"],
    ["mcp-session-id"],
    ["X-CORRELATION-ID"],
    ["x-countersign-proxy-secret"],
    ["Origin"],
    ["transfer-encoding"],
  ])("%s twice is malformed, even when both are equal", (name) => {
    const value = name === "transfer-encoding" ? "chunked" : "1";
    expect(
      head([
        [name, value],
        [name.toLowerCase(), value],
      ]),
    ).toMatchObject({ status: 400, refusal: { where: name.toLowerCase() } });
  });

  test.each<{ what: string; own: readonly (readonly [string, string])[]; rest?: object; status?: number }>([
    { what: "a coding that is not chunked", own: [["Transfer-Encoding", "identity, chunked"]] },
    { what: "gzip", own: [["Transfer-Encoding", "gzip, chunked"]] },
    { what: "a coding in HTTP/1.0", own: [["Transfer-Encoding", "chunked"]], rest: { httpVersion: "1.0" } },
    { what: "a body with GET", own: [["Content-Length", "3"]], rest: { method: "GET" } },
    {
      what: "a chunked body with DELETE",
      own: [["Transfer-Encoding", "chunked"]],
      rest: { method: "DELETE" },
    },
    { what: "HTTP/0.9", own: [], rest: { httpVersion: "0.9" } },
    { what: "HTTP/2.0 on a line", own: [], rest: { httpVersion: "2.0" } },
    { what: "the absolute form", own: [], rest: { url: "http://evil.example.com/mcp" } },
    { what: "the asterisk form", own: [], rest: { url: "*" } },
    { what: "a fragment", own: [], rest: { url: "/mcp#x" } },
    { what: "a backslash", own: [], rest: { url: "/\\evil" } },
    { what: "a change of protocol", own: [["Upgrade", "websocket"]] },
    { what: "waiting for 100", own: [["Expect", "100-continue"]], status: 417 },
    { what: "129 characters of correlation", own: [["x-correlation-id", "a".repeat(129)]] },
    { what: "an empty correlation", own: [["x-correlation-id", ""]] },
    { what: "a blank in the correlation", own: [["x-correlation-id", "a b"]] },
    { what: "a line feed in the correlation", own: [["x-correlation-id", "a\nb"]] },
    {
      what: "101 headers",
      own: Array.from({ length: 101 }, (_, at) => [`x-${at}`, "1"] as const),
      status: 431,
    },
  ])("$what is refused", ({ own, rest = {}, status = 400 }) => {
    expect(head(own, rest)).toMatchObject({ status, refusal: { code: "request_malformed" } });
  });

  test("no message repeats what was sent", () => {
    const marker = "s3cr3t";
    const said = [
      head([["x-correlation-id", `${marker} x`]]),
      head([], { url: `http://${marker}/` }),
      hostFault([marker], namesOf(config(), loopback)),
      originFault([marker], namesOf(config(), loopback)),
    ];
    expect(said.every((fault) => fault !== undefined)).toBe(true);
    expect(JSON.stringify(said)).not.toContain(marker);
  });

  test("values are found whatever the case of the name", () => {
    expect(valuesOf(["A", "1", "b", "a", "a", "2"], "a")).toEqual(["1", "2"]);
  });
});
