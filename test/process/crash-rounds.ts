// `npm run crash`: kill -9 at random moments under load, again and again; then everything that was acknowledged must be there once.
import Database from "better-sqlite3";
import { execFileSync, spawnSync } from "node:child_process";
import { randomInt } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { chainOf } from "../support/chain.ts";
import { type RpcAnswer, type RpcClient, rpcClient } from "../support/rpc.ts";
import { removeScratch, scratch, scratchRepository } from "../support/scratch.ts";
import { sealFaults } from "../support/seals.ts";

const bin = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "bin", "countersign.js");
const FILES = 40;
const PER_ROUND = 3;

export interface CrashReport {
  readonly rounds: number;
  readonly kills: Readonly<Record<string, number>>;
  readonly acknowledged: number;
  readonly lost: readonly string[];
  readonly unsettled: readonly string[];
  readonly doubled: readonly string[];
  readonly auditVerify: number;
  /** Of every checkpoint that was ever signed. */
  readonly seals: readonly string[];
  readonly seconds: number;
}

interface Scene {
  readonly repo: string;
  readonly state: string;
  readonly acknowledged: Set<string>;
  client: RpcClient | undefined;
  base: string;
}

/** Runs `rounds` rounds on a scratch repository and reports; removes everything it made. */
export async function crashRounds(rounds: number, say: (line: string) => void): Promise<CrashReport> {
  const started = performance.now();
  const scene = prepare();
  const kills: Record<string, number> = { gateway: 0, validator: 0, up: 0 };
  try {
    for (let round = 1; round <= rounds; round++) {
      const victim = await oneRound(scene, round);
      if (victim !== undefined) kills[victim] = (kills[victim] ?? 0) + 1;
      if (round % 20 === 0)
        say(`round ${round} of ${rounds}: ${scene.acknowledged.size} proposals acknowledged`);
    }
    const unsettled = await settle(scene);
    await scene.client?.close();
    const { lost, doubled } = inspect(scene);
    const audit = spawnSync(process.execPath, [bin, "audit", "verify", "--state", scene.state], {
      encoding: "utf8",
    });
    const seconds = (performance.now() - started) / 1000;
    return {
      rounds,
      kills,
      acknowledged: scene.acknowledged.size,
      lost,
      unsettled,
      doubled,
      // 2: what came last is not sealed yet; damage is 1.
      auditVerify: chainOf(scene.state).ok && audit.status === 2 ? 0 : (audit.status ?? -1),
      seals: sealFaults(scene.state),
      seconds,
    };
  } finally {
    scene.client?.child.kill("SIGKILL");
    removeScratch(scene.repo);
    removeScratch(scene.state);
  }
}

function prepare(): Scene {
  const files = Object.fromEntries(
    Array.from({ length: FILES }, (_, i) => [`src/f${i}.ts`, `export const value = ${i};\n`]),
  );
  const repo = scratchRepository("crash", files);
  const state = scratch("crash-state");
  execFileSync(process.execPath, [bin, "init", "--repo", repo, "--state", state], { stdio: "ignore" });
  const config = join(state, "countersign.toml");
  const limits =
    '\n[calls]\nper_minute = 100000\n[proposal]\nper_hour = 10000\nmax_pending = 100\n[log]\nlevel = "error"\n';
  writeFileSync(config, readFileSync(config, "utf8") + limits);
  return { repo, state, acknowledged: new Set(), client: undefined, base: "" };
}

async function connected(scene: Scene): Promise<RpcClient> {
  if (
    scene.client !== undefined &&
    scene.client.child.exitCode === null &&
    scene.client.child.signalCode === null
  )
    return scene.client;
  const client = await rpcClient({
    command: process.execPath,
    args: [bin, "up", "--stdio", "--repo", scene.repo, "--state", scene.state],
  });
  scene.client = client;
  for (let attempt = 0; scene.base === "" && attempt < 300; attempt++) {
    const found = content(await client.call("read-manifest", {}))["manifest"];
    if (typeof found === "string") scene.base = found;
    else await pause(100);
  }
  return client;
}

async function oneRound(scene: Scene, round: number): Promise<string | undefined> {
  const client = await connected(scene);
  const calls = Array.from({ length: PER_ROUND }, async (_, i) => {
    const file = (round * PER_ROUND + i) % FILES;
    const answer = await client.call("propose-patch", {
      base: scene.base,
      title: `Round ${round}`,
      rationale: "A proposal under fire, which must survive.",
      change_type: "refactor",
      risk_level: "low",
      edits: [
        {
          op: "replace",
          path: `src/f${file}.ts`,
          old_text: `value = ${file};`,
          new_text: `value = ${1000 * round + i};`,
        },
      ],
      idempotency_key: `round-${round}-${i}`,
    });
    const id = content(answer)["patch_id"];
    if (typeof id === "string") scene.acknowledged.add(id);
  });
  await pause(randomInt(0, 180));
  const victim = pickVictim(client.child.pid ?? 0);
  if (victim !== undefined) kill(victim.pid);
  // A dead gateway answers nothing more; the client notices its end and the calls return unacknowledged.
  await Promise.race([Promise.all(calls), pause(3000)]);
  if (victim !== undefined && victim.role !== "validator") await ended(client);
  return victim?.role;
}

function pickVictim(up: number): { role: "gateway" | "validator" | "up"; pid: number } | undefined {
  const children = childrenOf(up);
  const role =
    (["gateway", "validator", "gateway", "validator", "up"] as const)[randomInt(0, 5)] ?? "gateway";
  if (role === "up") return { role, pid: up };
  const child = children.find((candidate) => candidate.args.includes(role));
  return child === undefined ? undefined : { role, pid: child.pid };
}

/** Only descendants of the process that this program itself started are ever killed. */
function childrenOf(pid: number): readonly { pid: number; args: readonly string[] }[] {
  try {
    const pids = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8")
      .trim()
      .split(" ")
      .filter(Boolean)
      .map(Number);
    return pids.map((child) => ({
      pid: child,
      args: readFileSync(`/proc/${child}/cmdline`, "utf8").split("\0"),
    }));
  } catch {
    return [];
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended by itself in this very moment.
  }
}

async function ended(client: RpcClient): Promise<void> {
  for (let i = 0; i < 100 && client.child.exitCode === null && client.child.signalCode === null; i++)
    await pause(50);
  client.child.kill("SIGKILL");
}

/** After the last round `up` must bring every acknowledged proposal to a verdict by itself. */
async function settle(scene: Scene): Promise<readonly string[]> {
  const client = await connected(scene);
  let open = [...scene.acknowledged];
  for (let attempt = 0; attempt < 600 && open.length > 0; attempt++) {
    const states = await Promise.all(
      open.map(
        async (id) => [id, content(await client.call("patch-status", { patch_id: id }))["state"]] as const,
      ),
    );
    open = states
      .filter(([, state]) => state === "pending" || state === "validating" || state === undefined)
      .map(([id]) => id);
    if (open.length > 0) await pause(200);
  }
  return open;
}

/** Every acknowledged proposal once in the store and once in the log, with exactly one verdict. */
function inspect(scene: Scene): { lost: readonly string[]; doubled: readonly string[] } {
  const db = new Database(join(scene.state, "gateway", "store.db"), { readonly: true });
  const bodies = (db.prepare("SELECT body FROM audit ORDER BY seq").all() as { body: string }[]).map(
    (row) => JSON.parse(row.body) as { event: string; data: Record<string, unknown> },
  );
  db.close();
  const count = (event: string, id: string): number =>
    bodies.filter((entry) => entry.event === event && entry.data["patch_id"] === id).length;
  const verdicts = new Set(readdirSync(join(scene.state, "exchange", "verdicts")));
  const ids = [...scene.acknowledged];
  return {
    lost: ids.filter((id) => count("proposal.accepted", id) === 0 || !verdicts.has(`${id}.dsse.json`)),
    doubled: ids.filter((id) => count("proposal.accepted", id) > 1 || count("verdict.received", id) > 1),
  };
}

function content(answer: RpcAnswer): Record<string, unknown> {
  return (answer.result?.["structuredContent"] as Record<string, unknown> | undefined) ?? {};
}

if (import.meta.main) {
  const report = await crashRounds(Number(process.argv[2] ?? 200), console.log);
  console.log(
    `${report.rounds} rounds of kill -9 in ${report.seconds.toFixed(0)} s (gateway ${report.kills["gateway"]}, validator ${report.kills["validator"]}, up ${report.kills["up"]})`,
  );
  console.log(
    `${report.acknowledged} proposals acknowledged: ${report.lost.length} lost, ${report.doubled.length} doubled, ${report.unsettled.length} without a verdict; audit verify exit ${report.auditVerify}; ${report.seals.length} faults of seals`,
  );
  for (const fault of report.seals) console.log(fault);
  const faults = report.lost.length + report.doubled.length + report.unsettled.length + report.seals.length;
  process.exitCode = faults + report.auditVerify === 0 ? 0 : 1;
}
