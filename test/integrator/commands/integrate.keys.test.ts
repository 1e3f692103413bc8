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
