// The scene of the attack matrix: a log of two months, sealed by a throw-away key, an older backup of it, and its verification.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { leafHash } from "../../src/core/audit/entry.ts";
import { exchangeAnchors, type Anchors, type Terms } from "../../src/integrator/audit/anchors.ts";
import { rememberedAnchors, remember } from "../../src/integrator/audit/remembered.ts";
import type { Report } from "../../src/integrator/audit/report.ts";
import { storedLog } from "../../src/integrator/audit/stored-log.ts";
import { verifyAudit } from "../../src/integrator/audit/verify.ts";
import { sealedReader, sealedWriter } from "../../src/io/exchange/files/heads.ts";
import { layout } from "../../src/io/file/layout.ts";
import { entryIn, type LabRow, rowOf, sealBeside, shardsOf, soundLog, writeLog } from "./audit-lab.ts";
import { scratch } from "./scratch.ts";
import { throwAwayKey } from "./verdicts.ts";

const DEPLOYMENT = "countersign/local/lab";
/** Two months; the second one is open and its last 30 entries are not sealed. */
export const [OCTOBER, NOVEMBER, TAIL] = [300, 320, 30];
export const SEALED = NOVEMBER - TAIL;
/** What an older backup holds: this much of the second month was written and sealed then. */
export const BACKUP = 256;

export const sound = soundLog([
  ["2026-10", OCTOBER],
  ["2026-11", NOVEMBER],
]);
const [october, november] = shardsOf(sound);
const key = throwAwayKey();
const terms: Terms = { deployment: DEPLOYMENT, sealers: [key], attesters: [] };
export const place = layout(scratch("matrix"));
export const folders = {
  whole: join(place.root, "whole"),
  older: join(place.root, "older"),
  none: join(place.root, "none"),
};

export async function sealAll(): Promise<void> {
  for (const folder of Object.values(folders)) mkdirSync(folder, { recursive: true });
  mkdirSync(place.gateway, { recursive: true });
  for (const [folder, size] of [
    [folders.whole, SEALED],
    [folders.older, BACKUP],
  ] as const) {
    await sealBeside(sealedWriter(folder), DEPLOYMENT, october!, OCTOBER, key);
    await sealBeside(sealedWriter(folder), DEPLOYMENT, november!, size, key);
  }
}

const nothing = { list: () => Promise.resolve([]), read: () => Promise.resolve({ kind: "absent" } as const) };

async function beside(folder: string): Promise<Anchors> {
  return exchangeAnchors({ sealed: sealedReader(folder), receipts: nothing, verdicts: nothing }, terms);
}

/** Verifies `rows` with the seals of `folder` beside them, and with what was remembered when all was well, or not. */
export async function verify(
  rows: readonly LabRow[],
  folder = folders.whole,
  isRemembered = false,
): Promise<Report> {
  writeLog(place.database, rows);
  const { anchors, strays } = await beside(folder);
  if (isRemembered) await remember(place, (await beside(folders.whole)).anchors, terms);
  const kept = isRemembered ? rememberedAnchors(place, terms) : { anchors: [], strays: [] };
  const stored = storedLog(place.database);
  try {
    const all = { anchors: [...anchors, ...kept.anchors], strays: [...strays, ...kept.strays] };
    return await verifyAudit({ log: stored.log, anchors: all, sealed: sealedReader(folder) });
  } finally {
    stored.close();
  }
}

export const edited = (row: LabRow): LabRow => ({
  ...row,
  line: row.line.replace('"principal":"', '"principal":"x'),
});
export const rehashed = (row: LabRow): LabRow => ({ ...row, leaf: leafHash(row.line) });
/** Another entry for the same place, which links as it should. */
export const forged = (row: LabRow): LabRow =>
  rowOf(row.position, { ...entryIn(row), event: "process.stop", data: {}, actor: { principal: "nobody" } });
export const atPosition = (position: number): { shard: string; seq: number } =>
  position < OCTOBER ? { shard: "2026-10", seq: position } : { shard: "2026-11", seq: position - OCTOBER };
