// The doctor on a real state folder: sabotage one thing, and it says so with the exit code.
import { randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { doctor } from "../../../src/integrator/commands/doctor.ts";
import type { Finding } from "../../../src/integrator/doctor/finding.ts";
import { openStore } from "../../../src/io/store/sqlite/open.ts";
import { meddle } from "../../support/stores.ts";
import { type Desk, openDesk, throwAwayKey } from "../../support/verdicts.ts";
import { testWorld } from "../../support/world.ts";

let desk: Desk;
beforeEach(() => {
  desk = openDesk();
  openStore(desk.places.database, { clock: () => desk.now, create: true }).close();
  writeFileSync(join(desk.places.keys, "attestation.key.pem"), "x", { mode: 0o600 });
});
afterEach(() => desk.remove());

async function examine(): Promise<{ code: number; failed: readonly string[] }> {
  const world = testWorld({ cwd: desk.repo });
  const code = await doctor.run(world, [], { state: desk.places.root, json: true });
  const { findings } = JSON.parse(world.said.out) as { findings: readonly Finding[] };
  return { code, failed: findings.filter(({ level }) => level === "fail").map(({ id }) => id) };
}

test("a fresh state has no failure", async () => {
  expect(await examine()).toEqual({ code: 0, failed: [] });
});

test.each([
  [
    "private key for the group to read",
    () => chmodSync(join(desk.places.keys, "attestation.key.pem"), 0o640),
    ["private-key"],
  ],
  ["keys folder writable by everybody", () => chmodSync(desk.places.keys, 0o777), ["mode-keys"]],
  ["public key gone", () => rmSync(join(desk.places.trust, "attestation.pub.pem")), ["trust-key"]],
  [
    "public key replaced by rubbish",
    () => writeFileSync(join(desk.places.trust, "attestation.pub.pem"), "rubbish"),
    ["trust-key"],
  ],
  ["configuration for everybody to write", () => chmodSync(desk.places.config, 0o666), ["config", "exposed"]],
  [
    "principals in a folder for everybody to write",
    () => {
      const folder = join(desk.places.root, "people");
      mkdirSync(folder);
      chmodSync(folder, 0o777);
      writeFileSync(join(folder, "a.toml"), "principals = []", { mode: 0o600 });
      writeFileSync(
        desk.places.config,
        'preset = "quickstart"\n[auth]\nprincipals_file = "people/a.toml"\n',
        { mode: 0o600 },
      );
    },
    ["exposed"],
  ],
  ["configuration at fault", () => writeFileSync(desk.places.config, "preset = 1"), ["config"]],
  ["store gone", () => rmSync(desk.places.database), ["store"]],
  [
    "the secret gone by which persons are found, so that a gateway would not start",
    () => {
      const { database: path, config } = desk.places;
      const ways = { clock: () => desk.now, random: randomBytes, personal: "committed" } as const;
      const store = openStore(path, ways);
      store.record({ event: "call.allowed", actor: { principal: "bob" }, data: {} });
      store.close();
      meddle(path, "DELETE FROM subject_secret");
      writeFileSync(config, 'preset = "quickstart"\n[audit]\npersonal = "committed"\n', { mode: 0o600 });
    },
    ["store"],
  ],
  ["store overwritten", () => writeFileSync(desk.places.database, "x".repeat(5000)), ["store"]],
  [
    "published pointer without a manifest",
    () => writeFileSync(join(desk.places.exchange, "published", "current"), `${"a".repeat(64)}\n`),
    ["manifest"],
  ],
] as const)("%s: it says so", async (_what, sabotage, failed) => {
  sabotage();
  expect(await examine()).toEqual({ code: 1, failed });
});

test("it does not take a stranger's key for a failure of its own", async () => {
  writeFileSync(join(desk.places.trust, "attestation.pub.pem"), throwAwayKey().pem);
  expect((await examine()).code).toBe(0);
});
