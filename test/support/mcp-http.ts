// The MCP routes on the real door over a gateway without its process; who calls is what the bearer token says.
import { randomBytes, randomUUID } from "node:crypto";
import { openScope, type ScopeWords } from "../../src/core/identity/scope.ts";
import type { Principal } from "../../src/core/identity/principal.ts";
import { refusal } from "../../src/core/base/refusal.ts";
import { wholeScope } from "../../src/gateway/auth/grants.ts";
import type { Authenticator } from "../../src/gateway/auth/authenticate.ts";
import type { Attempt, DoorParts } from "../../src/gateway/http/parts.ts";
import { openDoor } from "../../src/gateway/http/server.ts";
import { type Item, openNews } from "../../src/gateway/legs/news.ts";
import type { McpService } from "../../src/gateway/mcp/http-parts.ts";
import { type SseParts, sseRoutes } from "../../src/gateway/mcp/sse.ts";
import { mcpRoutes } from "../../src/gateway/mcp/streamable.ts";
import { openStreams, type Streams } from "../../src/gateway/mcp/streams.ts";
import { openUncharged } from "../../src/gateway/tools/uncharged.ts";
import { loadSetup, packageRoot } from "../../src/io/file/config.ts";
import { openLog } from "../../src/io/log/log.ts";
import type { GatewayLab } from "./gateway.ts";
import { type Answer, post } from "./mcp-requests.ts";

export interface McpHttpLab {
  readonly url: URL;
  /** What the routes were made of. */
  readonly parts: SseParts;
  readonly streams: Streams;
  /** Refusals of the door itself. */
  readonly refusedAtDoor: { readonly code: string; readonly status: number; readonly who: Attempt }[];
  /** Credentials that are not valid any more. */
  readonly revoked: Set<string>;
  /** Who listens to the news within the process. */
  listeners(): number;
  tell(item: Item): void;
  /** What the transport does every so many seconds. */
  tick(): void;
  /** Another principal, or other rights, than the token itself as a name with every right. */
  admit(
    token: string,
    words: Partial<ScopeWords>,
    as?: Partial<Pick<Principal, "name" | "credential">>,
  ): void;
  post(body: unknown, headers?: Readonly<Record<string, string>>, path?: string): Promise<Answer>;
  /** The door closes, as when the process ends in order. */
  close(graceMillis: number): Promise<void>;
  stop(): Promise<void>;
}

export interface McpHttpOptions {
  readonly minProtocol?: McpService["setup"]["config"]["server"]["min_protocol"];
  readonly maxStreams?: number;
  readonly total?: number;
  readonly sse?: boolean;
}

export async function mcpHttp(lab: GatewayLab, options: McpHttpOptions = {}): Promise<McpHttpLab> {
  const { config } = loadSetup(lab.layout, packageRoot());
  const http = { ...config.server.http, enabled: true, port: 0, bind: "127.0.0.1", unix_socket: "" };
  const server = { ...config.server, http, min_protocol: options.minProtocol ?? config.server.min_protocol };
  const news = openNews();
  let listening = 0;
  const admitted = new Map<string, Principal>();
  const revoked = new Set<string>();
  const stopping = new AbortController();
  const ticks = new Set<() => void>();
  const scope = openScope(wholeScope(config));
  const stillValid = ({ credential }: Principal): boolean => !revoked.has(credential);
  const streams = openStreams({
    perPrincipal: () => options.maxStreams ?? http.max_streams,
    total: () => options.total ?? 1000,
    stillValid,
    stopping: stopping.signal,
    every(_, tick) {
      ticks.add(tick);
      return () => void ticks.delete(tick);
    },
  });
  const service = {
    setup: { config: { server } },
    tools: lab.tools,
    corridor: lab.corridor,
    gates: lab.gates,
  };
  const log = openLog("error", { write: () => undefined });
  const parts: SseParts = {
    version: "0.0.0-test",
    service: () => ({ ...service, presented: (tool: string) => tool }),
    news: {
      ...news,
      listen(listener: (item: Item) => void) {
        listening += 1;
        const stop = news.listen(listener);
        return () => {
          listening -= 1;
          stop();
        };
      },
    },
    store: lab.store,
    streams,
    stillValid,
    uncharged: openUncharged(Date.now),
    log,
    newSecret: () => randomBytes(32).toString("base64url"),
  };
  const authenticator: Authenticator = {
    authenticate({ authorization: [header] }) {
      const name = header?.replace("Bearer ", "") ?? "anybody";
      const known = admitted.get(name) ?? { name, credential: `token:${name}`, scope };
      if (!revoked.has(known.credential)) return Promise.resolve({ ok: true, principal: known });
      return Promise.resolve({ ok: false, status: 401, refusal: refusal("auth_revoked", "revoked") });
    },
  };
  const live = { ...http, proxy: { addresses: [], secret: undefined } };
  const refusedAtDoor: McpHttpLab["refusedAtDoor"] = [];
  const door: DoorParts = {
    http,
    auth: "local_only",
    live: () => live,
    authenticator: () => authenticator,
    meter: { failed: () => ({ suppressed: false, retrySeconds: 0 }) },
    routes: [...mcpRoutes(parts), ...(options.sse === true ? await sseRoutes(parts) : [])],
    open: [],
    record: ({ code }, status, who) => void refusedAtDoor.push({ code, status, who }),
    ready: () => ({ ok: true, parts: {} }),
    allowed: () => ({ ok: true }),
    isSecret: (word) => word.startsWith("secret-"),
    fatal: (error) => void lab.fatal.push(error),
    newId: randomUUID,
    log,
  };
  const opened = await openDoor(door);
  const { address } = opened;
  if (!("port" in address)) throw new Error("the door has no port");
  const url = new URL(`http://127.0.0.1:${address.port}/mcp`);
  return {
    url,
    parts,
    streams,
    refusedAtDoor,
    revoked,
    listeners: () => listening,
    tell: (item) => news.tell(item),
    tick: () => ticks.forEach((tick) => tick()),
    admit(token, words, as) {
      const whole = { ...wholeScope(config), ...words };
      admitted.set(token, { name: token, credential: `token:${token}`, ...as, scope: openScope(whole) });
    },
    post: (body, headers, path) => post(new URL(path ?? "/mcp", url), body, headers),
    close: (graceMillis) => opened.close(graceMillis),
    async stop() {
      stopping.abort();
      await opened.close(0);
    },
  };
}
