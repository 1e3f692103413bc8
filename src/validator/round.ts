// One round: take the order, check it, decide, sign, and put the verdict where it can be put only once.
import { join } from "node:path";
import { parseVerdict } from "../core/attestation/statement.ts";
import { sha256 } from "../core/base/digest.ts";
import type { PatchId } from "../core/base/ids.ts";
import { CountersignError } from "../core/base/failure.ts";
import type { Order } from "../core/proposal/order.ts";
import { createPrivateGit, removePrivateGit } from "../io/exec/private-git.ts";
import { type Bench, PRIVATE_GIT, type Published } from "./bench.ts";
import type { Check } from "./checks/check.ts";
import { type Matter, openMatter } from "./checks/matter.ts";
import { checksOf, runChecks } from "./checks/registry.ts";
import { judgeGate } from "./gate/gate.ts";
import { brokenEvidence, damagedEvidence, type Evidence, renderVerdict } from "./verdict.ts";

export type Judged =
  | { readonly kind: "signed"; readonly outcome: string }
  /** A verdict was there already, and stands. */
  | { readonly kind: "stands" }
  /** Withdrawn, expired or superseded before it was judged, or gone altogether. */
  | { readonly kind: "closed" }
  /** Could not be judged for a reason that may go away; nothing was written. */
  | { readonly kind: "again"; readonly why: string };

/**
 * Judge one order. At `lastTry` what could not be established becomes ERROR, which a person has to look at; before, the
 * order is left for later: nothing that is thrown on the way keeps a proposer waiting for ever. A crash anywhere leaves no verdict, and the next start judges again; two validators, or one
 * order delivered twice, end in one verdict, because the second `putOnce` changes nothing.
 */
export async function judge(
  bench: Bench,
  published: Published,
  id: PatchId,
  lastTry: boolean,
  checks: readonly Check[] = checksOf(bench),
): Promise<Judged> {
  const found = await bench.exchange.orders.read(id);
  if (found.kind === "absent" || (await isClosed(bench, id))) return { kind: "closed" };
  // Bytes that cannot be read at all may be readable in a moment; bytes that are no order stay none.
  if (found.kind === "damaged" && found.bytes.length === 0 && !lastTry)
    return { kind: "again", why: found.why };
  const say = async (evidence: Evidence): Promise<Judged> => {
    const statement = renderVerdict(bench, published, found.bytes, evidence);
    const envelope = bench.signer.sign(statement);
    return (await bench.exchange.verdicts.putOnce(id, envelope))
      ? { kind: "signed", outcome: outcomeIn(statement) }
      : { kind: "stands" };
  };
  if (found.kind === "damaged") return say(damagedEvidence(bench, id, found.bytes, found.why));
  try {
    return await withMatter(bench, id, found.value, async (matter) => {
      const evidence = await examine(matter, bench, { checks, lastTry });
      return evidence instanceof CountersignError ? { kind: "again", why: evidence.message } : say(evidence);
    });
  } catch (cause) {
    // Where no verdict can be written, another one cannot be written either.
    if (!lastTry || (cause instanceof CountersignError && cause.code === "storage")) throw cause;
    bench.log.error({ error: cause, patch: id }, "round could not be carried out");
    return say(brokenEvidence(bench, id, found.value));
  }
}

/** A note that cannot be read may be a withdrawal, so it holds. */
async function isClosed(bench: Bench, id: PatchId): Promise<boolean> {
  return (await bench.exchange.orders.closure(id)).kind !== "absent";
}

interface Terms {
  readonly checks: readonly Check[];
  readonly lastTry: boolean;
}

/**
 * The matter of one order, in a private folder of its own. The answer is out when the folder is cleared, so that nobody
 * waits for that; what is left of it by a crash, or because it cannot be removed, goes at the next try or the next start.
 */
async function withMatter(
  bench: Bench,
  id: PatchId,
  order: Order,
  work: (matter: Matter) => Promise<Judged>,
): Promise<Judged> {
  const dir = join(bench.scratch, `${PRIVATE_GIT}${id}`);
  await removePrivateGit(dir);
  const matter = openMatter(bench, id, order, await createPrivateGit(bench.git, bench.repository, dir));
  try {
    return await work(matter);
  } finally {
    await clear(bench, matter);
  }
}

/** Throws nothing: a verdict that is out stands, and a round that failed has said why. */
async function clear({ log }: Bench, { id, own, close }: Matter): Promise<void> {
  try {
    // Nothing may be at work in the folder when it is removed.
    await close();
    await removePrivateGit(own.gitDir);
  } catch (cause) {
    log.warn({ error: cause, patch: id }, "the folder of a round could not be removed");
  }
}

/** The failure instead, where something may be established at the next try that matters. */
async function examine(
  matter: Matter,
  bench: Bench,
  { checks, lastTry }: Terms,
): Promise<Evidence | CountersignError> {
  const { records, transient } = await runChecks(bench, matter, checks);
  // What is refused already stays refused, whatever the missing answer would be.
  const final = lastTry || records.some(({ result }) => result === "FAILED");
  if (transient !== undefined && !final) return transient;
  const [base, tree] = [
    await quietly(matter.base),
    records.some(isBuilt) ? await quietly(matter.result) : undefined,
  ];
  const gated = await judgeGate(bench, matter, records, tree);
  if (gated.transient !== undefined && !final) return gated.transient;
  const { id, order, patch } = matter;
  return { id, patch: sha256(patch), checks: records, tree, base, order, gated };
}

/** Only a tree that its check looked at is attested. */
function isBuilt({ id, result }: { readonly id: string; readonly result: string }): boolean {
  return id === "tree" && (result === "PASSED" || result === "WARNED");
}

async function quietly<T>(
  fact: () => Promise<{ readonly ok: true; readonly value: T } | { readonly ok: false }>,
): Promise<T | undefined> {
  try {
    const found = await fact();
    return found.ok ? found.value : undefined;
  } catch {
    // The check that asked for it has said ERROR already.
    return undefined;
  }
}

function outcomeIn(statement: Uint8Array): string {
  const parsed = parseVerdict(statement);
  return parsed.ok ? parsed.value.predicate.outcome : "none";
}
