// Looks at the files that the HTTP door stands on. Nothing is changed, and no secret is kept or printed.
import { createPrivateKey, X509Certificate } from "node:crypto";
import { type Stats, statSync } from "node:fs";
import { z } from "zod";
import { fromUtf8 } from "../../core/base/bytes.ts";
import type { Config } from "../../core/config/schema.ts";
import type { AllowList } from "../../core/identity/allowlist.ts";
import { allowlistReader } from "../../io/file/allowlist.ts";
import { configuredPath } from "../../io/file/config.ts";
import type { Layout } from "../../io/file/layout.ts";
import { rereading } from "../../io/file/reread.ts";
import { nextUpdates } from "./crl.ts";
import type { Look, Material, Validity } from "./material.ts";

export function gatherMaterial(layout: Layout, config: Config): Material {
  const { server, auth, network } = config;
  const { tls, unix_socket: socket } = server.http;
  const at = (path: string): string => (path === "" ? "" : configuredPath(layout, path));
  const certificates = look(at(tls.cert_file), certificatesIn);
  return {
    certificate: found(certificates, validityOf),
    key: keyLook(at(tls.key_file), certificates),
    clientCa: found(look(at(tls.client_ca_file), certificatesIn), validityOf),
    crl: look(at(tls.crl_file), (text) => ({ nextUpdate: earliest(nextUpdates(text)) })),
    jwks: look(at(auth.oidc.jwks_file), jwksIn),
    allowlist: allowlistLook(at(network.allowlist_file)),
    socket: socketLook(at(socket)),
  };
}

/** Largest file of any of these kinds; revocation lists of large CAs have some megabytes. */
const MAX_BYTES = 16_777_216;

function look<T>(path: string, read: (text: string) => T): Look<T> {
  if (path === "") return { kind: "unset" };
  const content = rereading(path, MAX_BYTES)();
  if (!content.ok) return broken(`${path} ${content.why}`);
  try {
    return { kind: "fine", found: read(fromUtf8(content.bytes) ?? "") };
  } catch (cause) {
    // Messages of parsers may quote what they read; ours do not.
    return broken(`${path} ${cause instanceof RangeError ? cause.message : "is not what it should be"}`);
  }
}

function found<T, U>(look: Look<T>, map: (found: T) => U): Look<U> {
  return look.kind === "fine" ? { kind: "fine", found: map(look.found) } : look;
}

function certificatesIn(text: string): readonly X509Certificate[] {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g);
  if (blocks === null) throw new RangeError("holds no certificate in PEM form");
  return blocks.map((block) => new X509Certificate(block));
}

function validityOf(certificates: readonly X509Certificate[]): Validity {
  return {
    notBefore: Math.max(...certificates.map(({ validFrom }) => Date.parse(validFrom))),
    notAfter: Math.min(...certificates.map(({ validTo }) => Date.parse(validTo))),
  };
}

/** Where the gateway is another user, its key is not for us to read; then only the mode is judged. */
function keyLook(path: string, certificates: Look<readonly X509Certificate[]>): Material["key"] {
  if (path === "") return { kind: "unset" };
  const mode = modeOf(path);
  if (mode === undefined) return broken(`${path} is missing, or not for this user to see`);
  const content = rereading(path, MAX_BYTES)();
  if (!content.ok)
    return content.why.includes("EACCES")
      ? { kind: "fine", found: { mode, fits: undefined } }
      : broken(`${path} ${content.why}`);
  const leaf = certificates.kind === "fine" ? certificates.found[0] : undefined;
  try {
    const key = createPrivateKey(Buffer.from(content.bytes));
    return { kind: "fine", found: { mode, fits: leaf?.checkPrivateKey(key) } };
  } catch {
    return broken(`${path} holds no private key that can be read without a passphrase`);
  }
}

const jwksSchema = z.looseObject({ keys: z.array(z.looseObject({ kty: z.string() })).max(1000) });

/** RFC 7517. `d` and `k` are the private and the shared part of a key (RFC 7518 §6). */
function jwksIn(text: string): { keys: number; secret: boolean } {
  const parsed = jwksSchema.safeParse(JSON.parse(text));
  if (!parsed.success) throw new RangeError("is no set of keys (RFC 7517)");
  const { keys } = parsed.data;
  return { keys: keys.length, secret: keys.some((key) => "d" in key || "k" in key) };
}

function allowlistLook(path: string): Look<AllowList> {
  if (path === "") return { kind: "unset" };
  const believed = allowlistReader(path)();
  return believed.ok ? { kind: "fine", found: believed.list } : broken(`${path} ${believed.why}`);
}

function socketLook(path: string): Material["socket"] {
  if (path === "") return { kind: "unset" };
  const stat = attemptStat(path);
  if (stat !== undefined && !stat.isSocket()) return broken("is no socket");
  return { kind: "fine", found: { mode: stat?.mode } };
}

function earliest(times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length < times.length ? undefined : Math.min(...known);
}

function modeOf(path: string): number | undefined {
  return attemptStat(path)?.mode;
}

function attemptStat(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

function broken(why: string): { readonly kind: "broken"; readonly why: string } {
  return { kind: "broken", why };
}
