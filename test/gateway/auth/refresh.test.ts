// The token endpoint: one exchange for each refresh token, theft ends the family, and guessing is slow.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createHash } from "node:crypto";
import { instant } from "../../../src/core/base/time.ts";
import type { Credential } from "../../../src/core/identity/token.ts";
import { openFailureMeter } from "../../../src/gateway/auth/meter.ts";
import { openAuthenticator } from "../../../src/gateway/auth/modes.ts";
import { tokenRoute } from "../../../src/gateway/auth/refresh.ts";
import type { OpenHandler, Reply } from "../../../src/gateway/http/exchange.ts";
import { authConfig, outcome, presented } from "../../support/authenticating.ts";
import { credential, token } from "../../support/credentials.ts";
import { newStore, type OpenStore } from "../../support/open-store.ts";
import { note, NOON } from "../../support/proposals.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

let it: OpenStore;
let handler: OpenHandler;
let drawn = 0;
beforeEach(() => {
  it = newStore();
  it.store.issue([credential(1, { kind: "refresh", ends: instant(NOON + 8 * DAY) })], note("token.issued"));
  handler = open();
});
afterEach(() => {
  expect(it.end()).toMatchObject({ ok: true });
});

function open(perMinute = 1000, max_token_days = 90, access_seconds = 3600): OpenHandler {
  const clock = (): number => it.now;
  const { auth } = authConfig("bearer_token");
  return tokenRoute({
    config: () => ({ auth: { ...auth, max_token_days, access_seconds } }),
    store: it.store,
    clock,
    random: (bytes) =>
      createHash("sha512")
        .update(`drawn ${(drawn += 1)}`)
        .digest()
        .subarray(0, bytes),
    failures: openFailureMeter({ perMinute, clock }),
    stopped: () => undefined,
  }).handler;
}

async function post(body: unknown, address = "192.0.2.1"): Promise<Reply & { json: Record<string, string> }> {
  const asked = { body, address, id: "request-1", correlation: "corr-1" } as Parameters<OpenHandler>[0];
  const reply = await handler(asked);
  return { ...reply, json: JSON.parse(reply.body as string) as Record<string, string> };
}
const exchange = (refresh_token: string, address?: string) =>
  post({ grant_type: "refresh_token", refresh_token }, address);
const failure = async (reply: ReturnType<typeof post>): Promise<string> => {
  const { status, json } = await reply;
  return `${status} ${json["error"]}`;
};

async function whoIs(text: string): Promise<string> {
  const authenticator = openAuthenticator({
    config: authConfig("bearer_token"),
    store: it.store,
    clock: () => it.now,
  });
  return outcome(await authenticator.authenticate(presented({ authorization: [`Bearer ${text}`] })));
}

const kept = (): readonly Credential[] => it.store.credentials();

describe("an exchange", () => {
  test("gives a pair that nobody may store: an access token that works, and the next refresh token", async () => {
    const { status, headers, json } = await exchange(token(1).token);
    expect(status).toBe(200);
    expect(headers).toMatchObject({ "cache-control": "no-store", "content-type": "application/json" });
    expect(json).toEqual({
      access_token: expect.stringMatching(/^cst_/) as string,
      token_type: "Bearer",
      expires_in: 3600,
      refresh_token: expect.stringMatching(/^cst_/) as string,
    });
    expect(await whoIs(json["access_token"]!)).toBe("agent");
    it.now += HOUR - 1;
    expect(await whoIs(json["access_token"]!)).toBe("agent");
    it.now += 1;
    expect(await whoIs(json["access_token"]!)).toBe("401 auth_expired");
    expect((await exchange(json["refresh_token"]!)).status).toBe(200);
  });

  test("keeps principal, grant and family, and the log names the caller and never a token", async () => {
    const { json } = await exchange(token(1).token);
    const old = kept().find(({ id }) => id === token(1).id);
    const pair = kept().filter(({ id }) => id !== token(1).id);
    expect(old?.used).toBe(instant(NOON));
    expect(pair.map(({ kind }) => kind).toSorted()).toEqual(["access", "refresh"]);
    for (const one of pair)
      expect(one).toMatchObject({
        principal: "agent",
        family: old?.family,
        grant: old?.grant,
        ends: old?.ends,
      });
    const log = [...it.store.auditRows(0)].map(({ line }) => line).join("\n");
    expect(it.events().slice(1)).toEqual(Array(3).fill("token.refreshed"));
    expect(log).toContain(
      `"actor":{"correlation":"corr-1","credential":"token:${token(1).id}","principal":"agent","session":"request-1"}`,
    );
    for (const secret of [token(1).token, json["access_token"]!, json["refresh_token"]!])
      expect(log).not.toContain(secret.slice(21));
  });

  test("nothing lives longer than the family", async () => {
    let next = token(1).token;
    for (const [at, refreshEnds, accessSeconds] of [
      [NOON, NOON + 7 * DAY, 3600],
      [NOON + 4 * DAY, NOON + 8 * DAY, 3600],
      [NOON + 8 * DAY - 1000, NOON + 8 * DAY, 1],
    ] as const) {
      it.now = at;
      const { json } = await exchange(next);
      next = json["refresh_token"]!;
      expect(json["expires_in"]).toBe(accessSeconds);
      expect(kept().find(({ id }) => next.includes(id))?.expires).toBe(instant(refreshEnds));
    }
    it.now = NOON + 8 * DAY;
    expect(await failure(exchange(next))).toBe("400 invalid_grant");
  });
});

// Threat: a family that was issued for long goes on and on after auth.max_token_days was tightened.
describe("auth.max_token_days, tightened to two", () => {
  test("the successors end with them, and say so", async () => {
    handler = open(1000, 2);
    it.now = NOON + DAY - 1;
    const first = await exchange(token(1).token);
    expect(first.json["expires_in"]).toBe(3600);
    it.now = NOON + 2 * DAY - 60_000;
    const second = await exchange(first.json["refresh_token"]!);
    expect(second.json["expires_in"]).toBe(60);
    const pair = kept().filter(({ created }) => created === instant(it.now));
    const life = { began: instant(NOON), expires: instant(NOON + 2 * DAY), ends: instant(NOON + 8 * DAY) };
    expect(pair).toMatchObject([life, life]);
  });

  test("nothing is exchanged behind them, and nothing is used up", async () => {
    const { json } = await exchange(token(1).token);
    it.now = NOON + 2 * DAY;
    handler = open(1000, 2);
    expect(await failure(exchange(json["refresh_token"]!))).toBe("400 invalid_grant");
    handler = open();
    expect((await exchange(json["refresh_token"]!)).status).toBe(200);
  });
});

test("a pair stays bound to the principal that its first token was issued for", async () => {
  it.store.issue([credential(2, { kind: "refresh", bound: true })], note("token.issued"));
  await exchange(token(2).token);
  const pair = kept().filter(({ id }) => ![1, 2].some((n) => token(n).id === id));
  expect(pair.map(({ bound }) => bound)).toEqual([true, true]);
});

describe("a refresh token that is shown twice", () => {
  test("ends its family, and that is recorded", async () => {
    const first = await exchange(token(1).token);
    expect(await failure(exchange(token(1).token, "198.51.100.9"))).toBe("400 invalid_grant");
    expect(await whoIs(first.json["access_token"]!)).toBe("401 auth_revoked");
    expect(await failure(exchange(first.json["refresh_token"]!))).toBe("400 invalid_grant");
    const revoked = it.log().filter(({ event }) => event === "token.revoked");
    expect(revoked).toHaveLength(3);
    for (const { data } of revoked) expect(data).toMatchObject({ reason: "reuse", address: "198.51.100.9" });
  });
});

// Threat: each exchange writes rows and entries that stay; who holds one refresh token could fill the disk.
describe("exchanges of one family", () => {
  const times = async (count: number, first: string): Promise<{ next: string; refused: string[] }> => {
    let next = first;
    const refused: string[] = [];
    for (let n = 0; n < count; n++) {
      const { status, json } = await exchange(next);
      if (status === 200) next = json["refresh_token"]!;
      else refused.push(`${status} ${json["error"]}`);
    }
    return { next, refused };
  };

  test("are ten an hour; the eleventh waits, is recorded, and uses nothing up", async () => {
    const { next, refused } = await times(11, token(1).token);
    expect(refused).toEqual(["429 slow_down"]);
    expect(it.log().at(-1)).toMatchObject({
      event: "access.refused",
      actor: { principal: "agent" },
      data: { reason: "rate_calls", status: 429 },
    });
    const wait = Number((await exchange(next)).headers["retry-after"]);
    expect(wait).toBeGreaterThan(3000);
    // Another family is not kept from anything.
    it.store.issue([credential(2, { kind: "refresh", family: token(2).id })], note("token.issued"));
    expect((await exchange(token(2).token)).status).toBe(200);
    it.now += wait * 1000;
    expect((await exchange(next)).status).toBe(200);
  });

  test("are twice as many as access tokens expire, where those live short", async () => {
    handler = open(1000, undefined, 120);
    const { refused } = await times(61, token(1).token);
    expect(refused).toEqual(["429 slow_down"]);
  });

  test("a token that is shown twice ends the family also when no exchange is left", async () => {
    await times(10, token(1).token);
    expect(await failure(exchange(token(1).token))).toBe("400 invalid_grant");
    expect(kept().every(({ revoked }) => revoked !== null)).toBe(true);
  });

  test("leave one access token: the one before is revoked, and that is recorded", async () => {
    it.store.issue(
      [credential(2), credential(3, { kind: "access", family: token(9).id })],
      note("token.issued"),
    );
    const first = await exchange(token(1).token);
    const second = await exchange(first.json["refresh_token"]!);
    expect(await whoIs(first.json["access_token"]!)).toBe("401 auth_revoked");
    expect(await whoIs(second.json["access_token"]!)).toBe("agent");
    // Neither another family's nor what was issued as it is.
    for (const n of [2, 3]) expect(await whoIs(token(n).token)).toBe("agent");
    expect(it.log().filter(({ event }) => event === "token.revoked")).toMatchObject([
      { data: { reason: "refreshed", token_id: first.json["access_token"]!.slice(4, 20) } },
    ]);
  });
});

describe("what is refused", () => {
  test.each([
    ["nothing", undefined, "400 invalid_request"],
    ["no grant type", { refresh_token: "x" }, "400 invalid_request"],
    ["another grant type", { grant_type: "password", refresh_token: "x" }, "400 unsupported_grant_type"],
    ["no refresh token", { grant_type: "refresh_token" }, "400 invalid_request"],
    ["what is no token", { grant_type: "refresh_token", refresh_token: "x" }, "400 invalid_grant"],
    ["an unknown one", { grant_type: "refresh_token", refresh_token: token(9).token }, "400 invalid_grant"],
    [
      "another secret under its id",
      { grant_type: "refresh_token", refresh_token: `cst_${token(1).id}_${token(9).token.slice(21)}` },
      "400 invalid_grant",
    ],
  ])("%s", async (_, body, expected) => {
    expect(await failure(post(body))).toBe(expected);
    expect((await post(body)).headers).toMatchObject({ "cache-control": "no-store" });
    expect(it.log().filter(({ event }) => event === "access.refused")).toHaveLength(2);
    expect(JSON.stringify(it.log())).not.toContain(token(9).token.slice(21));
    // And the token itself is as good as before.
    expect((await exchange(token(1).token)).status).toBe(200);
  });

  test("bearer, access and expired tokens", async () => {
    it.store.issue([credential(2), credential(3, { kind: "access" })], note("token.issued"));
    for (const n of [2, 3]) expect(await failure(exchange(token(n).token))).toBe("400 invalid_grant");
    it.now = NOON + DAY;
    expect(await failure(exchange(token(1).token))).toBe("400 invalid_grant");
  });
});

describe("guessing", () => {
  const guess = (address?: string) =>
    failure(exchange(`cst_${token(1).id}_${token(9).token.slice(21)}`, address));

  test("after five failures in a quarter of an hour no guess at that token from that address is judged", async () => {
    for (let n = 0; n < 5; n++) expect(await guess()).toBe("400 invalid_grant");
    const said = await exchange(`cst_${token(1).id}_${token(9).token.slice(21)}`);
    expect(said).toMatchObject({ status: 429, json: { error: "slow_down" } });
    const wait = Number(said.headers["retry-after"]);
    expect(wait).toBeGreaterThan(800);
    expect(await guess("192.0.2.2")).toBe("400 invalid_grant");
    it.now += wait * 1000;
    expect(await guess()).toBe("400 invalid_grant");
  });

  test("who has the right secret is kept from nothing by those who guess", async () => {
    for (let n = 0; n < 6; n++) await guess();
    expect((await exchange(token(1).token)).status).toBe(200);
  });

  test("made-up ids use up nobody's attempts", async () => {
    handler = open(10);
    for (let n = 0; n < 5000; n++)
      await exchange(`cst_${n.toString(16).padStart(16, "0")}_${token(9).token.slice(21)}`);
    expect(await guess("198.51.100.7")).toBe("400 invalid_grant");
  });

  test("beyond the address's own limit there are no more entries", async () => {
    handler = open(2);
    const answers = [];
    for (let n = 0; n < 10; n++) answers.push(await failure(exchange(token(100 + n).token)));
    expect(answers.slice(0, 3)).toEqual(["400 invalid_grant", "400 invalid_grant", "429 slow_down"]);
    expect(it.log().filter(({ event }) => event === "access.refused")).toHaveLength(2);
    // A valid one passes at any time.
    expect((await exchange(token(1).token)).status).toBe(200);
  });
});
