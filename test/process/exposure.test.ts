// P09, G49, D40, D41: with the HTTP door open, the gateway alone listens, at one address, and behind it is only what was meant.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { proposalArgs } from "../support/gateway.ts";
import { action, type Ask } from "../support/http-ask.ts";
import { openRoom, type Room, type Up } from "../support/http-up.ts";
import { eventually, processesNaming } from "../support/processes.ts";
import { socketsOf } from "../support/sockets.ts";
import { pieced } from "../support/pieced.ts";
import { standingBytes, standingFiles } from "../support/standing.ts";

let room: Room;
let up: Up;
let token: string;
beforeAll(async () => {
  room = openRoom("default");
  token = room.token("alice");
  up = await room.up();
});
afterAll(() => room.remove());

/** State of a listening socket in the kernel's tables. */
const LISTENS = "0A";

test.runIf(existsSync("/proc/self/net/tcp"))(
  "P09: one socket listens, it is the gateway's, and on loopback",
  () => {
    const listening = processesNaming(room.state).flatMap(({ pid }) =>
      socketsOf(pid)
        .filter(({ kind, row }) => kind !== "tcp" || row.split(/\s+/)[3] === LISTENS)
        .map(({ kind, row }) => ({ pid, kind, local: row.split(/\s+/)[1] })),
    );
    const port = up.port.toString(16).toUpperCase().padStart(4, "0");
    expect(listening).toEqual([{ pid: up.pid, kind: "tcp", local: `0100007F:${port}` }]);
    expect(new Set([up.pid, up.validator]).size).toBe(2);
  },
);

describe("G49: what answers without a proof", () => {
  test.each(["/healthz", "/readyz"])("%s says how it stands, and neither path nor version", async (path) => {
    const { status, text, headers } = await up.ask(path);
    expect(status).toBe(200);
    for (const word of [room.state, room.repo, "/", "countersign", "version", process.versions.node])
      expect(text + JSON.stringify([headers.server, headers["x-powered-by"]])).not.toContain(word);
    expect((await up.ask(path, { method: "POST", body: "{}" })).status).toBe(405);
  });

  test.each(["/mcp", "/actions/read-manifest", "/actions/openapi.json"])(
    "%s is there, and needs one",
    async (path) => {
      const method = path.endsWith(".json") ? "GET" : "POST";
      const { status, headers } = await up.ask(path, {
        method,
        ...(method === "POST" ? { body: "{}" } : {}),
      });
      expect([status, String(headers["www-authenticate"]).slice(0, 6)]).toEqual([401, "Bearer"]);
    },
  );

  test.each([
    "/",
    "/docs",
    "/docs/",
    "/redoc",
    "/openapi.json",
    "/swagger.json",
    "/status",
    "/metrics",
    "/health",
    "/debug",
    "/admin",
    "/login",
    "/sse",
    "/messages",
  ])("%s does not exist, with a token neither", async (path) => {
    const asks: readonly Ask[] = [{}, { token }, { token, method: "POST", body: "{}" }];
    for (const ask of asks) expect([(await up.ask(path, ask)).status]).toEqual([404]);
  });
});

test("D40: an id that is a secret is refused, and stands in no file", async () => {
  const secret = pieced(["gh", "p_", "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3hJ6"]);
  const made = await up.ask(
    ...action("read-manifest", {}, { token, headers: { "x-correlation-id": secret } }),
  );
  expect([made.status, made.headers["x-correlation-id"]]).toEqual([422, undefined]);
  const kept = standingFiles(room.state);
  expect(kept.filter((path) => standingBytes(path).includes(secret.slice(4)))).toEqual([]);
});

test("D40: the ids of the request that proposed are signed with the verdict", async () => {
  const base = String((await up.ask(...action("read-manifest", {}, { token }))).json["manifest"]);
  const edits = [{ op: "create", path: "src/new.ts", new_text: "export const n = 1;\n" }];
  const ask = action("propose-patch", proposalArgs(base, { edits }), {
    token,
    headers: { "x-correlation-id": "ticket-4711" },
  });
  const made = await up.ask(...ask);
  expect(made.status).toBe(200);
  const folder = join(room.state, "exchange", "verdicts");
  const file = await eventually(() =>
    readdirSync(folder).find((name) => name.startsWith(String(made.json["patch_id"]))),
  );
  const envelope = JSON.parse(readFileSync(join(folder, file ?? ""), "utf8")) as { payload: string };
  const statement = JSON.parse(Buffer.from(envelope.payload, "base64").toString()) as {
    predicate: { proposer: unknown };
  };
  expect(statement.predicate.proposer).toEqual({
    principal: "alice",
    session: made.headers["x-request-id"],
    correlation: "ticket-4711",
  });
});
