// The configuration in force: looked at every two seconds, taken over once it rests, whole or not at all, and always with an entry.
import type { AuditData } from "../core/audit/entry.ts";
import { canonical } from "../core/base/canonical.ts";
import { sha256 } from "../core/base/digest.ts";
import { CountersignError } from "../core/base/failure.ts";
import { instant } from "../core/base/time.ts";
import { type Change, changes } from "../core/config/changes.ts";
import type { DoorName } from "../core/config/door.ts";
import type { Setup } from "../io/file/config.ts";
import type { Service } from "./service.ts";
import type { Shared } from "./process-parts.ts";

/**
 * Keys that a running gateway takes over. Every other key decides how the process was started (its doors, its walls,
 * its files): a change of one of those needs a restart, and until then nothing of the new file is in force. Of evidence
 * these are the folders that the walls let it read, the variables that it was given, and the providers, by which both go.
 */
const HOT = [
  "publish.",
  "paths.",
  "proposal.",
  "patch.",
  "rules.",
  "secrets.",
  "static_analysis.",
  "guard.",
  "scanners.",
  "sandbox.",
  "calls.",
  "budget.",
  "principals",
  "server.tools.allow",
  "server.tools.deny",
  "server.http.hosts",
  "server.http.origins",
  "server.http.max_body_bytes",
  "server.http.max_inflight",
  "server.http.max_streams",
  "server.http.failures_per_minute",
  "auth.allow_local_only",
  "auth.max_token_days",
  "auth.access_seconds",
  "auth.refresh_seconds",
  "network.max_age_seconds",
  "network.bypass_loopback",
  "network.bypass_private",
  "trust.",
  "validation.",
  "evidence.accept_claims",
  "evidence.allow_raw_values",
  "evidence.require_provider_opt_in",
  "evidence.raw_providers",
  "evidence.timeout_ms",
  "evidence.max_age_seconds",
  "evidence.keys",
  "evidence.anchors",
  "evidence.json.root_id",
  "evidence.json.max_bytes",
  "evidence.json.allow_yaml",
  "evidence.http.",
  "schemas.",
  "dev.",
  "namespace.",
  "dispatch.",
  "feedback.",
  "conditions.",
  "gates.",
  "validator.",
  "audit.seal_seconds",
  "audit.seal_entries",
  "audit.seal_wait_seconds",
  "log.",
  "alerts.validator_silent_seconds",
  "alerts.seal_lag_seconds",
  "alerts.refusal_percent",
  "alerts.window_seconds",
  "alerts.budget_percent",
  "alerts.allowlist_age_seconds",
  "keys.warn_days",
];

/** Asked at each request over HTTP; a client on stdio has agreed on a revision for as long as it is connected. */
const HOT_OVER_HTTP = ["server.min_protocol"];

const LOOK_MS = 2000;
/** Files that never rest, such as keys that something fetches every second, must not keep a stricter policy out for ever. */
const RESTLESS_LOOKS = 15;

export interface LiveParts {
  readonly shared: Pick<Shared, "record" | "log" | "every" | "clock">;
  /** Something that differs when any file of the configuration, or one that it names, was touched; undefined when it cannot be looked at. */
  readonly stamp: (inForce: Setup) => string | undefined;
  /** The whole configuration as it stands on the disk; throws with all faults. */
  readonly load: () => Setup;
  readonly open: (setup: Setup) => Service;
  readonly door: DoorName;
  /** What is built beside the service, doors for example, is made for a new one; throws, or returns what puts it in place. */
  readonly follow: (service: Service) => () => void;
  /** A look failed in a way that is no matter of the configuration. */
  readonly failed: (error: unknown) => void;
}

export interface Live {
  service(): Service;
  /** Read the files now, because somebody asks for it, besides the look every two seconds. */
  look(): Promise<void>;
  stop(): void;
}

export function openLive(parts: LiveParts, first: Service): Live {
  let service = first;
  /** Of the files as they are in force, and as they were at the last look. */
  let taken = parts.stamp(first.setup);
  let last = taken;
  /** Why the files as they are were refused. They are tried again at each look: the fault may lie elsewhere. */
  let refused: string | undefined;
  let restless = 0;
  const look = async (asked: boolean): Promise<void> => {
    const stamp = parts.stamp(service.setup);
    const settled = stamp === last;
    restless = settled ? 0 : restless + 1;
    last = stamp;
    const due = asked || restless >= RESTLESS_LOOKS || (settled && stamp !== taken);
    // Gone for a moment, or still being written: a file that is cut between two tables is whole, and lacks its gates.
    if (stamp === undefined || !due) return;
    try {
      const next = parts.load();
      if (parts.stamp(service.setup) !== stamp) return;
      service = await followed(parts, service, next);
      taken = stamp;
      refused = undefined;
    } catch (error) {
      const why = error instanceof Error ? error.message : "unknown";
      if (why !== refused) refuseChange(parts, service.setup, error);
      refused = why;
    }
  };
  let latest = Promise.resolve();
  let waiting = 0;
  /** One after the other: what is asked for is not answered by a look that began before. */
  const inTurn = (asked: boolean): Promise<void> => {
    waiting += 1;
    latest = latest
      .then(() => look(asked))
      .catch(parts.failed)
      .finally(() => {
        waiting -= 1;
      });
    return latest;
  };
  const stop = parts.shared.every(LOOK_MS, () => void (waiting === 0 && inTurn(false)));
  return { service: () => service, look: () => inTurn(true), stop };
}

/** No key changed, nor the policy: then it was a file that a key names, such as one of principals' secrets. */
async function followed(parts: LiveParts, service: Service, loaded: Setup): Promise<Service> {
  const changed = changes(service.setup.config, loaded.config);
  const next = unrevived(service.setup, loaded, changed, parts.shared.clock());
  if (changed.length > 0 || !isSame(service.setup, next)) return takeOver(parts, service, next, changed);
  parts.follow(service)();
  return service;
}

/**
 * Any edit makes the file younger, and dev.permissive ends by its age. One that has ended here begins anew only where
 * somebody wrote the table [dev], or started the process.
 */
function unrevived(
  { config, permissiveUntil }: Setup,
  next: Setup,
  changed: readonly Change[],
  now: number,
): Setup {
  const ended = config.dev.permissive && !(permissiveUntil !== undefined && now < permissiveUntil);
  const written = changed.some(({ key }) => key.startsWith("dev."));
  return ended && !written ? { ...next, permissiveUntil: undefined } : next;
}

/** Whether evidence schemas, which belong to the policy, and the end of dev.permissive are the same as well. */
function isSame(before: Setup, next: Setup): boolean {
  return before.policy === next.policy && before.permissiveUntil === next.permissiveUntil;
}

/** Opens the new one, lets everything beside it follow, and records it; on any failure the old one is untouched. */
async function takeOver(
  { open, door, follow, shared: { record, log } }: LiveParts,
  before: Service,
  next: Setup,
  changed: readonly Change[],
): Promise<Service> {
  const keys = changed.map(({ key }) => key);
  const hot = door === "http" ? [...HOT, ...HOT_OVER_HTTP] : HOT;
  const cold = keys.filter((key) => !hot.some((words) => key === words || key.startsWith(words)));
  if (cold.length > 0) throw new RestartNeeded(cold);
  const opened = open(next);
  // First, because a look that fails is repeated: nothing of the new one may be in the log yet.
  const swap = follow(opened);
  // The manifest of the new policy, when it is there already; else the service says that it is still to come.
  await opened.shelf.refresh();
  swap();
  before.corridor.settle();
  const facts = { from: digestOf(before.setup), to: digestOf(next), keys: keys.join(" ").slice(0, 900) };
  const { policy, preset } = next;
  record("config.changed", { ...facts, policy, preset, ...trialFacts(before.setup, next) });
  log.info({ changes: changed }, "the configuration changed");
  return opened;
}

/** What an edit did to a trial, which goes by the age of the file and by no key. */
function trialFacts(before: Setup, next: Setup): AuditData {
  if (before.permissiveUntil === next.permissiveUntil) return {};
  const [was, is] = [before, next].map(({ permissiveUntil: until }) =>
    until === undefined ? null : instant(until),
  );
  return { permissive_until_before: was ?? null, permissive_until: is ?? null };
}

class RestartNeeded extends Error {
  constructor(keys: readonly string[]) {
    super(`a restart of the gateway is needed for ${keys.join(", ")}`);
  }
}

/** The old configuration stays, and that is recorded. A failing log is no matter of the configuration. */
function refuseChange({ shared: { record, log } }: LiveParts, before: Setup, error: unknown): void {
  if (error instanceof CountersignError && error.code === "storage") throw error;
  const reason = error instanceof RestartNeeded ? "restart_needed" : "config_invalid";
  record("config.refused", { reason, config_sha256: digestOf(before) });
  log.error({ error }, "the changed configuration is not taken over; the old one stays in force");
}

function digestOf({ config }: Setup): string {
  return sha256(canonical(config));
}
