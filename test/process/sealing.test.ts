// Sealing with real processes: a verdict gets its receipt, several gateways ask as one, and a log that was set back serves nobody.
import Database from "better-sqlite3";
import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parsePublicKey } from "../../src/core/attestation/key.ts";
import { claimedCheckpoint, originOf } from "../../src/core/audit/checkpoint.ts";
import type { Heartbeat } from "../../src/core/audit/heads.ts";
import { canonical } from "../../src/core/base/canonical.ts";
import { parseNote } from "../../src/core/audit/note.ts";
import { openProof, parseProof } from "../../src/core/audit/tlog-proof.ts";
import { bin, content, initState, person, propose, serve, type Served } from "../support/agent.ts";
import { auditEntries } from "../support/log.ts";
import { eventually } from "../support/processes.ts";
import { rpcClient } from "../support/rpc.ts";
import { removeScratch, scratch, scratchRepository } from "../support/scratch.ts";

let repo: string;
let served: Served;
beforeEach(async () => {
  repo = scratchRepository("sealing", { "src/a.ts": "one\n" });
  served = await serve(repo);
});
afterEach(async () => {
  await served.stop();
  removeScratch(repo);
});

const EDIT = { edits: [{ op: "replace", path: "src/a.ts", old_text: "one", new_text: "two" }] };
const SHARD = (): string => new Date().toISOString().slice(0, 7);
const place = (...names: readonly string[]): string => join(served.state, "exchange", ...names);
const read = (path: string): Buffer | undefined => (existsSync(path) ? readFileSync(path) : undefined);
const checkpoint = () =>
  claimedCheckpoint(read(place("heads/sealed", SHARD(), "checkpoint")) ?? Buffer.alloc(0));
const beat = (): Heartbeat =>
  JSON.parse(readFileSync(place("heads/sealed/heartbeat.json"), "utf8")) as Heartbeat;
const entries = (state: string): number => {
  const db = new Database(join(state, "gateway", "store.db"), { readonly: true });
  const { n } = db.prepare<[], { n: number }>("SELECT count(*) AS n FROM audit").get()!;
  db.close();
  return n;
};
async function approved(): Promise<string> {
  const answer = content(await propose(served, EDIT));
  expect(answer["state"]).toBe("approved");
  return String(answer["patch_id"]);
}

test("a verdict is sealed soon, and its receipt is believed by openssl and by us", async () => {
  const id = await approved();
  const before = Date.now();
  const receipt = await eventually(() => read(place("receipts", `${id}.tlog-proof`)));
  console.info(`the receipt was there ${Date.now() - before} ms behind the answer`);
  expect(receipt).toBeDefined();
  const pem = join(served.state, "trust", "sealer.pub.pem");
  const { publicKey } = parsePublicKey(readFileSync(pem, "utf8"), "sealer");
  const { checkpoint: note } = parseProof(receipt!)!;
  const { origin } = claimedCheckpoint(note)!;
  expect(origin).toBe(originOf(origin.slice(0, origin.lastIndexOf("/audit/")), SHARD()));
  const proven = openProof(receipt!, origin, [publicKey]);
  expect(proven).toMatchObject({ ok: true });
  const line = JSON.parse(proven.ok ? proven.line : "{}") as { event: string; data: Record<string, unknown> };
  expect([line.event, line.data["patch_id"]]).toEqual(["verdict.received", id]);

  const own = scratch("openssl");
  const { text, signatures } = parseNote(note)!;
  writeFileSync(join(own, "text"), text);
  writeFileSync(join(own, "signature"), signatures[0]!.signature);
  const args = ["pkeyutl", "-verify", "-pubin", "-inkey", pem, "-rawin", "-in", join(own, "text")];
  const said = execFileSync("openssl", [...args, "-sigfile", join(own, "signature")], { encoding: "utf8" });
  expect(said).toContain("Signature Verified Successfully");
  removeScratch(own);
});

test("the next verdict carries the newest checkpoint, and the validator says that it lives", async () => {
  await eventually(checkpoint);
  const id = await approved();
  const envelope = JSON.parse(readFileSync(place("verdicts", `${id}.dsse.json`), "utf8")) as {
    payload: string;
  };
  const statement = JSON.parse(Buffer.from(envelope.payload, "base64").toString()) as {
    predicate: { auditCheckpoint?: { origin: string; size: number } };
  };
  const { origin, size } = statement.predicate.auditCheckpoint!;
  expect(origin).toBe(checkpoint()?.origin);
  expect(size).toBeGreaterThan(0);
  expect(size).toBeLessThanOrEqual(checkpoint()!.size);
  // A beat may be older than the verdict.
  expect(await eventually(() => (beat().queue === 0 ? true : undefined))).toBe(true);
  expect(beat()).toMatchObject({ trouble: null, sealed: { shard: SHARD() } });
  const { at } = beat();
  expect(await eventually(() => (beat().at === at ? undefined : true))).toBe(true);
});

test("a receipt under a sealer's key that has ended lands nothing; integrate has it made anew under the key in use", async () => {
  await served.stop();
  served = await serve(repo, "[keys]\noverlap_days = 0\n");
  const id = await approved();
  const receipt = await eventually(() => read(place("receipts", `${id}.tlog-proof`)));
  await served.client.close();
  const rotated = person(served.state, "keys", "rotate", "--role", "sealer", "--now-reason", "it was time");
  expect(rotated).toMatchObject({ status: 0 });
  expect(read(place("receipts", `${id}.tlog-proof`))).toEqual(receipt);
  expect(person(served.state, "integrate", id)).toMatchObject({ status: 0 });
  expect(read(place("receipts", `${id}.tlog-proof`))).not.toEqual(receipt);
}, 120_000);

test("several gateways on one store ask for the same, and everything is sealed", async () => {
  const others = await Promise.all(
    [1, 2].map(() =>
      rpcClient({ command: process.execPath, args: [bin, "gateway", "--state", served.state, "--stdio"] }),
    ),
  );
  for (let round = 0; round < 15; round++)
    await Promise.all([served.client, ...others].map((client) => client.call("read-manifest", {})));
  for (const other of others) expect(await other.close()).toBe(0);
  const all = entries(served.state);
  expect(await eventually(() => ((checkpoint()?.size ?? 0) >= all ? true : undefined))).toBe(true);
  expect(beat().trouble).toBeNull();
});

test("a store that was set back behind its seal serves nobody: exit 74, and the entry says why", async () => {
  const { state } = served;
  const database = join(state, "gateway", "store.db");
  await served.client.close();
  // Sealed to where it ended, and put aside.
  expect(person(state, "validator", "--once").status).toBe(0);
  const old = scratch("old-store");
  copyFileSync(database, join(old, "store.db"));
  served = { ...(await serve(repo, "", state)), stop: () => Promise.resolve(removeScratch(state)) };
  await approved();
  const all = entries(state);
  expect(await eventually(() => ((checkpoint()?.size ?? 0) >= all ? true : undefined))).toBe(true);
  await served.client.close();
  copyFileSync(join(old, "store.db"), database);
  for (const name of ["-wal", "-shm"]) rmSync(`${database}${name}`, { force: true });
  const args = [bin, "gateway", "--state", state, "--stdio"];
  const ended = spawnSync(process.execPath, args, { encoding: "utf8", input: "", timeout: 60_000 });
  expect(ended.stderr).toContain("cut or replaced");
  expect(ended.status).toBe(74);
  expect(auditEntries(state).at(-1)).toMatchObject({ event: "audit.halt", data: { reason: "log_cut" } });
  removeScratch(old);
});

test("what is requested is sealed by validator --once; without the sealer's key nothing starts", async () => {
  const { client } = served;
  await client.close();
  const state = initState(repo);
  const gateway = spawnSync(process.execPath, [bin, "gateway", "--state", state, "--stdio"], {
    input: "",
    timeout: 60_000,
  });
  expect(gateway.status).toBe(0);
  expect(person(state, "validator", "--once").status).toBe(0);
  const note = readFileSync(join(state, "exchange/heads/sealed", SHARD(), "checkpoint"));
  expect(claimedCheckpoint(note)?.size).toBeGreaterThan(0);
  const key = join(state, "keys", "sealer.key.pem");
  const own = readFileSync(key);
  copyFileSync(join(state, "keys", "attestation.key.pem"), key);
  expect(person(state, "validator", "--once")).toMatchObject({ status: 2 });
  rmSync(key);
  const missing = person(state, "validator", "--once");
  expect(missing.status).toBe(2);
  expect(missing.stderr).toContain("key_unusable");
  writeFileSync(key, own, { mode: 0o600 });
  expect(person(state, "validator", "--once").status).toBe(0);
  removeScratch(state);
});

test("a month of the future is sealed when the operator admits it, and no other one", () => {
  const state = initState(repo);
  const request = (shard: string): void => {
    const text = { v: 1, shard, from: 0, leaves: "ab".repeat(32), closes: false, urgent: true };
    mkdirSync(join(state, "exchange/heads/requests"), { recursive: true });
    writeFileSync(join(state, `exchange/heads/requests/${shard}.json`), canonical(text));
  };
  const isSealed = (shard: string): boolean =>
    existsSync(join(state, "exchange/heads/sealed", shard, "checkpoint"));
  expect(person(state, "validator", "--once", "--admit-month", "March")).toMatchObject({ status: 2 });
  for (const shard of ["2998-12", "2999-01"]) request(shard);
  const ran = person(state, "validator", "--once", "--admit-month", "2998-12");
  expect([ran.status, isSealed("2998-12"), isSealed("2999-01")]).toEqual([0, true, false]);
  expect(ran.stderr).toContain("--admit-month 2999-01");
  removeScratch(state);
});
