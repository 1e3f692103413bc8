// The validator's loop: keep the publication current, judge what is due, sleep until something happens.
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { canonical } from "../core/base/canonical.ts";
import { type Digest, sha256 } from "../core/base/digest.ts";
import { CountersignError } from "../core/base/failure.ts";
import { deploymentOf } from "../core/config/deployment.ts";
import type { Setup } from "../io/file/config.ts";
import { removePrivateGit } from "../io/exec/private-git.ts";
import { openBell } from "./bell.ts";
import { type Bench, PRIVATE_GIT, type Published } from "./bench.ts";
import { type Progress, publish } from "./publish/publish.ts";
import { isWhole, look, speaksFor, upToDate } from "./publish/watch.ts";
import { Queue } from "./queue.ts";

export interface Serving {
  /** Publish, judge everything there is, and return. */
  readonly once: boolean;
  /** Ends the loop behind the round that runs. */
  readonly stop: AbortSignal;
  readonly progress: Progress;
  /** What of the configuration is ours, as it stands on the disk now; throws when it cannot be read. */
  readonly configurationNow: () => Digest;
  readonly keys: KeyWatch;
}

/** Which keys are in use, in one text. */
export interface KeyWatch {
  readonly ours: string;
  /** As it stands on the disk now; throws when it cannot be read. */
  readonly now: () => string;
}

/** Serve until stopped, or until the configuration or a key changes (`ConfigurationChanged` is thrown). With `once` a failure is thrown; otherwise it is logged, and the next look tries again. */
export async function serve(
  bench: Bench,
  { once, stop, progress, configurationNow, keys }: Serving,
): Promise<void> {
  await sweep(bench.scratch);
  const queue = new Queue(bench);
  const bell = openBell(stop);
  const heed = configurationGuard(bench, configurationNow, keys);
  const watcher = once ? undefined : bench.exchange.watch(bell.ring);
  let published: Published | undefined;
  // Said once, not at every look.
  let trouble: string | undefined;
  try {
    do {
      heed.look();
      let began = bench.clock();
      let isDone = false;
      try {
        assertFit(bench);
        published = await keepPublished(bench, published, progress);
        began = bench.clock();
        trouble = undefined;
        isDone = await queue.pass(published, stop, heed.mayJudge);
      } catch (cause) {
        if (once || cause instanceof TypeError || cause instanceof ConfigurationChanged) throw cause;
        // Nothing is judged on a publication that is out of date; it may be a branch in the middle of a rebase.
        const why = cause instanceof Error ? cause.message : "unknown";
        if (why !== trouble) bench.log.warn({ error: cause }, "cannot publish or judge now");
        trouble = why;
        await rest(bench.clock() - began, stop);
      }
      if (once && isDone && queue.nextDue() === undefined) return;
      const most = heed.unsettled() ? SETTLED_MS : Number.POSITIVE_INFINITY;
      await bell.wait(Math.min(most, pause(bench, queue, once)));
    } while (!stop.aborted);
  } finally {
    watcher?.close();
  }
}

/** A configuration that stood unchanged for so long is written to its end. */
const SETTLED_MS = 1000;

/** Reading the configuration costs as much as a small round, so it is not read in front of each of them. */
const BETWEEN_LOOKS_MS = 1000;

interface ConfigurationGuard {
  /** Throws `ConfigurationChanged`. */
  readonly look: () => void;
  /**
   * Looks again after a while; throws `ConfigurationChanged`. False while another configuration is being written. Threat:
   * an agent that keeps the queue full would have everything signed under the policy that was replaced.
   */
  readonly mayJudge: () => boolean;
  /** Another configuration was seen, and it may be half-written still. */
  readonly unsettled: () => boolean;
}

/**
 * Throws when the configuration is no longer the one that is served, twice the same with a second between. A validator runs for as long as some client does:
 * without this it would for weeks go on to publish what `publish.exclude` hides since. It ends rather than reload, so
 * that there is one way to come by a configuration. One that is at fault, or half-written, leaves the old one in force.
 */
function configurationGuard(
  bench: Bench,
  configurationNow: () => Digest,
  keys: KeyWatch,
): ConfigurationGuard {
  const { setup, log, clock, signer } = bench;
  const whole = (configuration: Digest, inUse: string): Digest => sha256(`${configuration} ${inUse}`);
  const ours = whole(configurationOf(setup), keys.ours);
  const now = (): Digest => whole(configurationNow(), keys.now());
  let trouble: string | undefined;
  let seen: { readonly digest: Digest; readonly at: number } | undefined;
  let lookedAt = 0;
  const look = (): void => {
    let found = ours;
    let why: string | undefined;
    try {
      found = now();
    } catch (cause) {
      why = cause instanceof Error ? cause.message : "unknown";
      if (why !== trouble)
        log.warn(
          { error: cause },
          "the configuration or a key cannot be read; those of the start stay in force",
        );
    }
    trouble = why;
    const at = clock();
    lookedAt = at;
    if (found === ours) seen = undefined;
    else if (seen?.digest !== found || at < seen.at) seen = { digest: found, at };
    else if (at - seen.at >= SETTLED_MS) throw new ConfigurationChanged();
  };
  const unsettled = (): boolean => seen !== undefined;
  const mayJudge = (): boolean => {
    const at = clock();
    if (at < lookedAt || at - lookedAt >= BETWEEN_LOOKS_MS) look();
    return !unsettled() && signer.unfit() === undefined;
  };
  return { look, mayJudge, unsettled };
}

/** A key that has ended signs nothing, so nothing is looked at for it; a rotation ends this process, and the next one has a key. */
function assertFit({ signer }: Bench): void {
  const why = signer.unfit();
  if (why !== undefined) throw why;
}

/**
 * The policy (with the evidence schemas that it was compiled from) and the keys that only we read: callers and limits of
 * the gateway may change without us. When dev.permissive ends is no key, but the date of the file.
 */
export function configurationOf({ policy, permissiveUntil, config }: Setup): Digest {
  const { validator, log, sandbox, guard, audit } = config;
  // Of the log only what the sealer goes by; its secrets are the gateway's.
  const seal = [deploymentOf(config), audit.seal_seconds, audit.seal_entries];
  return sha256(
    canonical({ policy, validator, log, sandbox, guard, seal, permissiveUntil: permissiveUntil ?? null }),
  );
}

const LONGEST_REST_MS = 300_000;

/**
 * Nine times as long as the failed work took: a commit whose listing takes half a minute, only to be too large, must not
 * keep a core busy for as long as it is there. Neither an order nor anything else that an agent can do shortens it.
 */
async function rest(spentMs: number, stop: AbortSignal): Promise<void> {
  const ms = Math.min(9 * Math.max(0, spentMs), LONGEST_REST_MS);
  await sleep(ms, undefined, { signal: stop }).catch(() => undefined);
}

/** The publication that is in force: the held one if nothing changed, the stored one at a start, or a new one. */
export async function keepPublished(
  bench: Bench,
  held: Published | undefined,
  progress: Progress,
): Promise<Published> {
  const target = await look(bench);
  if (held !== undefined && speaksFor(bench, held, target) && (await isInPlace(bench, held))) return held;
  const stored = await upToDate(bench, target);
  if (stored !== undefined && (held !== undefined || (await isWhole(bench, stored)))) return stored;
  const started = bench.clock();
  const { published, read } = await publish(bench, target, progress);
  const { manifest, digest } = published;
  const counts = { entries: manifest.entries.length, omitted: manifest.omitted.length, read };
  bench.log.info(
    { ref: target.ref, commit: target.commit, manifest: digest, ...counts, ms: bench.clock() - started },
    "published",
  );
  return published;
}

async function isInPlace({ exchange: { published } }: Bench, { digest }: Published): Promise<boolean> {
  if ((await published.current()) !== digest) return false;
  const [manifest, envelope] = [await published.manifest(digest), await published.manifestEnvelope(digest)];
  return manifest.kind === "found" && envelope.kind === "found";
}

/** Private git folders that a crash left behind; the lock says that nobody else works here. */
async function sweep(scratch: string): Promise<void> {
  for (const name of await readdir(scratch)) {
    if (name.startsWith(PRIVATE_GIT)) await removePrivateGit(join(scratch, name));
  }
}

/** Until the next poll or the next postponed order, whichever comes first. */
function pause(bench: Bench, queue: Queue, once: boolean): number {
  const due = queue.nextDue();
  const poll = bench.setup.config.validator.poll_seconds * 1000;
  const rest = due === undefined ? poll : Math.max(0, due - bench.clock());
  return once ? rest : Math.min(poll, rest);
}

/** The failure of a start that another validator makes pointless; not an error of either. */
export class AlreadyServed extends CountersignError {
  constructor(state: string) {
    super("state_unusable", `another validator serves ${state}`, {
      fix: "Leave it alone: one validator serves all gateways of a repository.",
    });
  }

  /** EX_TEMPFAIL of sysexits: try again when the other one is gone. */
  override get exitCode(): number {
    return 75;
  }
}

/** The end of a validator whose configuration or key was changed; whoever keeps it starts it again. */
class ConfigurationChanged extends CountersignError {
  constructor() {
    super("config_invalid", "the configuration or a key changed", {
      fix: "countersign up starts the validator again under the new one. MCP clients must be restarted, too.",
    });
  }

  /** EX_TEMPFAIL of sysexits: try again. */
  override get exitCode(): number {
    return 75;
  }
}
