// I31: what a person is told of himself, and what is left when he was erased, by the commands as a person runs them.
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { AuditEntry } from "../../../src/core/audit/entry.ts";
import { auditExport } from "../../../src/integrator/commands/audit-export.ts";
import { auditTail } from "../../../src/integrator/commands/audit-tail.ts";
import type { CommandRow } from "../../../src/integrator/commands/command.ts";
import { privacyExport } from "../../../src/integrator/commands/privacy.ts";
import { privacyErase } from "../../../src/integrator/commands/privacy-erase.ts";
import { tokenIssue } from "../../../src/integrator/commands/token.ts";
import { openStore } from "../../../src/io/store/sqlite/open.ts";
import type { Store } from "../../../src/io/store/store.ts";
import { note, order, patchId, yes } from "../../support/proposals.ts";
import { type Desk, openDesk } from "../../support/verdicts.ts";
import { testWorld, type TestWorld } from "../../support/world.ts";

const BOB = "bob@example.org";

let desk: Desk;
beforeEach(() => {
  desk = openDesk();
  openStore(desk.places.database, { clock: () => desk.now, create: true }).close();
  configure("committed");
});
afterEach(() => desk.remove());

function configure(personal: string): void {
  const made = readFileSync(desk.places.config, "utf8");
  writeFileSync(desk.places.config, `${made.split("[audit]")[0]}[audit]\npersonal = "${personal}"\n`);
}
interface Ran {
  readonly code: number;
  readonly said: TestWorld["said"];
}
async function run(command: CommandRow, who: string, options: Record<string, unknown> = {}): Promise<Ran> {
  const world = testWorld({ cwd: desk.repo, now: desk.now });
  const code = await command.run(world, [who], { state: desk.places.root, ...options });
  return { code, said: world.said };
}
const erase = (options: Record<string, unknown> = {}): Promise<Ran> =>
  run(privacyErase, BOB, { reason: "request 17", ...options });
const entries = (): readonly AuditEntry[] =>
  withStore((store) => [...store.auditRows(1)].map(({ line }) => JSON.parse(line) as AuditEntry));
function withStore<T>(work: (store: Store) => T): T {
  const store = openStore(desk.places.database, {
    clock: () => desk.now,
    random: (bytes) => randomBytes(bytes),
    personal: "committed",
  });
  try {
    return work(store);
  } finally {
    store.close();
  }
}
async function issued(): Promise<string> {
  const { said, code } = await run(tokenIssue, "", { principal: BOB });
  expect(code).toBe(0);
  return said.out.trim();
}
function proposed(): void {
  withStore((store) => {
    const limits = { maxPending: 5, perHour: 5 };
    const made = order(1, { principal: BOB });
    store.submit(yes(), { order: made, idempotencyKey: null, limits, note: note("proposal.accepted") });
  });
}

test("what of the exchange names them is told by both, and goes on naming them", async () => {
  await issued();
  const folder = join(desk.places.exchange, "orders", "quarantine");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "a.json"), JSON.stringify({ principal: BOB }));
  const exchange = { files: ["orders/quarantine/a.json"], unread: [] };
  expect(JSON.parse((await run(privacyExport, BOB, { json: true })).said.out)).toMatchObject({ exchange });
  expect((await run(privacyExport, BOB)).said.out).toContain("named in 1 files of the exchange");
  expect((await erase()).said.out).toContain("name them:\n  orders/quarantine/a.json\n");
  expect(JSON.parse((await erase({ json: true })).said.out)).toMatchObject({ kind: "nothing", exchange });
});

describe("export", () => {
  test("tells everything but secrets, and the log that it was told", async () => {
    const token = await issued();
    proposed();
    const { code, said } = await run(privacyExport, BOB, { json: true });
    expect(code).toBe(0);
    const told = JSON.parse(said.out) as Record<string, readonly unknown[]>;
    expect(told).toMatchObject({
      name: BOB,
      tokens: [{ principal: BOB, kind: "bearer" }],
      proposals: [{ state: "pending", order: { patch_id: patchId(1), title: "Change 1" } }],
      usage: [],
    });
    expect(told["entries"]).toHaveLength(2);
    expect(said.out).not.toContain(token.slice(21));
    expect(said.out).not.toContain('"sha256"');
    expect(said.out).not.toContain('"patch"');
    expect((await run(privacyExport, BOB, { json: true, patches: true })).said.out).toContain('"patch"');
    const last = entries().at(-1);
    expect(last).toMatchObject({ event: "privacy.exported", data: { subject: told["subject"], tokens: 1 } });
    expect(JSON.stringify(entries())).not.toContain(BOB);
  });

  test("into a file of one's own, never over another", async () => {
    await issued();
    const out = join(desk.repo, "bob.json");
    expect((await run(privacyExport, BOB, { out })).said.out).toContain("written to");
    expect(statSync(out).mode & 0o777).toBe(0o600);
    await expect(run(privacyExport, BOB, { out })).rejects.toMatchObject({ code: "usage" });
  });

  test("of nobody it is empty, and nobody gets a pseudonym for having been asked for", async () => {
    const { code, said } = await run(privacyExport, BOB);
    expect({ code, out: said.out }).toEqual({ code: 0, out: `nothing is held of ${BOB}\n` });
    expect(entries().filter(({ event }) => event === "subject.known")).toHaveLength(1);
  });
});

describe("erase", () => {
  test("needs a reason, which does not say who", async () => {
    await issued();
    const without = run(privacyErase, BOB);
    await expect(without).rejects.toMatchObject({ code: "usage" });
    await expect(erase({ reason: `for ${BOB.toUpperCase()}` })).rejects.toMatchObject({ code: "usage" });
    const { pseudonym = "" } = withStore((store) => store.held(BOB));
    await expect(run(privacyErase, pseudonym, { reason: `for ${BOB}` })).rejects.toMatchObject({
      code: "usage",
    });
  });

  test("refuses while a proposal is open, says how, and does it when it is told to", async () => {
    await issued();
    proposed();
    const refused = await erase({ rest: true });
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.said.out).toContain("--withdraw");
    expect((await erase({ rest: true, withdraw: true, dryRun: true })).said.out).toContain("would erase");
    const done = await erase({ rest: true, withdraw: true });
    expect(done.code).toBe(0);
    expect(done.said.out).toMatch(/^erased: 1 tokens, 1 proposals/);
    for (const word of ["verdicts", "commits", "7 days", "shipped", "backups"])
      expect(done.said.out).toContain(word);
    expect((await run(privacyExport, BOB)).said.out).toBe(`nothing is held of ${BOB}\n`);
    const again = await erase();
    expect(again).toMatchObject({ code: 0, said: { out: `nothing is held of ${BOB}\n` } });
    const left = ["", "-wal"]
      .map((ending) => `${desk.places.database}${ending}`)
      .filter((path) => existsSync(path));
    for (const path of left) expect(readFileSync(path).includes(BOB), path).toBe(false);
  });

  test("by the pseudonym that stands in the log", async () => {
    await issued();
    const { pseudonym = "" } = withStore((store) => store.held(BOB));
    const { said } = await run(privacyErase, pseudonym, { reason: "request 17", json: true });
    expect(JSON.parse(said.out)).toMatchObject({
      kind: "erased",
      subject: pseudonym,
      tokens: 1,
      emptied: true,
    });
    expect(withStore((store) => store.held(BOB).tokens)).toEqual([]);
  });

  test("of a log with names it says exactly what it cannot do", async () => {
    configure("plain");
    await issued();
    const { code, said } = await erase();
    expect(code).toBe(1);
    expect(said.out).toContain("1 entries of the log say the name");
    expect(said.out).toContain("--rest");
    const rest = await erase({ rest: true });
    expect(rest.code).toBe(0);
    expect(rest.said.out).toContain("1 entries of the log go on saying the name");
  });

  test("while somebody reads the database it is not finished, and says so", async () => {
    await issued();
    const { default: Database } = await import("better-sqlite3");
    const reader = new Database(desk.places.database, { readonly: true });
    reader.exec("BEGIN");
    reader.prepare("SELECT count(*) FROM audit").get();
    const { code, said } = await erase();
    reader.close();
    expect(code).toBe(1);
    expect(said.out).toContain("not finished");
    expect(await erase()).toMatchObject({
      code: 0,
      said: { out: expect.stringContaining("nothing is held") as string },
    });
  }, 20_000);
});

describe("who reads the log", () => {
  const acted = (): void =>
    withStore((store) => {
      store.record({
        event: "call.allowed",
        actor: { principal: BOB, correlation: "bobs-request" },
        data: { tool: "read-file", address: "192.0.2.77" },
      });
    });
  const tail = (options: Record<string, unknown>): Promise<Ran> =>
    run(auditTail, "", { lines: "1", ...options });

  test("is told names only when he asks for them, and pseudonyms of those who were erased", async () => {
    acted();
    const without = (await tail({ json: true })).said.out;
    expect(without).toMatch(/subject:[0-9a-f]{32}/);
    for (const word of [BOB, "bobs-request", "192.0.2.77"]) expect(without).not.toContain(word);
    const names = (await tail({ names: true })).said.out;
    expect(names).toContain(`${BOB} tool=read-file address=192.0.2.77`);
    expect((await tail({ json: true, names: true })).said.out).toContain('"correlation":"bobs-request"');
    expect((await erase()).code).toBe(0);
    const end = await run(auditTail, "", { lines: "10", json: true, names: true });
    for (const word of [BOB, "bobs-request", "192.0.2.77"]) expect(end.said.out).not.toContain(word);
  });

  test("an export names people on request, in a view; exact lines are chosen by name and say nothing", async () => {
    acted();
    const exported = (options: Record<string, unknown>): Promise<Ran> => run(auditExport, "", options);
    expect((await exported({ format: "csv" })).said.out).not.toContain(BOB);
    const csv = (await exported({ format: "csv", names: true })).said.out;
    expect(csv).toContain(`,${BOB},`);
    expect(csv).toContain("bobs-request");
    expect((await exported({ format: "ocsf", names: true })).said.out).toContain(BOB);
    await expect(exported({ names: true })).rejects.toMatchObject({ code: "usage" });
    expect((await exported({ actor: BOB })).said.out).toBe("");
    const lines = (await exported({ actor: BOB, names: true })).said.out.trimEnd().split("\n");
    expect(lines).toHaveLength(1);
    expect(lines[0]).not.toContain(BOB);
  });
});
