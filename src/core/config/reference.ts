// Secrets in a configuration: which keys hold one, and what a reference such as env:NAME or file:/path says.
import type { Config } from "./schema.ts";

export type Reference =
  | { readonly kind: "literal"; readonly text: string }
  | { readonly kind: "env"; readonly name: string }
  | { readonly kind: "file"; readonly path: string }
  /** Words of a command line, the first an absolute path; no shell reads them. */
  | { readonly kind: "cmd"; readonly argv: readonly string[] }
  | { readonly kind: "keyring"; readonly service: string; readonly account: string }
  | { readonly kind: "malformed"; readonly why: string };

export interface SecretPlace {
  /** Dotted key: `server.http.proxy.secret`, `principals.0.tokens.1`. */
  readonly key: string;
  readonly ref: string;
  /** Name of the principal that the secret stands for. */
  readonly principal?: string;
}

/** Every secret that the gateway needs, in the order of the file; empty ones are none. */
export function secretsOf({ server, principals, audit, metrics, alerts }: Config): readonly SecretPlace[] {
  const own = [
    { key: "server.http.proxy.secret", ref: server.http.proxy.secret },
    { key: "audit.encryption_key", ref: audit.encryption_key },
    ...audit.previous_keys.map((ref, index) => ({ key: `audit.previous_keys.${index}`, ref })),
    { key: "metrics.token", ref: metrics.token },
    { key: "alerts.webhook_secret", ref: alerts.webhook_secret },
  ];
  const tokens = principals.flatMap(({ name, tokens }, at) =>
    tokens.map((ref, index) => ({ key: `principals.${at}.tokens.${index}`, ref, principal: name })),
  );
  return [...own, ...tokens].filter(({ ref }) => ref !== "");
}

/** The secret of `countersign audit ship`: no other process is given it. */
export function shipSecretOf({ ship }: Config): SecretPlace | undefined {
  return ship.token === "" ? undefined : { key: "ship.token", ref: ship.token };
}

/** Secrets that we show to others, rather than others to us: only the validator looks them up, and only it is given them. */
export function outgoingSecretsOf({ guard }: Config): readonly SecretPlace[] {
  return guard.key === "" ? [] : [{ key: "guard.key", ref: guard.key }];
}

const PLAIN = /^[A-Za-z0-9._@-]{1,64}$/;
/**
 * Variables that steer a process, its libraries or us: naming one as a secret would carry it into the gateway's empty
 * environment.
 */
const STEERING =
  /^(?:NODE_|LD_|DYLD_|OPENSSL_|SSL_CERT_|GLIBC_|MALLOC_|UV_|COUNTERSIGN__)|^(?:PATH|HOME|TZ|TMPDIR|SSLKEYLOGFILE|COUNTERSIGN_(?:STATE|ALLOW_NON_LOOPBACK|REQUIRE_ALL))$/;

/** What `ref` says. Anything with an unknown scheme is malformed: a typo must not turn a reference into a password. */
export function readReference(ref: string): Reference {
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(ref)?.[1];
  if (scheme === undefined) return { kind: "literal", text: ref };
  const rest = ref.slice(scheme.length + 1);
  if (/[\p{Cc}]/u.test(rest)) return { kind: "malformed", why: "holds a control character" };
  switch (scheme) {
    case "env":
      return environment(rest);
    case "file":
      return file(rest);
    case "cmd":
      return command(rest);
    case "keyring":
      return keyring(rest);
    default:
      return { kind: "malformed", why: "names an unknown source (known: env:, file:, cmd:, keyring:)" };
  }
}

/** Whether a variable must not be carried into a process: it would steer it. */
export function isSteering(name: string): boolean {
  return STEERING.test(name);
}

function environment(name: string): Reference {
  if (!/^[A-Za-z_][A-Za-z0-9_]{0,127}$/.test(name))
    return { kind: "malformed", why: "is not env: and the name of a variable" };
  return isSteering(name)
    ? { kind: "malformed", why: "names a variable that steers a process" }
    : { kind: "env", name };
}

function file(path: string): Reference {
  return path.startsWith("/") && !path.split("/").includes("..") && !path.endsWith("/")
    ? { kind: "file", path }
    : { kind: "malformed", why: "is not file: and an absolute path without .." };
}

function command(text: string): Reference {
  const argv = text.split(" ").filter((word) => word !== "");
  return argv[0]?.startsWith("/") === true
    ? { kind: "cmd", argv }
    : { kind: "malformed", why: "is not cmd: and the absolute path of a program" };
}

function keyring(text: string): Reference {
  const [service = "", account = "", ...more] = text.split("/");
  return PLAIN.test(service) && PLAIN.test(account) && more.length === 0
    ? { kind: "keyring", service, account }
    : { kind: "malformed", why: "is not keyring:service/account" };
}

/** What may be shown of a secret: a reference says where it is, a literal is the secret. */
export function shownSecret(ref: string): string {
  return ref === "" || readReference(ref).kind !== "literal" ? ref : "(literal, not shown)";
}

/** Scheme, host and port of a URL; of its path and query one or the other may be a secret. A file is named whole. */
export function shownPlace(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (text === "" || url?.protocol === "file:") return text;
  if (url === undefined || !/^https?:$/.test(url.protocol)) return "(not shown)";
  return text === url.origin || text === `${url.origin}/` ? text : `${url.origin}/(not shown)`;
}

/** The configuration with every literal secret covered: what may be printed, logged or handed on. */
export function covered(config: Config): Config {
  const { server, principals, guard, audit, metrics, alerts, ship, telemetry } = config;
  const proxy = { ...server.http.proxy, secret: shownSecret(server.http.proxy.secret) };
  return {
    ...config,
    server: { ...server, http: { ...server.http, proxy } },
    guard: { ...guard, key: shownSecret(guard.key) },
    audit: {
      ...audit,
      encryption_key: shownSecret(audit.encryption_key),
      previous_keys: audit.previous_keys.map(shownSecret),
    },
    metrics: { ...metrics, token: shownSecret(metrics.token) },
    alerts: {
      ...alerts,
      webhook_url: shownPlace(alerts.webhook_url),
      webhook_secret: shownSecret(alerts.webhook_secret),
    },
    ship: { ...ship, url: shownPlace(ship.url), token: shownSecret(ship.token) },
    telemetry: { ...telemetry, otlp_url: shownPlace(telemetry.otlp_url) },
    principals: principals.map((entry) => ({ ...entry, tokens: entry.tokens.map(shownSecret) })),
  };
}
