// What hardened and container-prod ask for: each demand unmet by itself, and none of other presets.
import { expect, test } from "vitest";
import { strictFindings } from "../../../src/integrator/doctor/strict.ts";
import { type DoorChange, openDoor } from "../../support/doctor.ts";

const TLS = {
  termination: "server",
  cert_file: "c",
  key_file: "k",
  client_ca_file: "",
  require_client_cert: false,
  crl_file: "",
} as const;
const UPSTREAM: NonNullable<NonNullable<NonNullable<DoorChange["config"]>["server"]>["http"]> = {
  tls: { ...TLS, termination: "upstream" },
  proxy: { addresses: ["10.0.0.7"], secret: "env:PROXY" },
};

const cases: readonly (readonly [string, DoorChange["config"], readonly string[]])[] = [
  ["met by TLS of its own", { server: { http: { tls: TLS } } }, ["ok strict"]],
  ["met by a proxy", { server: { http: UPSTREAM } }, ["ok strict"]],
  ["no TLS", {}, ["fail strict-tls"]],
  ["no TLS on a socket", { server: { http: { unix_socket: "/run/c.sock" } } }, ["ok strict"]],
  [
    "a proxy without a secret",
    { server: { http: { ...UPSTREAM, proxy: { addresses: ["10.0.0.7"], secret: "" } } } },
    ["warn strict-proxy-secret"],
  ],
  [
    "mtls without a revocation list",
    { server: { http: { tls: TLS } }, auth: { mode: "mtls" } },
    ["warn strict-crl"],
  ],
  ["no proof", { server: { http: { tls: TLS } }, auth: { mode: "local_only" } }, ["fail strict-mode"]],
];

test.each(cases)("%s", (_what, config, findings) => {
  for (const preset of ["hardened", "container-prod"] as const) {
    const said = strictFindings(preset, openDoor({ config: config ?? {} }).config);
    expect(said.map(({ id, level }) => `${level} ${id}`)).toEqual(findings);
  }
  for (const preset of ["quickstart", "default"] as const)
    expect(strictFindings(preset, openDoor({ config: config ?? {} }).config)).toEqual([]);
});
