// What a verdict must say to be accepted now, as small questions over evidence that was read once.
import type { TrustedKey } from "../../core/attestation/key.ts";
import type { Outcome, Verdict } from "../../core/attestation/statement.ts";
import { type Incident, incidentFault } from "../../core/audit/incident.ts";
import { utf8 } from "../../core/base/bytes.ts";
import { type Digest, sha256 } from "../../core/base/digest.ts";
import type { GitOid, PatchId, RefName } from "../../core/base/ids.ts";
import { accept, type Refusal, refusal, refuse, type Result } from "../../core/base/refusal.ts";
import { type Clock, millisOf } from "../../core/base/time.ts";
import type { Trust } from "../../core/gate/evidence.ts";
import type { Protect } from "../../core/proposal/protect.ts";
import type { Closure, Order } from "../../core/proposal/order.ts";
import type { CallerFacts, ChecksFacts, GitFacts, Providers } from "../../io/evidence/provider.ts";
import type { Found, FoundBytes } from "../../io/exchange/exchange.ts";
import type { TreeChange } from "../../io/exec/tree-diff.ts";
import type { Setup } from "../../io/file/config.ts";
import type { SealTerms } from "./sealed.ts";

/** What is accepted at this moment, from the person's own configuration and repository. */
export interface Terms {
  readonly id: PatchId;
  readonly keys: readonly TrustedKey[];
  /** Whose checkpoints of which log count, and how its lines are read. */
  readonly seal: SealTerms;
  readonly resourceUri: string;
  readonly targetRef: RefName;
  readonly policy: Digest;
  readonly protect: Protect;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Goes on while providers are asked: what ended meanwhile has ended. */
  readonly clock: Clock;
  readonly setup: Setup;
  /** Who answers the landing gate's questions about this patch. */
  readonly providers: (known: Known, trust: Trust) => Providers;
  /** The authority of namespaces, where the configuration names one. */
  readonly authority: () => Promise<Vouched>;
}

/** What evidence can be about. All of it was recomputed here or is bound by the verdict's signature. */
export interface Known {
  readonly git: () => Promise<GitFacts>;
  readonly checks: () => ChecksFacts;
  readonly caller: CallerFacts;
  /** Texts of envelopes that the order carries. */
  readonly carried: readonly string[];
}

export type Vouched = "vouched" | "refused" | "unavailable";

/** A clock that is set back makes old verdicts young again; as far as it can be seen, it is refused. */
const MAX_SKEW_MS = 300_000;

export function orderOf(found: Found<Order>, id: PatchId): Result<Order> {
  if (found.kind === "absent")
    return refuse("patch_unknown", "there is no order with this id", id, "countersign list shows the ids.");
  if (found.kind === "damaged") return refuse("order_invalid", found.why, id);
  return found.value.patch_id === id
    ? accept(found.value)
    : refuse("order_invalid", "the order belongs to another patch", id);
}

/** The proposer's side has not ended it. A note that cannot be read may be a withdrawal, so it holds. */
export function isOpen(found: Found<Closure>, id: PatchId): Result<true> {
  if (found.kind === "absent") return accept(true);
  if (found.kind === "damaged")
    return refuse("order_invalid", `the closing note cannot be read: ${found.why}`, id);
  if (found.value.state === "withdrawn")
    return refuse("patch_withdrawn", "the proposer withdrew the patch", id);
  if (found.value.state === "superseded")
    return refuse("patch_superseded", "a newer proposal replaced the patch", id);
  return refuse("order_expired", "the proposal expired", id);
}

/** A person stopped landings. Asked of the folder itself each time, never of what was seen before. */
export function unfrozen(open: readonly Incident[]): Result<true> {
  const fault = incidentFault(open, "changes");
  return fault === undefined ? accept(true) : { ok: false, refusal: fault };
}

export function verdictBytes(found: FoundBytes, id: PatchId): Result<Uint8Array> {
  if (found.kind === "absent") return refuse("verdict_missing", "there is no verdict yet", id);
  return found.kind === "damaged" ? refuse("verdict_invalid", found.why, id) : accept(found.bytes);
}

export function speaksAbout(verdict: Verdict, terms: Terms): Result<true> {
  const { patchId, resourceUri: resource, targetRef } = verdict.predicate;
  if (patchId !== terms.id)
    return refuse("verdict_mismatch", `the verdict is about patch ${patchId}`, "predicate.patchId");
  if (resource !== terms.resourceUri)
    return refuse("verdict_mismatch", `the verdict is about ${resource}`, "predicate.resourceUri");
  if (targetRef !== terms.targetRef) {
    return refuse(
      "verdict_mismatch",
      `the verdict is for ${targetRef}, served is ${terms.targetRef}`,
      "predicate.targetRef",
    );
  }
  return accept(true);
}

/** `REJECTED` is an answer that nothing overrides. */
export function mayLand({ predicate }: Verdict): Result<Exclude<Outcome, "REJECTED">> {
  if (predicate.outcome !== "REJECTED") return accept(predicate.outcome);
  const failed = predicate.checks.filter((check) => check.result === "FAILED").map((check) => check.id);
  return refuse("verdict_rejected", `the validator rejected it (${failed.join(", ")})`, "predicate.outcome");
}

/**
 * A key counts for verdicts of its life, however long ago that is (core/attestation/key-life.ts). So a verdict may live no longer than
 * the validator gives it: a key that ended before that lands nothing, whatever times its holder writes.
 */
export function isFresh(verdict: Verdict, order: Order, { now, setup }: Terms): Result<true> {
  const { timeVerified, expires } = verdict.predicate;
  if (millisOf(timeVerified) > now + MAX_SKEW_MS) {
    return refuse(
      "verdict_expired",
      `the verdict is dated ${timeVerified}, in the future`,
      "predicate.timeVerified",
      "Set the clock right.",
    );
  }
  const most = setup.config.validator.verdict_ttl_seconds;
  if (millisOf(expires) > millisOf(timeVerified) + most * 1000)
    return refuse(
      "verdict_expired",
      `the verdict of ${timeVerified} is to live until ${expires}, longer than ${most} s (validator.verdict_ttl_seconds)`,
      "predicate.expires",
    );
  if (millisOf(expires) <= now)
    return refuse("verdict_expired", `the verdict expired at ${expires}`, "predicate.expires");
  if (millisOf(order.expires) <= now)
    return refuse("order_expired", `the proposal expired at ${order.expires}`, "expires");
  return accept(true);
}

export function underPolicy(verdict: Verdict, policy: Digest): Result<true> {
  const given = verdict.predicate.policy.digest.sha256;
  if (given === policy) return accept(true);
  return refuse(
    "policy_changed",
    `judged under ${given.slice(0, 12)}, now it is ${policy.slice(0, 12)}`,
    "predicate.policy",
  );
}

/**
 * `order`, read from `stored`, is byte for byte the one that was judged, and its patch hashes to what was attested.
 * Without the first, whoever owns the folder could put a harmless title, another name or another date over a patch
 * that waits for its landing. Returns the bytes that are hashed here and applied later.
 */
export function attestedPatch(verdict: Verdict, order: Order, stored: Uint8Array): Result<Uint8Array> {
  const patch = ownPatch(order);
  if (!patch.ok) return patch;
  if (order.patch_sha256 !== verdict.subject[0].digest.sha256)
    return refuse("order_changed", "the patch is not the one that the verdict is about", "patch");
  if (sha256(stored) === verdict.predicate.order.digest.sha256) return patch;
  return refuse("order_changed", "the order is not the one that the verdict is about", "order");
}

/** The order's patch under the order's digest: from here on the field says what was computed. */
export function ownPatch(order: Order): Result<Uint8Array> {
  const bytes = utf8(order.patch);
  if (sha256(bytes) === order.patch_sha256) return accept(bytes);
  return refuse("order_changed", "the patch is not the one that the order's digest says", "patch_sha256");
}

export function attestedTree({ subject }: Verdict): Result<GitOid> {
  const tree = subject[1]?.digest.gitTree;
  return tree === undefined
    ? refuse("verdict_invalid", "the verdict attests no result tree", "subject")
    : accept(tree);
}

/**
 * What git says the patch changes is regular files outside the paths that are blocked for good. The validator checked
 * this; asking again costs nothing and does not depend on its word.
 */
export function harmlessTargets(changes: readonly TreeChange[], protect: Protect): Result<true> {
  for (const { path, raw, newMode } of changes) {
    if (path === undefined) return refuse("path_encoding", "a changed path is not UTF-8", raw);
    if (newMode !== "000000" && newMode !== "100644" && newMode !== "100755") {
      return refuse("diff_link", `the patch would make an entry of mode ${newMode}`, path);
    }
    const hit = protect(path);
    if (hit?.code === "path_blocked") return refuse("path_blocked", `${hit.why} (rule ${hit.rule})`, path);
  }
  return accept(true);
}

/** No path of the patch, nor a folder above or below it, changed between the base and the branch as it is now. */
export function untouched(mine: readonly TreeChange[], theirs: readonly TreeChange[]): Result<true> {
  const paths = mine.map((change) => change.raw);
  const clash = theirs.find(({ raw }) =>
    paths.some((path) => path === raw || path.startsWith(`${raw}/`) || raw.startsWith(`${path}/`)),
  );
  return clash === undefined
    ? accept(true)
    : refuse("base_moved", "the branch changed this file since the base", clash.path ?? clash.raw);
}

export function movedMeanwhile(targetRef: RefName): Refusal {
  const message = "the branch moved while the patch was looked at";
  return refusal(
    "base_moved",
    message,
    targetRef,
    "Nothing was landed. Try again: the patch is looked at anew.",
  );
}

/** A person's word: a beginning of the sha256 of the patch that they looked at. */
export interface Word {
  readonly text: string;
  /** At the prompt only: the statement whose patch was on the screen. The word stands for that one and no other. */
  readonly shown?: Digest;
}

/**
 * Who makes two patches can make them share their first eight characters in a second, show one and land the other.
 * Half of the digest takes 2^64 tries; it is what a word from another screen needs.
 */
export const MIN_CONFIRM = 32;
/** At the prompt the whole digest stands above the question, and nothing else can be meant. */
export const MIN_TYPED = 8;

/** A person's word counts for the patch whose hash they typed; for any other it is a mistake, whatever the outcome. */
export function confirmed(
  word: Word | undefined,
  patch: Digest,
  statement: Digest,
  needed: boolean,
): Result<true> {
  if (word === undefined) {
    return needed ? refuse("confirm_required", "the verdict asks for a person", "--confirm") : accept(true);
  }
  const { text, shown } = word;
  if (shown !== undefined && shown !== statement)
    return refuse("confirm_mismatch", "the verdict was replaced while the question was open", "--confirm");
  const least = shown === undefined ? MIN_CONFIRM : MIN_TYPED;
  if (text.length < least)
    return refuse("confirm_mismatch", `${text.length} characters given, ${least} are needed`, "--confirm");
  if (patch.startsWith(text.toLowerCase())) return accept(true);
  return refuse(
    "confirm_mismatch",
    `the patch's sha256 does not start with the ${text.length} characters given`,
    "--confirm",
  );
}
