// `npm run crash:calls`: kill -9 of a gateway that answers sixteen callers at once, again and again; every answer must be in the log.
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { canonical } from "../../src/core/base/canonical.ts";
import { sha256 } from "../../src/core/base/digest.ts";
import { verifyStoreFile } from "../../src/io/store/sqlite/inspect.ts";
import { bin, content, refusalCode } from "../support/agent.ts";
import { proposalArgs } from "../support/gateway.ts";
import { auditEntries, type LoggedEntry } from "../support/log.ts";
import { eventually } from "../support/processes.ts";
import { type PublishedState, publishedState } from "../support/published.ts";
import { type RpcAnswer, type RpcClient, rpcClient } from "../support/rpc.ts";
import { removeScratch } from "../support/scratch.ts";

const CALLERS = 16;
/** Of the callers of a round, so many write: a write has an intent and an outcome. */
const WRITERS = 2;
/** Longest time under fire, in milliseconds. */
const FIRE = 120;

export interface CallsReport {
  readonly rounds: number;
  /** Answers that came before the kill. */
  readonly acknowledged: number;
  /** Calls of which an answer came, and no entry with their digest is in the log. */
  readonly lost: readonly string[];
  /** Proposals that were answered, and are not in the log as accepted, or twice. */
  readonly unsettled: readonly string[];
  /** Intents with neither an outcome nor `audit.recovered` in the log, or with more than one of them. */
  readonly unexplained: readonly string[];
  readonly recovered: number;
  readonly entries: number;
  readonly damaged: string | undefined;
  readonly seconds: number;
}

interface Scene {
  readonly state: PublishedState;
  readonly base: string;
  /** Digests of the arguments of what was answered. */
  readonly acknowledged: string[];
  readonly proposed: string[];
}

/** What else is to hold behind all rounds, told as faults: the seals of the log, say. */
export type Further = (state: PublishedState) => readonly string[];

export interface Fire {
  readonly rounds: number;
  /** No further round begins behind it. */
  readonly seconds?: number;
  readonly further?: Further;
}

/** Rounds on a scratch state, which is removed. */
export async function crashCalls(
  { rounds, seconds: most = Infinity, further }: Fire,
  say: (line: string) => void,
): Promise<CallsReport> {
  const started = performance.now();
  const state = await publishedState(
    '[calls]\nper_minute = 100000\n[proposal]\nper_hour = 10000\nmax_pending = 100\nttl_seconds = 60\n[log]\nlevel = "error"\n',
  );
  try {
    const base = await state.publish({ "src/a.ts": "export const a = 1;\n" });
    const scene: Scene = { state, base, acknowledged: [], proposed: [] };
    let done = 0;
    while (done < rounds && performance.now() - started < most * 1000) {
      const round = (done += 1);
      await oneRound(scene, round);
      if (round % 20 === 0) say(`round ${round} of ${rounds}: ${scene.acknowledged.length} answers`);
    }
    // The last start tells what the last kill left.
    await (await start(state)).close();
    const seconds = (performance.now() - started) / 1000;
    return { rounds: done, seconds, ...inspected(scene, further?.(state) ?? []) };
  } finally {
    removeScratch(state.layout.root);
  }
}

function start(state: PublishedState): Promise<RpcClient> {
  const args = [bin, "gateway", "--state", state.layout.root, "--stdio"];
  return rpcClient({ command: process.execPath, args });
}

async function oneRound(scene: Scene, round: number): Promise<void> {
  const client = await start(scene.state);
  let calls = 0;
  const caller = async (n: number): Promise<void> => {
    while (client.child.exitCode === null && client.child.signalCode === null) {
      calls += 1;
      await oneCall(scene, client, `round ${round} call ${calls}`, n < WRITERS);
    }
  };
  const callers = Array.from({ length: CALLERS }, (_, n) => caller(n));
  const before = scene.acknowledged.length;
  // Every fifth may die before its first answer.
  if (round % 5 > 0) await eventually(() => (scene.acknowledged.length > before ? true : undefined));
  await pause(randomInt(0, FIRE));
  client.child.kill("SIGKILL");
  if (client.child.signalCode === null) await once(client.child, "exit");
  await Promise.all(callers);
}

/** With arguments that no other call has, by whose digest its entry is found. */
async function oneCall(scene: Scene, client: RpcClient, name: string, writes: boolean): Promise<void> {
  if (!writes) return void (await answered(scene, client, "search-files", { query: name }));
  const taken = await answered(scene, client, "propose-patch", proposal(scene.base, name));
  if (taken === undefined) return;
  const { patch_id } = content(taken);
  scene.proposed.push(String(patch_id));
  // So that not too many wait; and it is a write of its own.
  await answered(scene, client, "withdraw-patch", { patch_id });
}

/** The answer, when it is one. */
async function answered(
  scene: Scene,
  client: RpcClient,
  tool: string,
  args: unknown,
): Promise<RpcAnswer | undefined> {
  const answer = await client.call(tool, args);
  if (answer.result === undefined || refusalCode(answer) !== undefined) return undefined;
  scene.acknowledged.push(sha256(canonical(args)));
  return answer;
}

function proposal(base: string, name: string): unknown {
  return proposalArgs(base, {
    title: name,
    edits: [{ op: "create", path: `src/${name.replaceAll(" ", "-")}.ts`, new_text: "export {};\n" }],
  });
}

type Findings = Omit<CallsReport, "rounds" | "seconds">;

function inspected({ state, acknowledged, proposed }: Scene, further: readonly string[]): Findings {
  const entries = auditEntries(state.layout.root);
  const digests = new Set(
    entries.flatMap(({ event, data }) => (event === "call.allowed" ? [data["arguments_sha256"]] : [])),
  );
  const accepted = counted(entries, "proposal.accepted", "patch_id");
  const log = verifyStoreFile(state.layout.database);
  const faults = [...further, ...(log.ok ? [] : [JSON.stringify(log)])];
  return {
    acknowledged: acknowledged.length,
    lost: acknowledged.filter((digest) => !digests.has(digest)),
    unsettled: proposed.filter((id) => accepted.get(id) !== 1),
    ...explained(entries),
    entries: entries.length,
    damaged: faults.length === 0 ? undefined : faults.join("\n"),
  };
}

/** What ends a write of each tool. An order that expires is closed too, with the digest of its proposal. */
const ENDS: Readonly<Record<string, readonly string[]>> = {
  "propose-patch": ["proposal.accepted", "call.refused"],
  "withdraw-patch": ["proposal.closed", "call.refused"],
};

function explained(entries: readonly LoggedEntry[]): Pick<Findings, "unexplained" | "recovered"> {
  const recovered = counted(entries, "audit.recovered", "arguments_sha256");
  const unexplained = Object.entries(ENDS).flatMap(([tool, events]) => {
    const ends = [...events.map((event) => counted(entries, event, "arguments_sha256")), recovered];
    const intents = entries.filter(({ event, data }) => event === "call.allowed" && data["tool"] === tool);
    return intents.flatMap(({ seq, data }) => {
      const digest = String(data["arguments_sha256"]);
      const counts = ends.map((end) => end.get(digest) ?? 0);
      const isOnce = counts.reduce((sum, count) => sum + count, 0) === 1;
      return isOnce
        ? []
        : [`${tool} at ${seq}: ${[...events, "audit.recovered"].join(", ")}: ${counts.join(", ")}`];
    });
  });
  return { unexplained, recovered: recovered.size };
}

/** How often each value of `key` is in an entry of this event. */
function counted(entries: readonly LoggedEntry[], event: string, key: string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { event: said, data } of entries)
    if (said === event) counts.set(String(data[key]), (counts.get(String(data[key])) ?? 0) + 1);
  return counts;
}

export function isSound({ lost, unsettled, unexplained, damaged }: CallsReport): boolean {
  return lost.length + unsettled.length + unexplained.length === 0 && damaged === undefined;
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { rounds: { type: "string", default: "200" } } });
  const report = await crashCalls({ rounds: Number(values.rounds) }, console.log);
  const { rounds, seconds, acknowledged, entries, lost, unsettled, unexplained, recovered, damaged } = report;
  console.log(
    `${rounds} rounds of kill -9 under ${CALLERS} callers in ${seconds.toFixed(0)} s: ${acknowledged} answers, ${entries} entries`,
  );
  console.log(
    `${lost.length} answers lost, ${unsettled.length} proposals not recorded once, ${recovered} writes recovered at a start, ${unexplained.length} without one end; ${damaged ?? "chain intact"}`,
  );
  for (const fault of [...lost, ...unsettled, ...unexplained]) console.log(fault);
  process.exitCode = isSound(report) ? 0 : 1;
}
