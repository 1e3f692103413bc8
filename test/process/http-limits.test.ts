// Acceptance 6 (D33, G10–G12, I15, P10, P20): limits that hold across restarts, in parallel, under a flood and without their storage.
import { randomBytes } from "node:crypto";
import { Agent } from "node:http";
import { readFileSync, renameSync, truncateSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { mintToken, TOKEN_BYTES } from "../../src/core/identity/token.ts";
import { proposalArgs } from "../support/gateway.ts";
import { action, type Answer, type Ask, type Era, inTurns, toolCall } from "../support/http-ask.ts";
import { openRoom, type Room, type Up } from "../support/http-up.ts";
import { eventually } from "../support/processes.ts";

const reading = (up: Up, token: string): Promise<Answer> =>
  up.ask(...action("read-file", { path: "src/a.ts" }, { token }));

async function baseOf(up: Up, token: string): Promise<string> {
  return String((await up.ask(...action("read-manifest", {}, { token }))).json["manifest"]);
}

const proposing = (up: Up, token: string, base: string, at: number): Promise<Answer> => {
  const edits = [{ op: "create", path: `src/new${at}.ts`, new_text: `export const n = ${at};\n` }];
  return up.ask(...action("propose-patch", proposalArgs(base, { edits }), { token }));
};

function over(answer: Answer, code: string, seconds: number): void {
  expect([answer.status, answer.code]).toEqual([429, code]);
  const wait = Number(answer.headers["retry-after"]);
  expect(wait).toBeGreaterThanOrEqual(1);
  expect(wait).toBeLessThanOrEqual(seconds);
}

describe("the default preset as it is", () => {
  let room: Room;
  afterAll(() => room.remove());

  test("the 21st call of a minute and the 6th proposal of an hour: 429, also after a restart; others go on", async () => {
    room = openRoom("default");
    const [alice, bob, carol] = ["alice", "bob", "carol"].map((name) => room.token(name)) as [
      string,
      string,
      string,
    ];
    let up = await room.up();
    const base = await baseOf(up, carol);
    for (let n = 0; n < 5; n++) {
      const made = await proposing(up, carol, base, n);
      expect(made.status).toBe(200);
      const { patch_id } = made.json;
      expect((await up.ask(...action("withdraw-patch", { patch_id }, { token: carol }))).status).toBe(200);
    }
    over(await proposing(up, carol, base, 5), "rate_proposals", 3600);
    const answers = [];
    for (let n = 0; n < 20; n++) answers.push((await reading(up, alice)).status);
    expect(answers).toEqual(Array.from({ length: 20 }, () => 200));
    over(await reading(up, alice), "rate_calls", 61);
    // A second credential of the same principal is no second limit.
    for (const era of ["legacy", "modern"] satisfies Era[])
      over(
        await up.ask(...toolCall(era, "read-file", { path: "src/a.ts" }, 1, { token: alice })),
        "rate_calls",
        61,
      );
    expect((await reading(up, bob)).status).toBe(200);
    expect(await up.stop()).toBe(0);
    up = await room.up();
    over(await reading(up, alice), "rate_calls", 61);
    over(await proposing(up, carol, base, 6), "rate_proposals", 3600);
    expect([(await reading(up, bob)).status, (await proposing(up, bob, base, 7)).status]).toEqual([200, 200]);
    const refused = room
      .entries()
      .filter(({ event, data }) => event === "call.refused" && data["reason"] !== undefined);
    expect(refused.map(({ actor, data }) => [actor.principal, data["reason"]])).toEqual([
      ["carol", "rate_proposals"],
      ["alice", "rate_calls"],
      ["alice", "rate_calls"],
      ["alice", "rate_calls"],
      ["alice", "rate_calls"],
      ["carol", "rate_proposals"],
    ]);
  });
});

describe("under load", () => {
  const INFLIGHT = 24;
  const TOML = `[server.http]\nmax_inflight = ${INFLIGHT}\n[calls]\nper_minute = 100000\n[proposal]\nper_hour = 1000\n`;
  let room: Room;
  let up: Up;
  let alice: string;
  beforeAll(async () => {
    room = openRoom("default", TOML);
    alice = room.token("alice");
    up = await room.up();
  });
  afterAll(() => room.remove());

  test("of 20 proposals side by side exactly five wait, and 15 are told so", async () => {
    const base = await baseOf(up, alice);
    // Nobody judges meanwhile, so nothing stops waiting.
    process.kill(up.validator, "SIGSTOP");
    const answers = await Promise.all(Array.from({ length: 20 }, (_, at) => proposing(up, alice, base, at)));
    const codes = answers.map(({ status, code }) => `${status} ${code}`).toSorted();
    process.kill(up.validator, "SIGCONT");
    expect(codes).toEqual([
      ...Array.from({ length: 5 }, () => "200 answer"),
      ...Array.from({ length: 15 }, () => "429 too_many_pending"),
    ]);
    expect(room.entries().filter(({ event }) => event === "proposal.accepted")).toHaveLength(5);
  });

  test("a body of 1 MiB is read, one more byte is 413, declared or not", async () => {
    const body = (bytes: number): string => `{"path":"${"x".repeat(bytes - 11)}"}`;
    const send = (bytes: number, more: Ask = {}): Promise<Answer> =>
      up.ask("/actions/read-file", { token: alice, body: body(bytes), ...more });
    expect(Buffer.byteLength(body(1_048_576))).toBe(1_048_576);
    expect((await send(1_048_576)).code).toBe("call_too_large");
    const larger = await send(1_048_577);
    expect([larger.status, larger.code]).toEqual([413, "body_too_large"]);
    const chunked = await talkChunked(up.port, alice, body(1_048_577));
    expect(chunked).toMatch(/^HTTP\/1\.1 413 [^]*body_too_large/);
  });

  test("requests that hang in their bodies take all places: the next is 503 with Retry-After, and 200 when they are gone", async () => {
    const head = `POST /actions/read-file HTTP/1.1\r\nhost: 127.0.0.1:${up.port}\r\nauthorization: Bearer ${alice}\r\ncontent-type: application/json\r\ncontent-length: 20\r\n\r\n{`;
    const sockets: Socket[] = Array.from({ length: INFLIGHT }, () => connect(up.port, "127.0.0.1"));
    for (const socket of sockets) socket.on("error", () => undefined).write(head);
    const busy = await eventuallyAsked(
      () => reading(up, alice),
      ({ status }) => status === 503,
    );
    expect([busy.code, Number(busy.headers["retry-after"]) >= 1]).toEqual(["server_busy", true]);
    expect((await up.ask("/healthz")).status).toBe(200);
    for (const socket of sockets) socket.destroy();
    expect(
      (
        await eventuallyAsked(
          () => reading(up, alice),
          ({ status }) => status === 200,
        )
      ).code,
    ).toBe("answer");
  });

  test("10,000 random tokens from one address: a valid principal is served throughout, memory and log stay bounded", async () => {
    const COUNT = 10_000;
    const agent = new Agent({ keepAlive: true, maxSockets: 16 });
    // Headers of 8 kB each: who kept them, or the addresses they claim, would hold 60 MB and more at the end.
    const token = (at: number): string =>
      at % 4 === 0 ? mintToken(randomBytes(TOKEN_BYTES)).token : randomBytes(6000).toString("base64url");
    const guess = async (at: number): Promise<number> => {
      const headers = { "x-forwarded-for": `192.0.2.${at % 250}`, authorization: `Bearer ${token(at)}` };
      return (await up.ask("/actions/openapi.json", { headers, agent })).status;
    };
    const residentMiB = (): number =>
      Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${up.pid}/status`, "utf8"))?.[1]) / 1024;
    const before = room.entries().length;
    const flood = { over: false };
    const valid: number[] = [];
    const serving = (async () => {
      while (!flood.over) valid.push((await reading(up, alice)).status);
    })();
    const warm = await inTurns(Array.from({ length: 1000 }), 16, (_, at) => guess(at));
    const atFirst = residentMiB();
    const rest = await inTurns(Array.from({ length: COUNT - 1000 }), 16, (_, at) => guess(at));
    const atLast = residentMiB();
    flood.over = true;
    await serving;
    agent.destroy();
    const told = Map.groupBy([...warm, ...rest], (status) => status);
    expect([...told.keys()].toSorted((a, b) => a - b)).toEqual([401, 429]);
    expect(valid.length).toBeGreaterThan(20);
    expect(new Set(valid)).toEqual(new Set([200]));
    // The heap itself breathes by about 35 MiB; a copy of each header alone would be 54.
    expect(atLast - atFirst).toBeLessThan(48);
    const left = room.entries().slice(before);
    const times = left.map(({ ts }) => Date.parse(ts));
    const minutes = Math.ceil((Math.max(...times) - Math.min(...times)) / 60_000);
    const refused = left.filter(({ event }) => event === "access.refused");
    expect(refused.length).toBe(told.get(401)?.length);
    expect(refused.length).toBeLessThanOrEqual(30 * (minutes + 1));
    expect(left.filter(({ event }) => event === "access.suppressed").length).toBeLessThanOrEqual(minutes);
    // No header moves the blame: it is all one address.
    expect(new Set(refused.map(({ data }) => data["address"]))).toEqual(new Set(["127.0.0.1"]));
  });

  test("a budget of 10 calls: the 8th leaves a warning, the 11th is refused; taken over while it runs", async () => {
    const dave = room.token("dave");
    room.configure(`${TOML}[budget]\ncalls = 10\n`);
    const swapped = (): true | undefined =>
      room
        .entries()
        .some(({ event, data }) => event === "config.changed" && String(data["keys"]).includes("budget"))
        ? true
        : undefined;
    expect(await eventually(swapped)).toBe(true);
    const warnings = (): number => room.entries().filter(({ event }) => event === "budget.warning").length;
    const counts: number[] = [];
    // Others were over it before it existed, and are warned of nothing here.
    const already = warnings();
    for (let n = 0; n < 10; n++) {
      expect((await reading(up, dave)).status).toBe(200);
      counts.push(warnings() - already);
    }
    expect(counts).toEqual([0, 0, 0, 0, 0, 0, 0, 1, 1, 1]);
    over(await reading(up, dave), "budget_exhausted", 86_400);
    const rpc = await up.ask(...toolCall("modern", "read-file", { path: "src/a.ts" }, 1, { token: dave }));
    over(rpc, "budget_exhausted", 86_400);
    expect(room.entries().findLast(({ event }) => event === "budget.warning")?.actor.principal).toBe("dave");
  });
});

describe("without its storage", () => {
  let room: Room;
  afterEach(() => room.remove());
  const database = (): string => join(room.state, "gateway", "store.db");

  const moved = (): void => renameSync(database(), `${database()}.away`);
  const replaced = (): void => {
    writeFileSync(`${database()}.new`, readFileSync(database()));
    renameSync(`${database()}.new`, database());
  };

  test.each([
    ["is taken away", moved, 503],
    ["is replaced by a copy", replaced, 200],
  ])(
    "the database %s: nobody is let in, known or not, and the process ends with 74",
    async (_, work, ready) => {
      room = openRoom("default");
      const token = room.token("alice");
      const up = await room.up();
      expect((await reading(up, token)).status).toBe(200);
      work();
      expect((await up.ask("/readyz")).status).toBe(ready);
      const [known, unknown] = await Promise.all([reading(up, token), reading(up, "x".repeat(40))]);
      for (const answer of [known, unknown]) {
        expect([answer.status, answer.code]).toEqual([503, "limiter_unavailable"]);
        expect(answer.text).not.toContain("export");
      }
      expect(await up.ended).toBe(74);
      expect(up.said()).toContain("storage");
    },
  );

  test("the disk is full: refused without content, 74, and after a restart the log holds together", async () => {
    room = openRoom("default", "[calls]\nper_minute = 100000\n");
    const token = room.token("alice");
    // RLIMIT_FSIZE stands for the disk.
    const up = await room.up({ through: ["bash", "-c", 'ulimit -f 400; exec "$0" "$@"'] });
    let answer = await reading(up, token);
    let told = 0;
    for (; answer.status === 200 && told < 2000; told++) answer = await reading(up, token);
    expect([answer.status, answer.code]).toEqual([503, "limiter_unavailable"]);
    expect(answer.text).not.toContain("export");
    expect(await up.ended).toBe(74);
    expect(told).toBeGreaterThan(3);
    const kept = room
      .entries()
      .filter(({ event, data }) => event === "call.allowed" && data["tool"] === "read-file");
    expect(kept.length).toBeGreaterThanOrEqual(told);
    const again = await room.up();
    expect((await reading(again, token)).status).toBe(200);
  });

  // Known defect: SQLite goes on out of its cache, and what is answered is durable nowhere. Turn into a test once fixed.
  test("the database is cut to nothing in place: the same", async () => {
    room = openRoom("default");
    const token = room.token("alice");
    const up = await room.up();
    for (const file of [database(), `${database()}-wal`]) truncateSync(file, 0);
    const answer = await reading(up, token);
    expect([answer.status, answer.code]).toEqual([503, "limiter_unavailable"]);
    expect(await up.ended).toBe(74);
  });
});

/** Without Content-Length: the server learns the size as it arrives. */
function talkChunked(port: number, token: string, body: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  const { promise, resolve } = Promise.withResolvers<string>();
  let text = "";
  socket.on("data", (chunk) => (text += chunk.toString("latin1")));
  socket.on("error", () => resolve(text));
  socket.on("close", () => resolve(text));
  socket.write(
    `POST /actions/read-file HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nauthorization: Bearer ${token}\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n`,
  );
  socket.write(`${Buffer.byteLength(body).toString(16)}\r\n${body}\r\n0\r\n\r\n`);
  return promise;
}

/** Asks until the answer is as wanted, at most a hundred times; the last answer. */
async function eventuallyAsked(
  ask: () => Promise<Answer>,
  wanted: (answer: Answer) => boolean,
): Promise<Answer> {
  let answer = await ask();
  for (let look = 0; look < 100 && !wanted(answer); look++) answer = await ask();
  return answer;
}
