// The issuer's keys: a flood of unknown key ids is not a flood of fetches, and an outage ends in refusals, not in old trust.
import { generateKeyPairSync } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { beforeEach, describe, expect, test } from "vitest";
import { fetchedKeys, fileKeys, type KeySource } from "../../../src/gateway/auth/oidc-keys.ts";

const set = (kid: string): Uint8Array =>
  Buffer.from(
    JSON.stringify({
      keys: [{ ...generateKeyPairSync("ed25519").publicKey.export({ format: "jwk" }), kid }],
    }),
  );

let now: number;
let fetched: number;
let answer: () => Promise<Uint8Array>;
let source: KeySource;
beforeEach(() => {
  now = 1_000_000;
  fetched = 0;
  const first = set("one");
  answer = () => Promise.resolve(first);
  source = fetchedKeys(
    () => {
      fetched += 1;
      return answer();
    },
    () => now,
  );
});
const MINUTE = 60_000;
const down = (): Promise<Uint8Array> => Promise.reject(new Error("down"));
const there = async (asked = source.current()): Promise<boolean> => (await asked) !== undefined;

test("keys are fetched once, and again after ten minutes", async () => {
  const first = await source.current();
  now += 10 * MINUTE - 1;
  expect(await source.current()).toBe(first);
  expect(fetched).toBe(1);
  now += 1;
  expect(await source.current()).toBe(first);
  expect(fetched).toBe(2);
});

test("many at once are one fetch", async () => {
  const slow = set("one");
  answer = () => pause(20).then(() => slow);
  const all = await Promise.all(
    Array.from({ length: 500 }, (_, n) => (n % 2 === 0 ? source.current() : source.newer())),
  );
  expect(new Set(all).size).toBe(1);
  expect(fetched).toBe(1);
});

test("an issuer that answers slowly is not asked again meanwhile", async () => {
  const slow = Promise.withResolvers<Uint8Array>();
  answer = () => slow.promise;
  const one = source.current();
  now += 31_000;
  const two = source.newer();
  slow.resolve(set("one"));
  expect(await one).toBe(await two);
  expect(fetched).toBe(1);
});

test("unknown key ids: one fetch in thirty seconds, however many ask", async () => {
  await source.current();
  for (let second = 0; second < 60; second++) {
    now += 1000;
    await Promise.all(Array.from({ length: 50 }, () => source.newer()));
  }
  expect(fetched).toBe(1 + 2);
});

test("a new key is found by the first token that names it", async () => {
  const first = await source.current();
  const next = set("two");
  answer = () => Promise.resolve(next);
  now += 30_000;
  const found = await source.newer();
  expect(found?.id).not.toBe(first?.id);
  expect(await source.current()).toBe(found);
});

describe("an outage", () => {
  test("before the first fetch: nobody is believed, and the issuer is asked twice a minute", async () => {
    answer = down;
    for (let second = 0; second < 60; second++) {
      expect(await there()).toBe(false);
      now += 1000;
    }
    expect(fetched).toBe(2);
  });

  test("later: the keys are used for an hour after they were last fetched, and not longer", async () => {
    await source.current();
    answer = down;
    now += 60 * MINUTE - 1;
    expect(await there()).toBe(true);
    now += 1;
    expect(await there()).toBe(false);
    expect(await there(source.newer())).toBe(false);
  });

  test("ends with the next fetch", async () => {
    await source.current();
    const known = answer;
    answer = down;
    now += 61 * MINUTE;
    expect(await there()).toBe(false);
    answer = known;
    now += 30_000;
    expect(await there()).toBe(true);
  });

  test.each([
    ["an error page", "<html>"],
    ["nothing", ""],
    ["a set of nothing", '{"keys":[]}'],
  ])("%s instead of keys is one too", async (_what, text) => {
    const first = await source.current();
    answer = () => Promise.resolve(Buffer.from(text));
    now += 11 * MINUTE;
    expect(await source.current()).toBe(first);
    now += 50 * MINUTE;
    expect(await there()).toBe(false);
  });
});

test("a clock that is set back neither keeps keys alive nor stops the fetches", async () => {
  await source.current();
  now -= 24 * 60 * MINUTE;
  answer = down;
  expect(await there()).toBe(false);
  expect(fetched).toBe(2);
});

test("a file is parsed once for each of its contents", async () => {
  let content = { ok: true as const, bytes: set("one") };
  const file = fileKeys(() => content);
  const first = await file.current();
  expect(await file.newer()).toBe(first);
  content = { ok: true, bytes: set("two") };
  expect((await file.current())?.id).not.toBe(first?.id);
});
