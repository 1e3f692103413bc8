// `keys rotate` as a person runs it: new pairs, a trace in the log for each key that ended, and what stops it.
import { spawnSync, type SpawnSyncReturns } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { newRecord, renderKeyBook } from "../../../src/core/attestation/key-life.ts";
import { init } from "../../../src/integrator/commands/init.ts";
import { keysRotate } from "../../../src/integrator/commands/keys.ts";
import { journalKeys } from "../../../src/integrator/key-journal.ts";
import { integratorExchange } from "../../../src/io/exchange/files/open.ts";
import { readKeyBook, roleKeys } from "../../../src/io/file/keyring.ts";
import { type Layout, layout } from "../../../src/io/file/layout.ts";
import { acquireLock } from "../../../src/io/file/lock.ts";
import { auditEntries } from "../../support/log.ts";
import { removeScratch, scratch, scratchRepository } from "../../support/scratch.ts";
import { testWorld, type TestWorld } from "../../support/world.ts";

const DAY = 86_400_000;
let repo: string;
let places: Layout;
let world: TestWorld;
beforeEach(async () => {
  repo = scratchRepository("keys", { "a.txt": "a\n" });
  places = layout(scratch("keys-state"));
  world = testWorld({ cwd: repo });
  await init.run(world, [], { state: places.root });
});
afterEach(() => {
  removeScratch(repo);
  removeScratch(places.root);
});

const rotate = (options: object = {}): Promise<number> =>
  keysRotate.run(world, [], { state: places.root, ...options });
const inUse = (role: "attestation" | "sealer"): string => roleKeys(places.trust, role)[0]?.keyid ?? "";
const told = (): readonly string[] =>
  auditEntries(places.root)
    .filter(({ event }) => event === "keys.rotated")
    .map(({ data }) => String(data["about"]));
const outside = (...args: readonly string[]): SpawnSyncReturns<string> =>
  spawnSync(process.execPath, [world.bin, "keys", ...args, "--state", places.root], {
    encoding: "utf8",
    cwd: repo,
  });

describe("is refused", () => {
  test.each([
    ["an unknown role", { role: "witness" }, "usage"],
    ["what is no key id", { revoke: "deadbeef" }, "usage"],
    ["a reason of two lines", { nowReason: "a\nb" }, "usage"],
    ["a role beside a key id", { role: "sealer", revoke: `SHA256:${"A".repeat(43)}` }, "usage"],
    ["a key id that nobody has", { revoke: `SHA256:${"A".repeat(43)}` }, "key_unusable"],
  ])("%s", async (_, options, code) => {
    const before = readFileSync(join(places.trust, "keys.json"), "utf8");
    await expect((async () => rotate(options))()).rejects.toMatchObject({ code });
    expect(readFileSync(join(places.trust, "keys.json"), "utf8")).toBe(before);
  });

  test("while another process is at work on the keys, and works behind it", async () => {
    const lock = acquireLock(join(places.keys, "keys.lock"));
    await expect(rotate()).rejects.toThrow("another process is at work on the keys");
    lock?.release();
    expect(await rotate()).toBe(0);
  });

  test("over a record that cannot be read: it may hold a revocation", async () => {
    writeFileSync(join(places.trust, "keys.json"), "{}");
    await expect(rotate()).rejects.toThrow("is not a record of keys");
  });
});

describe("a rotation", () => {
  test("of both keys; the log names the old ones, and why", async () => {
    const old = [inUse("attestation"), inUse("sealer")];
    expect(await rotate({ nowReason: "the quarter is over" })).toBe(0);
    expect([inUse("attestation"), inUse("sealer")].filter((id) => old.includes(id))).toEqual([]);
    expect(told().toSorted()).toEqual([
      `attestation ${old[0] ?? ""} rotated out: the quarter is over`,
      `sealer ${old[1] ?? ""} rotated out: the quarter is over`,
    ]);
    expect(world.said.out).toContain(`in place of ${old[0] ?? ""}`);
  });

  test("of one role, as JSON", async () => {
    const [attestation, sealer] = [inUse("attestation"), inUse("sealer")];
    world.said.out = "";
    expect(await rotate({ role: "sealer", json: true })).toBe(0);
    expect(JSON.parse(world.said.out)).toEqual({
      rotated: [{ role: "sealer", retired: sealer, inUse: inUse("sealer"), finished: false }],
      revoked: null,
    });
    expect(inUse("attestation")).toBe(attestation);
  });

  test("takes the terms of the configuration", async () => {
    const text = readFileSync(places.config, "utf8");
    writeFileSync(places.config, `${text}\n[keys]\nmax_age_days = 30\noverlap_days = 2\n`);
    const old = inUse("attestation");
    await rotate({ role: "attestation" });
    const book = readKeyBook(places.trust);
    const span = (id: string, from: "created" | "retired", to: "not_after" | "accepted_until"): number =>
      (Date.parse(book[id]?.[to] ?? "") - Date.parse(book[id]?.[from] ?? "")) / DAY;
    expect([
      span(inUse("attestation"), "created", "not_after"),
      span(old, "retired", "accepted_until"),
    ]).toEqual([30, 2]);
  });

  test("with --revoke of the key in use puts another in its place; of an old one, none", async () => {
    const first = inUse("attestation");
    await rotate({ revoke: first, nowReason: "it was in a backup" });
    const second = inUse("attestation");
    expect(second).not.toBe(first);
    expect(readKeyBook(places.trust)[first]?.revoked).toBeDefined();
    await rotate({ role: "attestation" });
    const third = inUse("attestation");
    await rotate({ revoke: second });
    expect(inUse("attestation")).toBe(third);
    expect(readKeyBook(places.trust)[second]?.revoked).toBeDefined();
    expect(told().filter((about) => about.includes("revoked"))).toEqual([
      `attestation ${first} revoked: it was in a backup`,
      `attestation ${second} revoked`,
    ]);
  });

  test("by the validator's user reaches the log with the next command of a person, once", async () => {
    const old = inUse("sealer");
    // What the program does that bin hands `keys rotate` on to.
    const { status } = spawnSync(
      process.execPath,
      [world.main("validator"), "keys", "rotate", "--role", "sealer", "--state", places.root],
      { cwd: repo },
    );
    expect([status, told()]).toEqual([0, []]);
    const { journal } = await integratorExchange(places.exchange);
    const person = { person: "tester" };
    expect(await journalKeys(journal, places.trust, person)).toBe(1);
    expect(await journalKeys(journal, places.trust, person)).toBe(0);
    await rotate({ role: "attestation" });
    expect(told().filter((about) => about.includes(old))).toHaveLength(1);
  });
});

describe("from outside", () => {
  test("rotate, then list: the new keys are in use, the old ones in their overlap", () => {
    const rotated = outside("rotate");
    expect([rotated.status, rotated.stderr]).toEqual([0, ""]);
    const listed = JSON.parse(outside("list", "--json").stdout) as {
      keys: { kind: string; state: string; role: string }[];
      warnings: string[];
    };
    expect(listed.warnings).toEqual([]);
    expect(listed.keys.map(({ kind, role, state }) => `${kind} ${role} ${state}`)).toEqual([
      "private attestation in use",
      "private sealer in use",
      "public attestation overlap",
      "public attestation in use",
      "public sealer overlap",
      "public sealer in use",
    ]);
  });

  test("list warns of a key that ends soon, and ends with 0", () => {
    const keyid = inUse("attestation");
    const book = readKeyBook(places.trust);
    const soon = newRecord("attestation", Date.now() - 85 * DAY, 90);
    writeFileSync(join(places.trust, "keys.json"), renderKeyBook({ ...book, [keyid]: soon }));
    const { status, stdout } = outside("list");
    expect(status).toBe(0);
    expect(stdout).toMatch(/^warning: the attestation key SHA256:\S+ ends at \S+, in [45] days; run /m);
  });

  test("new makes what is missing, with its record, and says no when nothing is", () => {
    expect(outside("new").status).toBe(2);
    for (const name of ["keys/sealer.key.pem", "trust/sealer.pub.pem"]) rmSync(join(places.root, name));
    const made = outside("new", "--max-age-days", "5");
    expect([made.status, made.stdout.startsWith("sealer SHA256:")]).toEqual([0, true]);
    const life = readKeyBook(places.trust)[inUse("sealer")];
    expect(Date.parse(life?.not_after ?? "") - Date.parse(life?.created ?? "")).toBe(5 * DAY);
    expect(outside("new", "--max-age-days", "0").status).toBe(2);
  });
});
