// Tokens in the store: issued, listed, rotated, revoked and exchanged, each with its entry and never itself.
import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { instant } from "../../../../src/core/base/time.ts";
import type { Credential } from "../../../../src/core/identity/token.ts";
import type { Refreshed } from "../../../../src/io/store/store.ts";
import { credential, grant, token } from "../../../support/credentials.ts";
import { newStore, type OpenStore } from "../../../support/open-store.ts";
import { note, NOON } from "../../../support/proposals.ts";

let it: OpenStore;
beforeEach(() => {
  it = newStore();
});
afterEach(() => {
  expect(it.end()).toMatchObject({ ok: true });
});

const DAY = 86_400_000;
const issue = (...fresh: readonly Credential[]): void =>
  it.store.issue(fresh, note("token.issued", { by: "person" }));
const kept = (n: number): Credential | undefined => it.store.credential(token(n).id);
const revoke = (what: Parameters<typeof it.store.revoke>[0]): number =>
  it.store.revoke(what, note("token.revoked", { reason: "lost" }));

describe("issuing", () => {
  test("a token is kept as it was given, with an entry of its own, also after a restart", () => {
    issue(credential(1), credential(2, { kind: "refresh" }));
    it.reopen();
    expect(kept(1)).toEqual(credential(1));
    expect(kept(2)).toEqual(credential(2, { kind: "refresh" }));
    expect(kept(3)).toBeUndefined();
    expect(it.log().map(({ event, data }) => [event, data["token_id"], data["by"]])).toEqual([
      ["token.issued", token(1).id, "person"],
      ["token.issued", token(2).id, "person"],
    ]);
  });

  test("an id that is taken is not issued again, and nothing of the same call is kept", () => {
    issue(credential(1));
    expect(() => issue(credential(2), credential(1, { principal: "thief" }))).toThrow(RangeError);
    expect(kept(1)).toEqual(credential(1));
    expect(kept(2)).toBeUndefined();
    expect(it.events()).toEqual(["token.issued"]);
  });

  test("neither the token nor its digest is in the log", () => {
    issue(credential(1));
    const log = JSON.stringify(it.log());
    expect(log).toContain(token(1).id);
    expect(log).not.toContain(token(1).token);
    expect(log).not.toContain(token(1).sha256);
  });
});

describe("listing", () => {
  test("oldest first: all that live, and the last 200 that expired", () => {
    const old = Array.from({ length: 203 }, (_, n) =>
      credential(n + 10, { created: instant(NOON - 10 * DAY + n), expires: instant(NOON - DAY + n) }),
    );
    issue(
      ...old,
      credential(2, { created: instant(NOON + 2) }),
      credential(1, { created: instant(NOON + 1) }),
    );
    const listed = it.store.credentials();
    expect(listed.map(({ id }) => id)).toEqual(
      [...old.slice(3), credential(1), credential(2)].map(({ id }) => id),
    );
  });
});

describe("revoking", () => {
  beforeEach(() => {
    issue(
      credential(1),
      credential(2, { kind: "refresh" }),
      credential(3, { family: token(3).id }),
      credential(4, { family: token(4).id, principal: "other" }),
    );
  });
  const revoked = (): readonly number[] => [1, 2, 3, 4].filter((n) => kept(n)?.revoked !== null);

  test.each([
    ["id", { id: token(1).id }, [1]],
    ["family", { family: token(0).id }, [1, 2]],
    ["principal", { principal: "agent" }, [1, 2, 3]],
    ["principal, in another letter case", { principal: "AGENT" }, [1, 2, 3]],
    ["nothing", { id: token(9).id }, []],
  ] as const)("by %s", (_, what, expected) => {
    expect(revoke(what)).toBe(expected.length);
    it.reopen();
    expect(revoked()).toEqual(expected);
    const entries = it.log().filter(({ event }) => event === "token.revoked");
    expect(entries).toHaveLength(Math.max(1, expected.length));
    // Once is enough; that somebody asked is recorded all the same.
    expect(revoke(what)).toBe(0);
    expect(it.events().filter((event) => event === "token.revoked")).toHaveLength(entries.length + 1);
  });

  test("expired ones too: a clock that is set back brings no revoked token back to life", () => {
    it.now = NOON + 2 * DAY;
    expect(revoke({ principal: "other" })).toBe(1);
    it.now = NOON;
    expect(kept(4)?.revoked).toBe(instant(NOON + 2 * DAY));
  });
});

describe("rotating", () => {
  const rotate = (until: number, ...fresh: readonly Credential[]): boolean =>
    it.store.rotate(token(1).id, instant(until), fresh, note("token.rotated", { by: "person" }));

  test("the old one ends at the overlap, the new one goes on", () => {
    issue(credential(1));
    expect(rotate(NOON + 1000, credential(2))).toBe(true);
    expect(kept(1)).toMatchObject({ expires: instant(NOON + 1000), revoked: null });
    expect(kept(2)).toEqual(credential(2));
    expect(it.log().slice(1)).toMatchObject([
      { event: "token.rotated", data: { token_id: token(1).id } },
      { event: "token.rotated", data: { token_id: token(2).id, replaces: token(1).id } },
    ]);
  });

  test("the overlap makes no token live longer", () => {
    issue(credential(1));
    expect(rotate(NOON + 9 * DAY, credential(2))).toBe(true);
    expect(kept(1)?.expires).toBe(credential(1).expires);
  });

  test.each([
    ["unknown", () => undefined],
    ["revoked", () => (issue(credential(1)), revoke({ id: token(1).id }))],
    ["expired", () => (issue(credential(1)), (it.now = NOON + DAY))],
    ["one to be exchanged", () => issue(credential(1, { kind: "refresh" }))],
  ])("one that is %s is not rotated, and nothing new is made", (_, before) => {
    before();
    expect(rotate(NOON, credential(2))).toBe(false);
    expect(kept(2)).toBeUndefined();
    expect(it.events()).not.toContain("token.rotated");
  });

  test.each([
    ["another principal", { principal: "thief" }],
    ["another family", { family: token(5).id }],
    ["another tie to its principal", { bound: true }],
    ["more roles", { grant: { ...grant, roles: ["admin" as const] } }],
  ])("a successor with %s is a failure, and nothing changes", (_, changes) => {
    issue(credential(1));
    expect(() => rotate(NOON, credential(2, changes))).toThrow(RangeError);
    expect(kept(1)).toEqual(credential(1));
    expect(kept(2)).toBeUndefined();
  });
});

describe("refreshing", () => {
  beforeEach(() => issue(credential(1, { kind: "access" }), credential(2, { kind: "refresh" })));
  const refresh = (n: number, fresh: readonly Credential[], sha256 = token(n).sha256): Refreshed["kind"] =>
    it.store.refresh(
      token(n).id,
      sha256,
      fresh,
      note("token.refreshed"),
      note("token.revoked", { reason: "reuse" }),
    ).kind;
  const pair = (n: number): readonly Credential[] => [
    credential(n, { kind: "access" }),
    credential(n + 1, { kind: "refresh" }),
  ];

  test("once: the old one is used, the new ones live, and the access token before them is revoked", () => {
    it.now += 5;
    expect(refresh(2, pair(3))).toBe("refreshed");
    expect(kept(2)).toMatchObject({ used: instant(NOON + 5), revoked: null });
    expect([kept(3), kept(4)]).toEqual(pair(3));
    expect(kept(1)?.revoked).toBe(instant(NOON + 5));
    expect(it.log().slice(2)).toMatchObject([
      { event: "token.refreshed", data: { token_id: token(2).id } },
      { event: "token.revoked", data: { token_id: token(1).id, reason: "refreshed" } },
      { event: "token.refreshed", data: { token_id: token(3).id, replaces: token(2).id } },
      { event: "token.refreshed", data: { token_id: token(4).id, replaces: token(2).id } },
    ]);
  });

  test("a second time ends the whole family, with the reason, and makes nothing new", () => {
    refresh(2, pair(3));
    expect(refresh(2, pair(5))).toBe("reused");
    expect([1, 2, 3, 4].map((n) => kept(n)?.revoked)).toEqual(Array(4).fill(instant(NOON)));
    expect(kept(5)).toBeUndefined();
    const revocations = it.log().filter(({ event }) => event === "token.revoked");
    expect(revocations.map(({ data }) => data["reason"])).toEqual(["refreshed", "reuse", "reuse", "reuse"]);
    // The newest of the family is dead as well.
    expect(refresh(4, pair(5))).toBe("invalid");
  });

  test("also when it has expired meanwhile: whoever shows it stole it, or was stolen from", () => {
    refresh(2, pair(3));
    it.now = NOON + DAY;
    expect(refresh(2, pair(5))).toBe("reused");
    expect(kept(4)?.revoked).not.toBeNull();
  });

  test("who knows only the id can neither use it nor end its family", () => {
    expect(refresh(2, pair(3), token(9).sha256)).toBe("invalid");
    refresh(2, pair(3));
    expect(refresh(2, pair(5), token(9).sha256)).toBe("invalid");
    expect(kept(4)?.revoked).toBeNull();
    expect(it.log().filter(({ data }) => data["reason"] === "reuse")).toEqual([]);
  });

  test.each([
    ["another principal", { principal: "thief" }],
    ["another family", { family: token(5).id }],
    ["another tie to its principal", { bound: true }],
    ["more roles", { grant: { ...grant, roles: ["admin" as const] } }],
    ["a longer life than its family", { expires: instant(NOON + 31 * DAY) }],
    ["a later beginning", { began: instant(NOON + DAY) }],
    ["a later end of the family", { ends: instant(NOON + 31 * DAY) }],
  ])("a successor with %s is a failure, and the old one stays unused", (_, changes) => {
    expect(() => refresh(2, [credential(3, changes)])).toThrow(RangeError);
    expect([kept(2)?.used, kept(3)]).toEqual([null, undefined]);
  });

  test.each([
    ["unknown", () => undefined, 9],
    ["expired", () => (it.now = NOON + DAY), 2],
    ["revoked", () => revoke({ id: token(2).id }), 2],
    ["an access token", () => undefined, 1],
  ])("one that is %s is worth nothing", (_, before, n) => {
    before();
    const entries = it.events().length;
    expect(refresh(n, pair(3))).toBe("invalid");
    expect(kept(3)).toBeUndefined();
    expect(it.events()).toHaveLength(entries);
  });
});

test("a store file holds no token, in any of its three files", () => {
  issue(credential(1), credential(2, { kind: "refresh" }));
  it.store.refresh(token(2).id, token(2).sha256, [], note("token.refreshed"), note("token.revoked"));
  for (const ending of ["", "-wal"]) {
    const bytes = readFileSync(it.path + ending);
    expect(bytes.includes(token(1).id) || ending === "").toBe(true);
    for (const n of [1, 2]) expect(bytes.includes(token(n).token.slice(21))).toBe(false);
  }
});
