// What alerts go by, looked up in real files and a real store; what cannot be seen is unknown and stops nothing.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { newRecord, renderKeyBook } from "../../../src/core/attestation/key-life.ts";
import { utf8 } from "../../../src/core/base/bytes.ts";
import { sha256 } from "../../../src/core/base/digest.ts";
import { parseRange } from "../../../src/core/identity/address.ts";
import { renderAllowList } from "../../../src/core/identity/allowlist.ts";
import type { Config } from "../../../src/core/config/schema.ts";
import { type Looked, openLook } from "../../../src/io/alerts/look.ts";
import { gatewayExchange } from "../../../src/io/exchange/files/open.ts";
import { sealedWriter } from "../../../src/io/exchange/files/heads.ts";
import type { GatewayExchange } from "../../../src/io/exchange/exchange.ts";
import { packageRoot, presetConfig } from "../../../src/io/file/config.ts";
import { roleKeys } from "../../../src/io/file/keyring.ts";
import type { Layout } from "../../../src/io/file/layout.ts";
import { newStore, type OpenStore } from "../../support/open-store.ts";
import { at, note, NOON } from "../../support/proposals.ts";
import { publishedState } from "../../support/published.ts";
import { removeScratch } from "../../support/scratch.ts";

const DAY = 86_400_000;
let it: OpenStore;
let places: Layout;
let exchange: GatewayExchange;
let config: Config;
let now: number;
let faults: string[];
beforeEach(async () => {
  it = newStore();
  places = (await publishedState()).layout;
  exchange = await gatewayExchange(places.exchange);
  config = presetConfig(packageRoot(), "default");
  [now, faults] = [NOON, []];
});
afterEach(() => {
  it.end();
  removeScratch(places.root);
});

const look = (since = NOON, change: Partial<Parameters<typeof openLook>[0]> = {}): Promise<Looked> =>
  openLook({
    layout: places,
    sealed: exchange.sealed,
    incidents: exchange.incidents,
    store: it.store,
    since,
    clock: () => now,
    failed: (what) => void faults.push(what),
    ...change,
  })(config);

test("without a heartbeat the validator is silent since somebody looks, and nothing is sealed", async () => {
  now += 7000;
  const { seen, heartbeat } = await look();
  expect(heartbeat).toBeUndefined();
  expect(seen).toMatchObject({ silentSeconds: 7, trouble: null, incidents: 0, listSeconds: 0 });
  expect(seen.lag?.entries).toBeGreaterThan(0);
  expect(faults).toEqual([]);
});

test("a heartbeat says when, what is sealed and what ails the sealer", async () => {
  const shard = it.store.view.shards().at(-1)!;
  const folder = join(places.exchange, "heads", "sealed");
  mkdirSync(folder, { recursive: true });
  const sealed = { shard: shard.shard, size: shard.entries, root: sha256("root") };
  await sealedWriter(folder).beat({ v: 1, at: at(2000), sealed, trouble: "LOG_GAP", queue: 4 });
  it.now = NOON + 3000;
  it.store.record(note("call.allowed"));
  now += 9000;
  const { seen, heartbeat } = await look();
  expect(heartbeat?.queue).toBe(4);
  expect(seen).toMatchObject({ silentSeconds: 7, trouble: "LOG_GAP", lag: { entries: 1, seconds: 6 } });
  // What waited before somebody looked is not counted as a wait.
  expect((await look(NOON + 5000)).seen.lag).toEqual({ entries: 1, seconds: 4 });
});

test("the caller who has used up most, and the key that ends first", async () => {
  const budget = { periodSeconds: 86_400, calls: 10_000, bytes: 0, scanMillis: 0, warnPercent: 80 };
  const cost = { principal: "p", perMinute: 1000, budget, bytes: 450_000_000, scanMillis: 0 };
  it.store.recordCallNow(cost, note("call.allowed"), () => note("call.refused"));
  const [key] = roleKeys(places.trust, "attestation");
  const book = renderKeyBook({ [key?.keyid ?? ""]: newRecord("attestation", NOON - 85 * DAY, 90) });
  writeFileSync(join(places.trust, "keys.json"), book);
  const { seen, numbers } = await look();
  expect(seen.budget).toEqual({ percent: 90, kind: "read_bytes", callers: 1 });
  expect(seen.key).toEqual({ role: "attestation", keyid: key?.keyid, daysLeft: 5 });
  expect(numbers?.used).toHaveLength(1);
});

test("the allow-list's age is that of its content; one that is gone or damaged cannot be believed", async () => {
  config = { ...config, network: { ...config.network, allowlist_file: "list.json" } };
  const file = join(places.root, "list.json");
  const words = {
    fetched: NOON / 1000 - 500,
    source: "x",
    forced: false,
    ranges: [parseRange("192.0.2.0/24")!],
  };
  writeFileSync(file, utf8(renderAllowList(words)));
  expect((await look()).seen.listSeconds).toBe(500);
  writeFileSync(file, "{");
  expect((await look()).seen.listSeconds).toBeNull();
  rmSync(file);
  expect((await look()).seen.listSeconds).toBeNull();
});

test("what cannot be looked at is unknown, named, and keeps nothing else from being seen", async () => {
  const broken = (): never => {
    throw new Error("a fault");
  };
  rmSync(join(places.trust), { recursive: true });
  const { seen } = await look(NOON, {
    incidents: { open: broken },
    store: { view: { ...it.store.view, shards: broken }, numbers: broken, auditRows: broken },
  });
  expect(seen).toMatchObject({ silentSeconds: 0, listSeconds: 0 });
  for (const part of ["lag", "budget", "key", "incidents"] as const) expect(seen[part]).toBeUndefined();
  expect(faults.toSorted()).toEqual(["incidents", "keys", "log", "numbers"]);
});
