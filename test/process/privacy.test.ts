// I31, I03, G16: a session full of secrets and personal data, searched everywhere; then the person is erased, and all proofs of before hold.
import Database from "better-sqlite3";
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join, relative } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parsePublicKey } from "../../src/core/attestation/key.ts";
import { claimedCheckpoint } from "../../src/core/audit/checkpoint.ts";
import { openProof, parseProof } from "../../src/core/audit/tlog-proof.ts";
import { proposalOf } from "../postures/proposal.ts";
import { bin, person } from "../support/agent.ts";
import { action, type Answer, type Ask } from "../support/http-ask.ts";
import { openRoom, type Room, type Up } from "../support/http-up.ts";
import { eventually } from "../support/processes.ts";
import { removeScratch, scratch } from "../support/scratch.ts";
import { freePort, openWebhook, type Webhook } from "../support/webhook.ts";
import { standingBytes, standingFiles } from "../support/standing.ts";

const BOB = "bob.smith@corp.example";
const HOME = "127.9.8.7";
const REQUEST = "bobs-own-laptop-42";
const KEY = "bobs-idempotency-key-0001";
/** What nothing of the log, and no sink of it, may say. */
const PERSONAL = [BOB, HOME, REQUEST];

const SCRAPER = randomBytes(32).toString("base64url");
const HOOK = randomBytes(32).toString("base64url");
const CANARY = randomBytes(24).toString("base64url");
const SENSITIVE = ["password", "secret", "token", "api_key", "cvv", "card", "ssn", "credentials"];

let room: Room;
let up: Up;
let webhook: Webhook;
let port: number;
let kept: string;
let token: string;
let patch: string;
beforeAll(async () => {
  kept = scratch("privacy-kept");
  [webhook, port] = [await openWebhook(), await freePort()];
  room = openRoom(
    "default",
    `[audit]\npersonal = "committed"
[metrics]\nport = ${port}\ntoken = "env:TEST_SCRAPER"
[alerts]\nrefusal_percent = 1\nwindow_seconds = 10\nwebhook_url = "http://${webhook.host}/in"\nwebhook_secret = "env:TEST_HOOK"
[outbound]\nallowed_hosts = ["${webhook.host}"]
[log]\nlevel = "debug"
[calls]\nper_minute = 1000\n`,
  );
  token = room.token(BOB);
  up = await room.up({ env: { TEST_SCRAPER: SCRAPER, TEST_HOOK: HOOK } });
});
afterAll(async () => {
  await room.remove();
  webhook.stop();
  removeScratch(kept);
});

const as = (more: Ask = {}): Ask => ({
  from: HOME,
  token,
  headers: { "x-correlation-id": REQUEST },
  ...more,
});
const call = (tool: string, args: object): Promise<Answer> => up.ask(...action(tool, args, as()));
const place = (...names: readonly string[]): string => join(room.state, ...names);
const shard = (): string => new Date().toISOString().slice(0, 7);
const sealedUpTo = (): number => {
  const path = place("exchange", "heads", "sealed", shard(), "checkpoint");
  return (existsSync(path) ? claimedCheckpoint(readFileSync(path))?.size : undefined) ?? 0;
};
const run = (...args: readonly string[]) => person(room.state, ...args);

/** Without a state folder. */
const runAlone = (...args: readonly string[]) =>
  spawnSync(process.execPath, [bin, ...args], { encoding: "utf8", env: { ...process.env, NO_COLOR: "1" } });

function filesWith(word: string, folder = room.state): readonly string[] {
  return standingFiles(folder)
    .filter((path) => standingBytes(path).includes(word))
    .map((path) => relative(folder, path));
}
function logText(): string {
  const db = new Database(place("gateway", "store.db"), { readonly: true });
  const lines = db.prepare<[], string>("SELECT body FROM audit ORDER BY seq").pluck().all();
  db.close();
  return lines.join("\n");
}

test("a session: reads, refusals, secrets under sensitive names, a proposal that lands", async () => {
  expect((await call("read-file", { path: "src/a.ts" })).status).toBe(200);
  for (const name of SENSITIVE)
    expect((await call("read-file", { path: "src/a.ts", [name]: `${CANARY}${name}` })).status).toBe(400);
  const strangers = as({ token: `cst_${"0".repeat(16)}_${"a".repeat(43)}` });
  expect((await up.ask(...action("read-file", { path: "src/a.ts" }, strangers))).status).toBe(401);
  for (let n = 0; n < 15; n++) await call("read-file", { path: "no/such" });
  const { json } = await call("read-manifest", {});
  const edits = [{ op: "replace", path: "src/a.ts", old_text: "const a = 1", new_text: "const a = 2" }];
  const made = await call(
    "propose-patch",
    proposalOf(json["manifest"] ?? json["base"], { edits, idempotency_key: KEY, wait_seconds: 40 }),
  );
  expect(made.json).toMatchObject({ state: "approved" });
  patch = String(made.json["patch_id"]);
  const landed = run("integrate", patch, "--repo", room.repo);
  expect([landed.status, landed.stderr]).toEqual([0, landed.stderr]);
  expect(await eventually(() => (webhook.got.length > 0 ? true : undefined), 30)).toBe(true);
});

test("no secret is anywhere; what is personal is in no entry, metric, alert or export, and only where the documents say", async () => {
  for (const secret of [CANARY, token.slice(21)]) {
    expect(filesWith(secret)).toEqual([]);
    expect(up.said()).not.toContain(secret);
  }
  const log = logText();
  expect(log).toContain("landing.landed");
  expect(log).not.toContain(`person:${userInfo().username}`);
  expect(log).not.toContain(`os:${userInfo().username}`);
  const page = await fetch(`http://127.0.0.1:${port}/metrics`, {
    headers: { authorization: `Bearer ${SCRAPER}` },
  });
  expect(page.status).toBe(200);
  const exported = run("audit", "export", "--format", "csv").stdout + run("audit", "tail").stdout;
  const ocsf = run("audit", "export", "--format", "ocsf").stdout;
  const sinks = { log, metrics: await page.text(), exported, ocsf, alerts: JSON.stringify(webhook.got) };
  for (const [sink, text] of Object.entries(sinks)) {
    expect(text.length).toBeGreaterThan(20);
    for (const word of PERSONAL) expect([sink, text.includes(word)]).toEqual([sink, false]);
  }
  expect(run("audit", "export", "--format", "csv", "--names").stdout).toContain(BOB);
  // docs/audit.md, Personal data: the address and the request nowhere but encrypted, the name in these.
  const ALLOWED =
    /^(?:gateway\/store\.db(?:-wal)?|exchange\/orders\/[^/]+\.json|exchange\/verdicts\/[^/]+|exchange\/landings\/[^/]+)$/;
  for (const word of [BOB, REQUEST])
    expect(filesWith(word).filter((path) => !ALLOWED.test(path))).toEqual([]);
  expect(filesWith(HOME)).toEqual([]);
});

test("erased: the export is empty, the bytes are gone, his token is dead; log, seals and proofs of before hold", async () => {
  const all = logText().split("\n").length;
  expect(await eventually(() => (sealedUpTo() >= all ? true : undefined), 30)).toBe(true);
  const folder = join(kept, "export");
  mkdirSync(folder);
  expect(run("audit", "export", "--proof", "--out", `${folder}/`).status).toBe(0);
  const checkpoint = join(kept, "checkpoint");
  cpSync(place("exchange", "heads", "sealed", shard(), "checkpoint"), checkpoint);
  const receipt = readFileSync(place("exchange", "receipts", `${patch}.tlog-proof`));
  expect(run("audit", "verify", "--names").stdout).toMatch(
    /personal data: [1-9]\d* commitments open, 0 were erased/,
  );

  const before = run("privacy", "export", BOB, "--json");
  expect(before.stdout).toContain(REQUEST);
  // The door noted it of somebody who proved nothing.
  expect(run("privacy", "export", "anonymous", "--json").stdout).toContain(HOME);
  expect(run("privacy", "erase", "anonymous", "--reason", "request 17").status).toBe(0);
  expect(run("privacy", "export", "anonymous", "--json").stdout).not.toContain(HOME);
  const erased = run("privacy", "erase", BOB, "--reason", "request 17");
  expect([erased.status, erased.stderr]).toEqual([0, ""]);
  // Erasing leaves these as they are, and so does whoever lists them.
  expect(run("privacy", "export", BOB).stdout).toBe(
    `nothing is held of ${BOB}; named in 2 files of the exchange\n`,
  );
  expect((await call("read-file", { path: "src/a.ts" })).status).toBe(401);
  for (const word of [...PERSONAL.filter((one) => one !== HOME), KEY])
    expect(filesWith(word, place("gateway"))).toEqual([]);

  const verified = run("audit", "verify", "--names", "--checkpoint", checkpoint);
  expect([verified.status, verified.stdout]).toEqual([0, verified.stdout]);
  expect(verified.stdout).toMatch(/[1-9]\d* were erased/);
  const sealer = place("trust", "sealer.pub.pem");
  const offline = ["audit", "verify", "--file", join(folder, "entries.ndjson"), "--sealer", sealer];
  const file = join(folder, `${shard()}.checkpoint`);
  expect(runAlone(...offline, "--checkpoint", file).status).toBe(0);
  const { publicKey } = parsePublicKey(readFileSync(sealer, "utf8"), "sealer");
  const origin = claimedCheckpoint(parseProof(receipt)?.checkpoint ?? new Uint8Array(0))?.origin ?? "";
  expect(openProof(receipt, origin, [publicKey])).toMatchObject({ ok: true });
  const proofs = readdirSync(join(folder, "proofs"));
  expect(proofs.length).toBeGreaterThan(20);
  for (const name of proofs)
    expect(openProof(readFileSync(join(folder, "proofs", name)), origin, [publicKey]).ok).toBe(true);
  // And it goes on: what follows is sealed behind what was sealed before.
  const now = logText().split("\n").length;
  expect(await eventually(() => (sealedUpTo() >= now ? true : undefined), 30)).toBe(true);
  expect(run("audit", "verify").status).toBe(0);
  expect(run("show", patch, "--trace", "--repo", room.repo).status).toBe(0);
});

test("and after a restart: nothing of him is in the store, and the store is sound", async () => {
  expect(await up.stop()).toBe(0);
  for (const word of [BOB, REQUEST, KEY]) expect(filesWith(word, place("gateway"))).toEqual([]);
  expect(run("audit", "verify", "--names").status).toBe(0);
});
