// The door's files as openssl makes them, on a real disk: what is read of each, and what a fault is called.
import { execFileSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { chmodSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { gatherMaterial } from "../../../src/integrator/doctor/door-facts.ts";
import type { Material } from "../../../src/integrator/doctor/material.ts";
import { layout } from "../../../src/io/file/layout.ts";
import { openDoor } from "../../support/doctor.ts";
import { needs } from "../../support/needs.ts";
import { removeScratch, scratch } from "../../support/scratch.ts";

let folder: string;
const path = (name: string): string => join(folder, name);

function certificate(name: string, days: number): void {
  const args = [
    "req",
    "-x509",
    "-newkey",
    "ed25519",
    "-nodes",
    "-subj",
    `/CN=${name}`,
    "-days",
    String(days),
  ];
  const files = ["-keyout", path(`${name}.key`), "-out", path(`${name}.pem`)];
  execFileSync("openssl", [...args, ...files], { stdio: "ignore" });
  chmodSync(path(`${name}.key`), 0o600);
}

const HTTP = { cert_file: "tls", key_file: "tls", client_ca_file: "tls", crl_file: "tls" } as const;

/** What is found when the configuration names these files, relative to the state folder. */
function gather(
  files: Partial<Record<keyof typeof HTTP | "jwks_file" | "allowlist_file" | "unix_socket", string>>,
): Material {
  const { jwks_file = "", allowlist_file = "", unix_socket = "", ...tls } = files;
  const { config } = openDoor({
    config: {
      server: { http: { tls, unix_socket } },
      auth: { oidc: { jwks_file } },
      network: { allowlist_file },
    },
  });
  return gatherMaterial(layout(folder), config);
}

const looks = (material: Material): readonly { readonly kind: string }[] =>
  Object.values<{ readonly kind: string }>({ ...material });

beforeAll(() => {
  folder = scratch("door-facts");
  if (!needs("openssl")) return;
  certificate("a", 90);
  certificate("b", 10);
});
afterAll(() => removeScratch(folder));
beforeEach((context) => {
  if (!needs("openssl")) context.skip();
});

test("nothing named, nothing looked at", () => {
  const kinds = looks(gather({})).map(({ kind }) => kind);
  expect(new Set(kinds)).toEqual(new Set(["unset"]));
});

test("a chain ends with the first of its certificates that ends", () => {
  writeFileSync(path("chain.pem"), readFileSync(path("a.pem"), "utf8") + readFileSync(path("b.pem"), "utf8"));
  const days = (look: Material["certificate"]): number =>
    look.kind === "fine" ? Math.round((look.found.notAfter - Date.now()) / 86_400_000) : -1;
  expect(days(gather({ cert_file: "a.pem" }).certificate)).toBe(90);
  expect(days(gather({ cert_file: "chain.pem" }).certificate)).toBe(10);
  expect(days(gather({ client_ca_file: path("chain.pem") }).clientCa)).toBe(10);
});

test("a key belongs to its certificate and to no other", () => {
  const { key } = gather({ cert_file: "a.pem", key_file: "a.key" });
  expect(key).toEqual({ kind: "fine", found: { mode: 0o100_600, fits: true } });
  expect(gather({ cert_file: "a.pem", key_file: "b.key" }).key).toMatchObject({ found: { fits: false } });
  expect(gather({ key_file: "b.key" }).key).toMatchObject({ found: { fits: undefined } });
  chmodSync(path("b.key"), 0o644);
  expect(gather({ key_file: "b.key" }).key).toMatchObject({ found: { mode: 0o100_644 } });
});

test("faults are told without what is in the files", () => {
  writeFileSync(path("rubbish"), "a secret word");
  const broken = gather({
    cert_file: "rubbish",
    key_file: "rubbish",
    client_ca_file: "gone",
    crl_file: "rubbish",
    jwks_file: "rubbish",
    allowlist_file: "rubbish",
    unix_socket: path("rubbish"),
  });
  for (const look of looks(broken)) {
    expect(look.kind).toBe("broken");
    expect(JSON.stringify(look)).not.toContain("a secret word");
  }
});

test("an issuer's keys: public ones are counted, private and shared ones seen", () => {
  const pair = generateKeyPairSync("ed25519");
  const jwks = (key: object): Material["jwks"] => {
    writeFileSync(
      path("jwks.json"),
      JSON.stringify({ keys: [pair.publicKey.export({ format: "jwk" }), key] }),
    );
    return gather({ jwks_file: "jwks.json" }).jwks;
  };
  expect(jwks(pair.publicKey.export({ format: "jwk" }))).toEqual({
    kind: "fine",
    found: { keys: 2, secret: false },
  });
  expect(jwks(pair.privateKey.export({ format: "jwk" }))).toMatchObject({ found: { secret: true } });
  expect(jwks({ kty: "oct", k: "eA" })).toMatchObject({ found: { secret: true } });
  writeFileSync(path("jwks.json"), "{}");
  expect(gather({ jwks_file: "jwks.json" }).jwks.kind).toBe("broken");
});

test("a socket is there with its mode, or not there, or something else", async () => {
  const at = path("door.sock");
  expect(gather({ unix_socket: at }).socket).toEqual({ kind: "fine", found: { mode: undefined } });
  const server = await new Promise<Server>((done) => {
    const made = createServer().listen(at, () => done(made));
  });
  chmodSync(at, 0o770);
  const { socket } = gather({ unix_socket: at });
  await new Promise((done) => {
    server.close(done);
  });
  expect(socket.kind === "fine" ? (socket.found.mode ?? 0) & 0o777 : -1).toBe(0o770);
  rmSync(at, { force: true });
});
