// The doctor's judgement of the HTTP door as a table: one fact is changed at a time, and exactly its finding changes.
import { describe, expect, test } from "vitest";
import { doorFindings } from "../../../src/integrator/doctor/door.ts";
import { type DoorChange, found, openDoor } from "../../support/doctor.ts";

const bad = (change: DoorChange): readonly string[] =>
  doorFindings(openDoor(change))
    .filter(({ level }) => level !== "ok")
    .map(({ id, level }) => `${level} ${id}`);

const message = (change: DoorChange, id: string): string =>
  doorFindings(openDoor(change)).find((one) => one.id === id)?.message ?? "";

const http = (changes: object): DoorChange => ({ config: { server: { http: changes } } });

test("the default preset with a token has no complaint", () => {
  expect(bad({})).toEqual([]);
});

describe("one thing wrong, one finding", () => {
  const everywhere = { bind: "0.0.0.0", tls: { termination: "upstream" } } as const;
  const cases: readonly (readonly [string, DoorChange, readonly string[]])[] = [
    ["no name at all", http(everywhere), ["fail http-names"]],
    ["no name at all, IPv6", http({ ...everywhere, bind: "::" }), ["fail http-names"]],
    ["named by public_url", http({ ...everywhere, public_url: "https://host.example" }), []],
    ["named in hosts", http({ ...everywhere, hosts: ["host.example"] }), []],
    ["https promised", http({ public_url: "https://host.example" }), ["warn http-names"]],
    [
      "http written before TLS",
      http({ public_url: "http://host.example", tls: { termination: "upstream" } }),
      ["warn http-names"],
    ],
    ["allow_local_only", { config: { auth: { allow_local_only: true } } }, ["warn bypass-allow_local_only"]],
    ["bypass_loopback", { config: { network: { bypass_loopback: true } } }, ["warn bypass-bypass_loopback"]],
    ["bypass_private", { config: { network: { bypass_private: true } } }, ["warn bypass-bypass_private"]],
    [
      "a bypass with the door closed",
      { config: { server: { http: { enabled: false } }, network: { bypass_private: true } } },
      ["warn bypass-bypass_private"],
    ],
    ["socket for all", { material: { socket: found({ mode: 0o140_777 }) } }, ["warn http-socket"]],
    [
      "socket for all, and no proof",
      { config: { auth: { mode: "local_only" } }, material: { socket: found({ mode: 0o140_777 }) } },
      ["fail http-socket"],
    ],
    ["socket for the group", { material: { socket: found({ mode: 0o140_770 }) } }, []],
    ["no socket yet", { material: { socket: found({ mode: undefined }) } }, []],
    [
      "a file in its place",
      { material: { socket: { kind: "broken", why: "is no socket" } } },
      ["fail http-socket"],
    ],
  ];
  test.each(cases)("%s", (_what, change, findings) => {
    expect(bad(change)).toEqual(findings);
  });
});

test.each([
  [
    {},
    "HTTP door: 127.0.0.1 port 9326; TLS: none; auth: bearer_token; SSE: off; actions: on; allow-list: off; stdio: on",
  ],
  [
    {
      config: {
        server: { stdio: false, http: { unix_socket: "/run/c.sock", sse: true } },
        auth: { mode: "mtls" as const },
      },
    },
    "HTTP door: socket /run/c.sock; TLS: none; auth: mtls; SSE: on; actions: on; allow-list: off; stdio: off",
  ],
  [
    { config: { server: { http: { enabled: false } } } },
    "HTTP door: closed (server.http.enabled = false); stdio: on",
  ],
])("%#: the posture in one line", (change, line) => {
  expect(message(change, "http-door")).toBe(line);
});

test("it says whether other machines reach the door", () => {
  expect(message(http({ bind: "127.0.0.9" }), "http-exposure")).toContain("only this machine");
  expect(message(http({ bind: "::1" }), "http-exposure")).toContain("only this machine");
  expect(message(http({ bind: "192.0.2.7" }), "http-exposure")).toContain("other machines");
  expect(message(http({ bind: "0.0.0.0", unix_socket: "/run/c.sock" }), "http-exposure")).toContain(
    "only this",
  );
});
