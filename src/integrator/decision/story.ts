// Everything that was decided about one patch: its verdict, the attempts to land it, and what the audit log says of it.
import type { AuditEntry } from "../../core/audit/entry.ts";
import type { Outcome } from "../../core/attestation/statement.ts";
import { CountersignError } from "../../core/base/failure.ts";
import type { PatchId } from "../../core/base/ids.ts";
import { printable } from "../../core/base/refusal.ts";
import type { DecisionRecord } from "../../core/gate/record.ts";
import type { Landing } from "../../core/proposal/landing.ts";
import { verifyStoreFile } from "../../io/store/sqlite/inspect.ts";
import { auditKeysIfThere, type HeldKeys } from "../audit-keys.ts";
import type { Context } from "../context.ts";
import { openVerdict } from "../git/attested.ts";
import { isRepaired } from "../git/repair.ts";
import type { World } from "../world.ts";
import { type Logged, loggedOf } from "./logged.ts";
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
  /** Made from a ref, so that nobody can tell how its gate was decided. */
  readonly repaired: boolean;
  /** Null where the log that can be read here does not have it: not carried yet, or written by somebody else. */
  readonly logged: Logged | null;
}

export interface Unrecorded {
  readonly seq: number;
  readonly event: string;
  readonly attempt: string;
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
  /** Attempts in the log whose records are not here. */
  readonly unrecorded: readonly Unrecorded[];
  /** Names of landing records that cannot be read as such. */
  readonly damaged: readonly string[];
  readonly log: LogStory;
}

export async function storyOf(world: World, context: Context, id: PatchId): Promise<Story> {
  const verdict = await judgedStory(context, id);
  const held = await auditKeysIfThere(world, context.setup.config);
  const { log, attempts } = logStory(world, context.layout.database, id, held);
  const { landings, damaged } = await landingStories(context, id, attempts);
  return { verdict, landings, unrecorded: unrecordedOf(attempts, landings), damaged, log };
}

function unrecordedOf(attempts: Attempts, landings: readonly LandingStory[]): readonly Unrecorded[] {
  const recorded = new Set<string>(landings.map(({ landing }) => landing.attempt));
  return [...attempts]
    .filter(([attempt, { event }]) => event.startsWith("landing.") && !recorded.has(attempt))
    .map(([attempt, { seq, event }]) => ({ seq, event, attempt }));
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
  attempts: Attempts,
): Promise<Pick<Story, "landings" | "damaged">> {
  const landings: LandingStory[] = [];
  const damaged: string[] = [];
  for (const name of await exchange.landings.list()) {
    if (!name.startsWith(`${id}.`)) continue;
    const found = await exchange.landings.read(name);
    if (found.kind === "found") landings.push(landingStory(found.value, attempts));
    else if (found.kind === "damaged") damaged.push(name);
  }
  landings.sort((a, b) => (a.landing.at < b.landing.at ? -1 : 1));
  return { landings, damaged };
}

function landingStory(landing: Landing, attempts: Attempts): LandingStory {
  const entry = attempts.get(landing.attempt);
  return {
    landing,
    fault: landingFault(landing) ?? null,
    repaired: isRepaired(landing),
    logged: entry === undefined ? null : loggedOf(landing, entry),
  };
}

/** The log's entry of each attempt to land, also behind those that are shown. */
type Attempts = ReadonlyMap<string, AuditEntry>;

/** An agent that asks for its patch again and again must not fill a person's screen. */
const MAX_ENTRIES = 200;
const TELL_AFTER_MS = 2000;

function logStory(
  world: World,
  database: string,
  id: PatchId,
  held: HeldKeys,
): { log: LogStory; attempts: Attempts } {
  const entries: AuditEntry[] = [];
  const attempts = new Map<string, AuditEntry>();
  let more = 0;
  let told = world.now();
  try {
    const report = verifyStoreFile(database, {
      keys: held.keys,
      entry: (entry) => {
        if (entry.data["patch_id"] !== id) return;
        const { attempt } = entry.data;
        if (typeof attempt === "string" && !attempts.has(attempt)) attempts.set(attempt, entry);
        if (entries.length < MAX_ENTRIES) entries.push(entry);
        else more += 1;
      },
      progress: (count) => {
        if (world.now() - told < TELL_AFTER_MS) return;
        told = world.now();
        world.terminal.err(`audit log: ${count} entries read\n`);
      },
    });
    const end = report.ok
      ? ({ state: "intact", why: null } as const)
      : ({ state: "damaged", why: printable(`${report.code}: ${report.message}`) } as const);
    // Entries about this patch may be among those that are encrypted: of them, nothing can be said from here.
    if (report.ok && report.unread > 0) {
      const why = `${report.unread} encrypted entries were not read: ${held.why ?? "no key is configured"}`;
      return { log: { state: "missing", why, entries: [], more: 0 }, attempts: new Map() };
    }
    return { log: { ...end, entries, more }, attempts };
  } catch (cause) {
    // The log is the gateway's; another operating-system user need not be able to look for it.
    if (!(cause instanceof CountersignError) && !isDenied(cause)) throw cause;
    const why = printable(cause instanceof Error ? cause.message : "");
    return { log: { state: "missing", why, entries: [], more: 0 }, attempts: new Map() };
  }
}

function isDenied(cause: unknown): boolean {
  return cause instanceof Error && "code" in cause && (cause.code === "EACCES" || cause.code === "EPERM");
}

/** 0: followed and consistent · 1: something was changed · 2: not all of it can be seen from here. */
export function storyCode({ verdict, landings, unrecorded, damaged, log }: Story): number {
  const faults = [verdict?.fault ?? null, ...landings.map(({ fault }) => fault)];
  const differs = landings.some(({ logged }) => logged !== null && logged.differs.length > 0);
  if (faults.some((fault) => fault !== null) || differs || damaged.length > 0 || log.state === "damaged")
    return 1;
  if (log.state === "missing") return 2;
  const strangers = landings.filter(({ logged }) => logged === null);
  if (strangers.length > 0 && (unrecorded.length > 0 || landings.filter(hasLanded).length > 1)) return 1;
  const isOpen = strangers.length > 0 || unrecorded.length > 0 || landings.some(({ repaired }) => repaired);
  return isOpen ? 2 : 0;
}

/** A patch lands once. */
function hasLanded({ landing }: LandingStory): boolean {
  return landing.result.kind === "landed";
}
