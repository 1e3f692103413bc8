// OAuth metadata of this server as a protected resource (RFC 9728): tells clients which issuer's tokens are accepted.
import type { Config } from "../../core/config/schema.ts";
import type { OpenRoute, Reply } from "../http/exchange.ts";

const WELL_KNOWN = "/.well-known/oauth-protected-resource";
/** The resource that clients ask for tokens for, and its metadata's place (RFC 9728 §3.1 inserts, it does not append). */
const RESOURCE = "/mcp";

/**
 * Origin under which clients reach the server: server.http.public_url, or else where it listens. `port`: the one that was
 * taken, when the configuration leaves that open. Undefined where there is none: a Unix socket, or a port not known yet.
 */
export function publicOrigin({ server }: Config, port: number = server.http.port): string | undefined {
  const { public_url: given, unix_socket: socket, bind, tls } = server.http;
  if (given !== "") return given;
  if (socket !== "" || port === 0) return undefined;
  const host = bind.includes(":") ? `[${bind}]` : bind;
  return `${tls.termination === "none" ? "http" : "https"}://${host}:${port}`;
}

/** What a challenge names in resource_metadata; undefined when there is no issuer to name. */
export function resourceMetadataUrl(config: Config, origin = publicOrigin(config)): string | undefined {
  return origin === undefined || !hasIssuer(config) ? undefined : `${origin}${WELL_KNOWN}${RESOURCE}`;
}

/** The two places of the metadata, for everybody. Without an issuer there are none. */
export function metadataRoutes(config: Config, origin = publicOrigin(config)): readonly OpenRoute[] {
  if (origin === undefined || !hasIssuer(config)) return [];
  const body = JSON.stringify({
    resource: `${origin}${RESOURCE}`,
    authorization_servers: [config.auth.oidc.issuer],
    bearer_methods_supported: ["header"],
  });
  const reply: Reply = { status: 200, headers: { "content-type": "application/json" }, body };
  return [WELL_KNOWN, `${WELL_KNOWN}${RESOURCE}`].map((path) => ({
    path,
    methods: ["GET"],
    handler: () => Promise.resolve(reply),
  }));
}

/** JWTs are looked at only with bearer tokens. */
function hasIssuer({ auth }: Config): boolean {
  return auth.mode === "bearer_token" && auth.oidc.issuer !== "";
}
