// I31 under kill -9, with two processes at once: an entry has all of its rows or none, and nobody erased is known again by his old pseudonym.
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { AuditEntry } from "../../../../src/core/audit/entry.ts";
import { NO_KEYS } from "../../../../src/core/audit/sealed-line.ts";
import { ownerIn, subjectsIn } from "../../../../src/core/audit/subject.ts";
import { verifyStoreFile } from "../../../../src/io/store/sqlite/inspect.ts";
import { openStore } from "../../../../src/io/store/sqlite/open.ts";
import { openNames } from "../../../../src/io/store/sqlite/subject-names.ts";
import { removeScratch, scratch } from "../../../support/scratch.ts";
import { openSource } from "../../../support/stores.ts";

let folder: string;
let path: string;
beforeEach(() => {
  folder = scratch("subjects-killed");
  path = join(folder, "store.db");
  openStore(path, { clock: Date.now, create: true }).close();
});
afterEach(() => removeScratch(folder));

const ROUNDS = 12;
const PEOPLE = 8;

const program = (erases: boolean): string => `
  import { randomBytes } from "node:crypto";
  import { openStore } from ${JSON.stringify(openSource)};
  const store = openStore(${JSON.stringify(path)}, { clock: Date.now, random: randomBytes, personal: "committed" });
  process.stdout.write("open");
  for (let n = 0; ; n++) {
    const who = "person-" + (n * 3 % ${PEOPLE});
    const actor = { principal: who, correlation: "request-" + n };
    if (${erases} && n % 5 === 4)
      store.erase({ who, reason: "r", actor: { principal: "operator" }, withdraw: true, rest: false, dry: false });
    else store.record({ event: "call.allowed", actor, data: { address: "192.0.2." + n % 250 } });
  }`;

async function killedRound(): Promise<void> {
  const children = [true, false].map((erases) =>
    spawn(process.execPath, ["--input-type=module", "-e", program(erases)], {
      stdio: ["ignore", "pipe", "inherit"],
    }),
  );
  await Promise.all(children.map((child) => once(child.stdout, "data")));
  await pause(20 + Math.floor(Math.random() * 80));
  for (const child of children) child.kill("SIGKILL");
  await Promise.all(children.map((child) => once(child, "close")));
}

function entries(): readonly AuditEntry[] {
  const store = openStore(path, { clock: Date.now, random: (n) => randomBytes(n), personal: "committed" });
  const found = [...store.auditRows(0)].map(({ line }) => JSON.parse(line) as AuditEntry);
  store.close();
  return found;
}

test("kill -9 of a writer and of somebody who erases leaves nothing half", async () => {
  for (let round = 0; round < ROUNDS; round++) await killedRound();
  const all = entries();
  expect(verifyStoreFile(path)).toMatchObject({ ok: true });
  const gone = new Map<string, number>();
  const names = openNames(path, NO_KEYS);
  const states = new Map<string, number>();
  for (const [position, entry] of all.entries()) {
    if (entry.event === "privacy.erased") gone.set(String(entry.data["subject"]), position);
    else
      for (const one of subjectsIn(entry))
        expect(gone.get(one), `entry ${position} is of somebody who was erased`).toBeUndefined();
  }
  for (const [position, entry] of all.entries()) {
    const state = names.commitmentOf(entry, position);
    states.set(state, (states.get(state) ?? 0) + 1);
    expect(state, `entry ${position}`).not.toBe("false");
    if (state !== "none") expect(gone.has(ownerIn(entry)), `entry ${position}`).toBe(state === "erased");
  }
  names.close();
  console.info(Object.fromEntries(states));
  expect(states.get("opened")).toBeGreaterThan(0);
  expect(states.get("erased")).toBeGreaterThan(0);
}, 120_000);
