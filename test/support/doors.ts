// A real HTTP door to send bytes to, with everything behind it in plain sight.
import { randomUUID } from "node:crypto";
import { afterEach } from "vitest";
import { type Refusal, refusal } from "../../src/core/base/refusal.ts";
import { openScope, roles, toolNames } from "../../src/core/identity/scope.ts";
import type { Authenticated, Authenticator, Presented } from "../../src/gateway/auth/authenticate.ts";
import { openFailureMeter } from "../../src/gateway/auth/meter.ts";
import type { Reply, Route } from "../../src/gateway/http/exchange.ts";
import type { Attempt, Door, DoorConfig, DoorParts, HttpConfig } from "../../src/gateway/http/parts.ts";
import { openDoor } from "../../src/gateway/http/server.ts";
import { openLog } from "../../src/io/log/log.ts";
import { GOOD, type Where } from "./http.ts";

export const httpConfig: HttpConfig = {
  enabled: true,
  bind: "127.0.0.1",
  port: 0,
  unix_socket: "",
  allow_non_loopback: false,
  public_url: "",
  hosts: [],
  origins: [],
  sse: false,
  actions: true,
  max_body_bytes: 4096,
  max_inflight: 8,
  max_connections: 64,
  max_streams: 4,
  header_timeout_seconds: 10,
  request_timeout_seconds: 30,
  failures_per_minute: 10_000,
  tls: {
    termination: "none",
    cert_file: "",
    key_file: "",
    client_ca_file: "",
    require_client_cert: false,
    crl_file: "",
  },
  proxy: { addresses: [], secret: "" },
};

const scope = openScope({
  roles: [...roles],
  tools: [...toolNames],
  paths: [],
  lane: "asserted",
  limits: { perMinute: 1, perHour: 1, maxPending: 1 },
  budget: { periodSeconds: 60, calls: 0, bytes: 0, scanMillis: 0, warnPercent: 80 },
});

export interface Recorded {
  readonly said: Refusal;
  readonly status: number;
  readonly who: Attempt;
}

export interface TestDoor {
  readonly door: Door;
  readonly where: Where;
  readonly recorded: readonly Recorded[];
  /** What the authenticator was shown. */
  readonly presented: readonly Presented[];
  /** What reached a handler of the echo route. */
  readonly reached: readonly string[];
  readonly fatal: readonly Error[];
  readonly logged: readonly string[];
  close(): Promise<void>;
}

export interface TestDoorOptions {
  readonly http?: Partial<HttpConfig>;
  readonly live?: () => DoorConfig;
  readonly parts?: Partial<DoorParts>;
}

/** A real door on a loopback port. `/echo` answers what it was sent; `Bearer <GOOD>` is the principal `agent`. */
export async function testDoor({
  http: own = {},
  live,
  parts = {},
}: TestDoorOptions = {}): Promise<TestDoor> {
  const http = { ...httpConfig, ...own };
  const [recorded, presented, reached, fatal, logged]: [
    Recorded[],
    Presented[],
    string[],
    Error[],
    string[],
  ] = [[], [], [], [], []];
  const config: DoorConfig = {
    ...http,
    proxy: { addresses: http.proxy.addresses, secret: http.proxy.secret || undefined },
  };
  const authenticator: Authenticator = {
    authenticate(shown) {
      presented.push(shown);
      return Promise.resolve(believe(shown));
    },
  };
  const door = await openDoor({
    http,
    auth: "bearer_token",
    live: live ?? (() => config),
    authenticator: () => authenticator,
    meter: openFailureMeter({ perMinute: http.failures_per_minute, clock: () => 0 }),
    open: [],
    routes: [
      {
        path: "/echo",
        methods: ["GET", "POST"],
        body: "json",
        handler({ method, body, query, correlation, principal }) {
          reached.push(`${method} ${JSON.stringify(body)}`);
          const said = { method, body, query: query.toString(), correlation, principal: principal.name };
          return Promise.resolve({
            status: 200,
            headers: { "content-type": "application/json" },
            body: JSON.stringify(said),
          });
        },
      },
    ],
    record: (said, status, who) => void recorded.push({ said, status, who }),
    ready: () => ({ ok: true, parts: { store: "ok" } }),
    allowed: () => ({ ok: true }),
    isSecret: (word) => word.startsWith("secret-"),
    fatal: (error) => void fatal.push(error),
    newId: randomUUID,
    log: openLog("debug", { write: (line) => void logged.push(line) }),
    ...parts,
  });
  return {
    door,
    where: door.address,
    recorded,
    presented,
    reached,
    fatal,
    logged,
    close: () => door.close(0),
  };
}

/** `Bearer <GOOD>` is the principal `agent`. */
export function believe({ authorization }: Pick<Presented, "authorization">): Authenticated {
  if (authorization.length === 1 && authorization[0] === `Bearer ${GOOD}`)
    return { ok: true, principal: { name: "agent", credential: "token:test", scope } };
  const challenge = 'Bearer realm="countersign"';
  return { ok: false, status: 401, refusal: refusal("auth_invalid", "not a good token"), challenge };
}

/** Opens doors that are closed behind each test. */
export function doors(): (options?: TestDoorOptions) => Promise<TestDoor> {
  const opened: TestDoor[] = [];
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((door) => door.close()));
  });
  return async (options) => {
    const door = await testDoor(options);
    opened.push(door);
    return door;
  };
}

/** A route at /echo, unless it says otherwise. */
export function route(handler: Route["handler"], own: Partial<Route> = {}): Route {
  return { path: "/echo", methods: ["GET", "POST"], body: "json", handler, ...own };
}

export function text(body: Reply["body"]): Reply {
  return { status: 200, headers: { "content-type": "text/plain" }, body };
}

/** One route at /echo. */
export function echo(handler: Route["handler"]): readonly Route[] {
  return [route(handler)];
}

export function portOf({ where }: TestDoor): number {
  return "port" in where ? where.port : 0;
}
