// Everything that was decided about one patch: its verdict, the attempts to land it, and what the audit log says of it.
import type { AuditEntry } from "../../core/audit/entry.ts";
import type { Outcome } from "../../core/attestation/statement.ts";
import { CountersignError } from "../../core/base/failure.ts";
import type { PatchId } from "../../core/base/ids.ts";
import { printable } from "../../core/base/refusal.ts";
import type { DecisionRecord } from "../../core/gate/record.ts";
import type { Landing } from "../../core/proposal/landing.ts";
import { verifyStoreFile } from "../../io/store/sqlite/inspect.ts";
import type { Context } from "../context.ts";
import { openVerdict } from "../git/attested.ts";
import type { World } from "../world.ts";
import { landingFault, verdictFault } from "./judged.ts";

export interface JudgedStory {
  readonly statement: string;
  readonly keyid: string;
  readonly outcome: Outcome;
  readonly at: string;
  /** Null in verdicts of before there were gates. */
  readonly decision: DecisionRecord | null;
  /** Why the record cannot be how it was decided. */
  readonly fault: string | null;
}

export interface LandingStory {
  readonly landing: Landing;
  readonly fault: string | null;
}

export interface LogStory {
  /** `missing`: there is none here, or this user may not read it. */
  readonly state: "intact" | "damaged" | "missing";
  readonly why: string | null;
  /** Only entries before the first fault. */
  readonly entries: readonly AuditEntry[];
  /** Entries beyond the limit, which are not shown. */
  readonly more: number;
}

export interface Story {
  /** Undefined while there is none that a trusted key signed. */
  readonly verdict: JudgedStory | undefined;
  readonly landings: readonly LandingStory[];
  /** Names of landing records that cannot be read as such. */
  readonly damaged: readonly string[];
  readonly log: LogStory;
}

export async function storyOf(world: World, context: Context, id: PatchId): Promise<Story> {
  const verdict = await judgedStory(context, id);
  const { landings, damaged } = await landingStories(context, id);
  return { verdict, landings, damaged, log: logStory(world, context.layout.database, id) };
}

async function judgedStory({ exchange, keys }: Context, id: PatchId): Promise<JudgedStory | undefined> {
  const found = await exchange.verdicts.read(id);
  const attested = found.kind === "found" ? openVerdict(found.bytes, keys) : undefined;
  if (attested?.ok !== true || attested.value.verdict.predicate.patchId !== id) return undefined;
  const { verdict, statement, keyid } = attested.value;
  const { outcome, timeVerified, decision } = verdict.predicate;
  const fault = verdictFault(verdict) ?? null;
  return { statement, keyid, outcome, at: timeVerified, decision: decision ?? null, fault };
}

async function landingStories(
  { exchange }: Context,
  id: PatchId,
): Promise<Pick<Story, "landings" | "damaged">> {
  const landings: LandingStory[] = [];
  const damaged: string[] = [];
  for (const name of await exchange.landings.list()) {
    if (!name.startsWith(`${id}.`)) continue;
    const found = await exchange.landings.read(name);
    if (found.kind === "found")
      landings.push({ landing: found.value, fault: landingFault(found.value) ?? null });
    else if (found.kind === "damaged") damaged.push(name);
  }
  landings.sort((a, b) => (a.landing.at < b.landing.at ? -1 : 1));
  return { landings, damaged };
}

/** An agent that asks for its patch again and again must not fill a person's screen. */
const MAX_ENTRIES = 200;
const TELL_AFTER_MS = 2000;

function logStory(world: World, database: string, id: PatchId): LogStory {
  const entries: AuditEntry[] = [];
  let more = 0;
  let told = world.now();
  try {
    const report = verifyStoreFile(database, {
      entry: (entry) => {
        if (entry.data["patch_id"] !== id) return;
        if (entries.length < MAX_ENTRIES) entries.push(entry);
        else more += 1;
      },
      progress: (count) => {
        if (world.now() - told < TELL_AFTER_MS) return;
        told = world.now();
        world.terminal.err(`audit log: ${count} entries read\n`);
      },
    });
    if (report.ok) return { state: "intact", why: null, entries, more };
    return { state: "damaged", why: printable(`${report.code}: ${report.message}`), entries, more };
  } catch (cause) {
    // The log is the gateway's; another operating-system user need not be able to look for it.
    if (!(cause instanceof CountersignError) && !isDenied(cause)) throw cause;
    return {
      state: "missing",
      why: printable(cause instanceof Error ? cause.message : ""),
      entries: [],
      more: 0,
    };
  }
}

function isDenied(cause: unknown): boolean {
  return cause instanceof Error && "code" in cause && (cause.code === "EACCES" || cause.code === "EPERM");
}

/** 0: followed and consistent · 1: something was changed · 2: not all of it can be seen from here. */
export function storyCode({ verdict, landings, damaged, log }: Story): number {
  const faults = [verdict?.fault ?? null, ...landings.map(({ fault }) => fault)];
  if (faults.some((fault) => fault !== null) || damaged.length > 0 || log.state === "damaged") return 1;
  return log.state === "missing" ? 2 : 0;
}
