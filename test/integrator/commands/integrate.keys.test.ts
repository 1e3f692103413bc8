// Landing and the life of keys: a verdict lands by a key that was good when it signed, and by no other.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { newRecord, renderKeyBook } from "../../../src/core/attestation/key-life.ts";
import type { KeyRecord } from "../../../src/core/attestation/key-record.ts";
import { landingBranch } from "../../../src/core/base/ids.ts";
import { instant } from "../../../src/core/base/time.ts";
import { attestVerify } from "../../../src/integrator/commands/attest.ts";
import { attempt } from "../../support/attempt.ts";
import { receiptOf } from "../../support/sealing.ts";
import { type Desk, openDesk, propose, throwAwayKey } from "../../support/verdicts.ts";
import { testWorld } from "../../support/world.ts";

const DAY = 86_400_000;
let desk: Desk;
beforeEach(() => {
  desk = openDesk();
});
afterEach(() => desk.remove());

/** The desk's key began so many days before its verdicts were given. */
const aged = (days: number, change: Partial<KeyRecord> = {}): KeyRecord => ({
  ...newRecord("attestation", desk.now - days * DAY, 90),
  ...change,
});
const keep = (life: KeyRecord): void =>
  writeFileSync(join(desk.places.trust, "keys.json"), renderKeyBook({ [desk.key.keyid]: life }));

describe("a verdict is refused with key_expired", () => {
  test.each([
    ["of a key that had ended when it signed", () => aged(91)],
    ["of a time before its key", () => aged(-1)],
    [
      "behind the overlap",
      () => aged(30, { retired: instant(desk.now - 8 * DAY), accepted_until: instant(desk.now - DAY) }),
    ],
    ["of a key that was revoked since", () => aged(30, { revoked: instant(desk.now + 1) })],
  ])("%s", async (_, life) => {
    keep(life());
    const { id } = await propose(desk);
    const { answer, code, landing } = await attempt(desk, id);
    expect([answer, code]).toEqual(["key_expired", 1]);
    expect(landing.trace.find((step) => step.id === "signature")?.state).toBe("false");
  });
});

test("a verdict lands in the overlap, under the public half that was kept", async () => {
  writeFileSync(join(desk.places.trust, "attestation.pub.pem"), throwAwayKey().pem);
  writeFileSync(join(desk.places.trust, "attestation-00000000.pub.pem"), desk.key.pem);
  keep(aged(30, { retired: instant(desk.now - 60_000), accepted_until: instant(desk.now + 7 * DAY) }));
  expect((await attempt(desk, (await propose(desk)).id)).answer).toBe("landed");
});

describe("keys that ended a year ago", () => {
  const YEAR = 365 * DAY;
  const PINNED = { attestation: "attestation.pub.pem", sealer: "sealer.pub.pem" } as const;
  type Role = keyof typeof PINNED;

  /** Another key of the role is in use; the desk's is kept, rotated out that long ago. */
  function rotated(ago: number, ...roles: readonly Role[]): Desk["sealer"] {
    const next = throwAwayKey();
    const book: Record<string, KeyRecord> = {};
    for (const role of roles) {
      const old = role === "sealer" ? desk.sealer : desk.key;
      const retired = desk.now - ago;
      writeFileSync(join(desk.places.trust, PINNED[role]), role === "sealer" ? next.pem : throwAwayKey().pem);
      writeFileSync(join(desk.places.trust, `${role}-00000000.pub.pem`), old.pem);
      const ends = { retired: instant(retired), accepted_until: instant(retired + 7 * DAY) };
      book[old.keyid] = { ...newRecord(role, retired - 30 * DAY, 90), ...ends };
      if (role === "sealer") book[next.keyid] = newRecord(role, retired, 500);
    }
    writeFileSync(join(desk.places.trust, "keys.json"), renderKeyBook(book));
    return next;
  }

  beforeEach(() => {
    desk.remove();
    desk = openDesk(undefined, "[audit]\nseal_wait_seconds = 1\n");
  });

  test("land nothing by a verdict of then that is to live for ten years", async () => {
    rotated(YEAR, "attestation", "sealer");
    const times = { timeVerified: instant(desk.now - YEAR - DAY), expires: instant(desk.now + 10 * YEAR) };
    const { answer, code, landing } = await attempt(desk, (await propose(desk, { predicate: times })).id);
    expect([answer, code]).toEqual(["verdict_expired", 1]);
    const unmet = landing.trace.filter(({ state }) => state === "false").map(({ id }) => id);
    expect(unmet).toEqual(["fresh", "sealed"]);
  });

  test("a verdict may live as long as the validator gives it, and not a millisecond more", async () => {
    const ttl = desk.setup.config.validator.verdict_ttl_seconds * 1000;
    const of = async (more: number) => {
      const times = { timeVerified: instant(desk.now), expires: instant(desk.now + ttl + more) };
      return (await attempt(desk, (await propose(desk, { predicate: times })).id)).answer;
    };
    expect([await of(1), await of(0)]).toEqual(["verdict_expired", "landed"]);
  });

  test("prove no seal behind the overlap: not_sealed, until the receipt is under the key in use", async () => {
    const next = rotated(7 * DAY + 1, "sealer");
    const old = await propose(desk);
    const { answer, landing } = await attempt(desk, old.id);
    expect([answer, JSON.stringify(landing.result)]).toEqual([
      "not_sealed",
      expect.stringContaining("has ended"),
    ]);
    const anew = await propose(desk, {
      sealed: (entry, options) => receiptOf(entry, { ...options, key: next }),
    });
    expect((await attempt(desk, anew.id)).answer).toBe("landed");
  });

  test("in the overlap they prove it", async () => {
    rotated(7 * DAY - 60_000, "sealer");
    expect((await attempt(desk, (await propose(desk)).id)).answer).toBe("landed");
  });

  test("and what landed by them before is verified for ever", async () => {
    const { id } = await propose(desk);
    expect((await attempt(desk, id)).answer).toBe("landed");
    rotated(-DAY, "attestation", "sealer");
    const world = testWorld({ cwd: desk.repo, now: desk.now + 2 * YEAR });
    const branch = landingBranch(id).replace("refs/heads/", "");
    expect(await attestVerify.run(world, [branch], { repo: desk.repo, state: desk.places.root })).toBe(0);
  });
});

describe("attest verify of a branch", () => {
  async function verify(id: string, now: number): Promise<{ code: number; out: string }> {
    const world = testWorld({ cwd: desk.repo, now });
    const branch = landingBranch(id as Parameters<typeof landingBranch>[0]).replace("refs/heads/", "");
    const code = await attestVerify.run(world, [branch], { repo: desk.repo, state: desk.places.root });
    return { code, out: world.said.out };
  }

  // Row I22: what was attested goes on verifying as of its time.
  test("that landed 91 days ago is verified, and says that the key has expired since", async () => {
    keep(aged(1));
    const { id } = await propose(desk);
    expect((await attempt(desk, id)).answer).toBe("landed");
    expect(await verify(id, desk.now)).toEqual({
      code: 0,
      out: expect.not.stringContaining("expired") as string,
    });
    expect(await verify(id, desk.now + 91 * DAY)).toEqual({
      code: 0,
      out: expect.stringContaining(`the key has expired since, at ${instant(desk.now + 89 * DAY)}`) as string,
    });
  });

  test("fails once its key was revoked", async () => {
    keep(aged(1));
    const { id } = await propose(desk);
    expect((await attempt(desk, id)).answer).toBe("landed");
    keep(aged(1, { revoked: instant(desk.now + DAY) }));
    expect(await verify(id, desk.now + DAY)).toEqual({
      code: 1,
      out: expect.stringContaining("key_expired: the key was revoked") as string,
    });
  });
});

describe("attest verify of a file", () => {
  const run = async (envelope: Uint8Array, now: number): Promise<{ code: number; out: string }> => {
    const file = join(desk.places.root, "verdict.json");
    writeFileSync(file, envelope);
    const world = testWorld({ cwd: desk.repo, now });
    const key = join(desk.places.trust, "attestation.pub.pem");
    return { code: await attestVerify.run(world, [file], { key }), out: world.said.out };
  };

  test.each([
    ["a verdict of a time at which the key had ended", 91, 1, "key_expired"],
    ["a verdict of a key that ended later", 80, 0, "the key has expired since"],
  ])("%s", async (_, days, code, said) => {
    keep(aged(days));
    const { envelope } = await propose(desk);
    expect(await run(envelope, desk.now + 20 * DAY)).toEqual({
      code,
      out: expect.stringContaining(said) as string,
    });
  });

  test("a key that lies alone has no life, and is believed as it is", async () => {
    const { envelope } = await propose(desk);
    expect((await run(envelope, desk.now + 900 * DAY)).code).toBe(0);
  });
});
