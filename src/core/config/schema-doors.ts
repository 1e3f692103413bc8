// The part of the configuration schema about doors: transports, who is calling, and how much of everything.
import { z } from "zod";
import { globSchema } from "../base/glob.ts";
import { principalNameSchema } from "../identity/principal.ts";
import { lanes, roles, toolNames } from "../identity/scope.ts";
import { hostSchema, originSchema, plainUrlSchema } from "./urls.ts";

const count = (low: number, high: number): z.ZodInt => z.int().min(low).max(high);
const path = z.string().max(4096);
const names = z.array(z.enum(toolNames)).max(toolNames.length);
/** `env:NAME`, `file:/path`, `cmd:…`, `keyring:service/account`; anything else is the secret itself. */
const secret = z.string().max(4096);
const hosts = z.array(hostSchema).max(64);
const addresses = z
  .array(z.string().regex(/^[0-9A-Fa-f.:]{2,45}(?:\/\d{1,3})?$/, "must be an address or CIDR"))
  .max(256);

/** Revisions of the protocol, oldest first. */
export const protocolRevisions = [
  "2024-10-07",
  "2024-11-05",
  "2025-03-26",
  "2025-06-18",
  "2025-11-25",
  "2026-07-28",
] as const;

const tools = z
  .strictObject({
    name_style: z.enum(["kebab", "snake"]).describe("read-file or read_file; some clients refuse hyphens."),
    allow: names.describe("Tools that exist for callers; an empty list is none at all."),
    deny: names.describe(
      "Tools that do not exist for callers, whatever allow says: neither listed nor known.",
    ),
  })
  .describe("Which tools are presented, and how.");

const tls = z
  .strictObject({
    termination: z
      .enum(["none", "server", "upstream"])
      .describe("Who speaks TLS: nobody, this server, or a proxy in front of it."),
    cert_file: path.describe("Certificate chain, PEM; needed with server."),
    key_file: path.describe("Its private key, PEM, readable by its owner only; needed with server."),
    client_ca_file: path.describe("CA of client certificates, PEM; needed with mtls and server."),
    require_client_cert: z
      .boolean()
      .describe("Whether a connection without a client certificate is refused in the handshake."),
    crl_file: path.describe("Revoked client certificates, PEM; empty for none. Read again when it changes."),
  })
  .describe("TLS 1.2 and later.");

const proxy = z
  .strictObject({
    addresses: addresses.describe(
      "Peers that are our own proxy: only theirs are X-Forwarded-For and x-countersign-client-subject.",
    ),
    secret: secret.describe(
      "What the proxy sends in x-countersign-proxy-secret, by reference; empty for none.",
    ),
  })
  .describe('The proxy in front, with tls.termination = "upstream".');

const http = z
  .strictObject({
    enabled: z.boolean().describe("Whether countersign up opens the HTTP door."),
    bind: z
      .string()
      .regex(/^[0-9A-Fa-f.:]{2,45}$/, "must be an IP address")
      .describe("Address to listen on."),
    port: count(0, 65_535).describe("Port to listen on; 0 takes a free one."),
    unix_socket: path.describe("Listen on this Unix socket instead of an address; empty for none."),
    allow_non_loopback: z
      .boolean()
      .describe("Opt-in for a bind that others can reach; it also needs TLS and non-local auth."),
    public_url: z
      .union([z.literal(""), originSchema])
      .describe("Origin under which clients reach the server; empty when it is the bind address."),
    hosts: hosts.describe(
      "Further names that the Host header may carry; loopback names are known on a loopback bind.",
    ),
    origins: z.array(originSchema).max(64).describe("Web pages that may call; empty switches CORS off."),
    sse: z.boolean().describe("Whether the HTTP+SSE transport of 2024 is served on /sse and /messages."),
    actions: z.boolean().describe("Whether the tools are served as REST on /actions, for ChatGPT."),
    max_body_bytes: count(1024, 16_777_216).describe("Largest request body."),
    max_inflight: count(1, 10_000).describe("Most requests in flight."),
    max_connections: count(1, 100_000).describe("Most open connections."),
    max_streams: count(1, 10_000).describe("Most open event streams of one principal."),
    header_timeout_seconds: count(1, 120).describe("Longest time for a request's headers to arrive."),
    request_timeout_seconds: count(1, 600).describe("Longest time for a whole request to arrive."),
    failures_per_minute: count(1, 10_000).describe(
      "Most failed attempts of one address to prove who it is, in any minute; a valid credential passes all the same.",
    ),
    tls,
    proxy,
  })
  .describe("The HTTP door: /mcp, /actions, /sse, /healthz, /readyz.");

export const server = z
  .strictObject({
    stdio: z.boolean().describe("Whether a gateway may serve over standard input and output."),
    min_protocol: z.enum(protocolRevisions).describe("Oldest protocol revision that is served."),
    tools,
    http,
  })
  .describe("What clients meet.");

const oidc = z
  .strictObject({
    issuer: z
      .union([z.literal(""), plainUrlSchema])
      .describe("Issuer whose JWTs are accepted; empty for none."),
    audience: z
      .string()
      .max(300)
      .describe("What a JWT's aud must hold: this server, as the issuer knows it."),
    algorithms: z
      .array(z.enum(["EdDSA", "ES256", "ES384", "RS256", "RS384", "PS256", "PS384"]))
      .max(7)
      .describe("Signature algorithms that are accepted; never none, never one with a shared secret."),
    jwks_file: path.describe(
      "The issuer's public keys as a file, so that nothing leaves this machine; empty for jwks_url.",
    ),
    jwks_url: z
      .union([z.literal(""), plainUrlSchema])
      .describe("Where the issuer publishes its keys; empty for jwks_file."),
    subject_claim: z
      .string()
      .regex(/^[a-z_]{1,40}$/)
      .describe("Claim that names the caller: the subject oidc:<value>."),
    clock_skew_seconds: count(0, 300).describe("How far the issuer's clock may be off."),
  })
  .describe('JWTs of an OIDC issuer, with auth.mode = "bearer_token".');

export const auth = z
  .strictObject({
    mode: z
      .enum(["local_only", "bearer_token", "mtls"])
      .describe("How callers over HTTP prove who they are; stdio is always local:stdio."),
    allow_local_only: z.boolean().describe("Local callers need no entry in principals; quickstart only."),
    principals_file: path.describe("A file of further [[principals]]; empty for none."),
    max_token_days: count(1, 3650).describe("Longest life of a token that countersign token issue makes."),
    access_seconds: count(60, 86_400).describe("Life of an access token that was got by a refresh token."),
    refresh_seconds: count(3600, 7_776_000).describe("Life of a refresh token."),
    oidc,
  })
  .describe("Who is calling.");

/** One entry of [[principals]]. What is left out restricts nothing beyond the roles. */
export const principal = z.strictObject({
  name: principalNameSchema.describe("Name in the log, in proposals and in limits."),
  subjects: z
    .array(
      z
        .string()
        .max(600)
        .regex(
          /^(?:local:(?:stdio|loopback|unix)|token:[0-9a-f]{64}|mtls:.{1,512}|mtls-sha256:[0-9a-f]{64}|oidc:.{1,256})$/s,
          "must be local:stdio, local:loopback, local:unix, token:<sha256>, mtls:<subject>, mtls-sha256:<hex> or oidc:<subject>",
        ),
    )
    .max(64)
    .default([])
    .describe("What stands for this principal. Two token: entries overlap while a token is rotated."),
  tokens: z
    .array(secret.min(1))
    .max(8)
    .default([])
    .describe("Tokens by reference (env:, file:, keyring:, cmd:), at least 32 characters each."),
  roles: z.array(z.enum(roles)).min(1).max(roles.length).describe("reader, proposer, reviewer, admin."),
  tools: names.optional().describe("Only these of the roles' tools; an empty list is none at all."),
  paths: z.array(globSchema).min(1).max(100).optional().describe("Only files that match."),
  lane: z.enum(lanes).default("asserted").describe("verified: proposals may carry no claims of their own."),
  per_minute: count(1, 100_000)
    .optional()
    .describe("Calls a minute; the smaller of this and calls.per_minute holds."),
  per_hour: count(1, 10_000)
    .optional()
    .describe("Proposals an hour; the smaller of this and proposal.per_hour holds."),
  max_pending: count(1, 100)
    .optional()
    .describe("Waiting proposals; the smaller of this and proposal.max_pending holds."),
  expires: z
    .string()
    .regex(
      /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{3})?Z$/,
      "must be an instant such as 2027-01-01T00:00:00Z",
    )
    .optional()
    .describe("From then on the principal is refused."),
});
export type PrincipalEntry = z.infer<typeof principal>;

export const network = z
  .strictObject({
    allowlist_file: path.describe(
      "List of source addresses that may connect, made by countersign allowlist sync; empty for everybody.",
    ),
    max_age_seconds: count(60, 604_800).describe(
      "Oldest allow-list that is believed; an older one lets nobody in.",
    ),
    bypass_loopback: z.boolean().describe("Loopback passes the allow-list; quickstart only."),
    bypass_private: z.boolean().describe("Private addresses pass the allow-list; quickstart only."),
  })
  .describe("From where callers may connect over HTTP.");

export const budget = z
  .strictObject({
    period_seconds: count(60, 2_678_400).describe("Length of a period."),
    calls: count(0, 10_000_000).describe("Calls of one principal in a period; 0 for no limit."),
    read_bytes: count(0, 1_000_000_000_000).describe(
      "Bytes that are answered to one principal in a period; 0 for no limit.",
    ),
    scan_seconds: count(0, 1_000_000).describe(
      "Seconds of searching and composing for one principal in a period; 0 for no limit.",
    ),
    warn_percent: count(1, 100).describe("A warning is recorded at so many per cent."),
  })
  .describe("How much one principal may use up.");
