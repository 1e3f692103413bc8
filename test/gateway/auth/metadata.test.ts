// RFC 9728: what clients learn about us, only where an issuer's tokens are really accepted.
import { describe, expect, test } from "vitest";
import { parseConfig } from "../../../src/core/config/parse.ts";
import type { Config } from "../../../src/core/config/schema.ts";
import { metadataRoutes, publicOrigin, resourceMetadataUrl } from "../../../src/gateway/auth/metadata.ts";
import { packageRoot, presetText } from "../../../src/io/file/config.ts";

const loaded = parseConfig('preset = "default"\n', (name) => presetText(packageRoot(), name));
if (!loaded.ok) throw new Error(loaded.faults[0]?.message);
const base = loaded.loaded.config;

interface Changes {
  readonly http?: Partial<Config["server"]["http"]>;
  readonly auth?: Partial<Config["auth"]>;
}
const config = ({ http = {}, auth = {} }: Changes = {}): Config => ({
  ...base,
  server: { ...base.server, http: { ...base.server.http, ...http } },
  auth: { ...base.auth, oidc: { ...base.auth.oidc, issuer: "https://issuer.example" }, ...auth },
});

test.each<readonly [string, Changes]>([
  ["without an issuer", { auth: { oidc: base.auth.oidc } }],
  ["with client certificates", { auth: { mode: "mtls" } }],
  ["for local callers", { auth: { mode: "local_only" } }],
  ["on a Unix socket without a public URL", { http: { unix_socket: "s" } }],
  ["on a port that is not known yet", { http: { port: 0 } }],
])("%s there is no metadata", (_what, changes) => {
  expect(metadataRoutes(config(changes))).toEqual([]);
  expect(resourceMetadataUrl(config(changes))).toBeUndefined();
});

test("both places tell resource and issuer, and no scopes", async () => {
  const at = config({ http: { public_url: "https://code.example" } });
  const routes = metadataRoutes(at);
  expect(routes.map(({ path, methods }) => [path, methods])).toEqual([
    ["/.well-known/oauth-protected-resource", ["GET"]],
    ["/.well-known/oauth-protected-resource/mcp", ["GET"]],
  ]);
  for (const { handler } of routes) {
    const { status, headers, body } = await handler(undefined as never);
    expect([status, headers["content-type"], JSON.parse(body as string)]).toEqual([
      200,
      "application/json",
      {
        resource: "https://code.example/mcp",
        authorization_servers: ["https://issuer.example"],
        bearer_methods_supported: ["header"],
      },
    ]);
  }
  expect(resourceMetadataUrl(at)).toBe("https://code.example/.well-known/oauth-protected-resource/mcp");
});

describe("the origin", () => {
  const { tls } = base.server.http;
  test.each<readonly [string, Changes["http"], number | undefined, string]>([
    ["is where it listens", {}, undefined, "http://127.0.0.1:9326"],
    ["with the port that was taken", { port: 0 }, 4711, "http://127.0.0.1:4711"],
    ["over TLS", { tls: { ...tls, termination: "server" } }, undefined, "https://127.0.0.1:9326"],
    ["behind a proxy", { tls: { ...tls, termination: "upstream" } }, undefined, "https://127.0.0.1:9326"],
    ["on IPv6", { bind: "::1" }, undefined, "http://[::1]:9326"],
    ["or what the operator says", { public_url: "https://code.example" }, 4711, "https://code.example"],
  ])("%s", (_what, http, port, origin) => {
    expect(publicOrigin(config({ http: http ?? {} }), port)).toBe(origin);
  });
});
