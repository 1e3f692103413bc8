// What the policy asks of a landing: the verdict's decision against our own policy, dispatch, namespace, and fresh evidence.
import { GATE_CHECK, type Verdict } from "../../core/attestation/statement.ts";
import { utf8 } from "../../core/base/bytes.ts";
import type { GitOid } from "../../core/base/ids.ts";
import { instant } from "../../core/base/time.ts";
import { accept, type Refusal, refuse, type Result } from "../../core/base/refusal.ts";
import type { GateName } from "../../core/config/schema-gates.ts";
import type { PolicyGate } from "../../core/gate/condition.ts";
import type { Facts } from "../../core/gate/decision.ts";
import type { Trust } from "../../core/gate/evidence.ts";
import { requiredLane } from "../../core/gate/lane.ts";
import { type DecisionRecord, recordFault } from "../../core/gate/record.ts";
import { treeText } from "../../core/gate/tree.ts";
import { trustOf } from "../../core/gate/trust.ts";
import { changedFiles } from "../../core/proposal/changed.ts";
import { type FilePatch, namedPaths } from "../../core/proposal/diff-model.ts";
import { parseDiff } from "../../core/proposal/diff.ts";
import { dispatchFault } from "../../core/proposal/dispatch.ts";
import { carriedOf, claimsOf, type Order } from "../../core/proposal/order.ts";
import { gather } from "../../io/evidence/gather.ts";
import type { ChecksFacts, GitFacts } from "../../io/evidence/provider.ts";
import type { TreeChange } from "../../io/exec/tree-diff.ts";
import type { Setup } from "../../io/file/config.ts";
import type { Known, Terms } from "./terms.ts";

/** The gate of our own policy. A policy without it is not loaded, so that this throws for a fault of the program only. */
export function gateOf({ gates }: Pick<Setup, "gates">, name: GateName): PolicyGate {
  const gate = gates.get(name);
  if (gate === undefined) throw new TypeError(`the policy has no gate ${name}`);
  return gate;
}

/**
 * The verdict says how its gate was decided, in a way that can be followed, and it was the gate of our own policy. The
 * policy's digest says the same of an honest validator; this asks what it really evaluated, and under the terms of `now`.
 */
export function decidedByOurs(verdict: Verdict, setup: Setup, now: number): Result<true> {
  const { decision, outcome } = verdict.predicate;
  if (decision === undefined) return missing("the verdict was given without a gate");
  const fault = recordFault(decision);
  if (fault !== undefined) return missing(`the verdict's record of its gate does not hold: ${fault}`);
  if (outcome === "APPROVED" && decision.state !== "true")
    return missing(`the verdict approves, and its gate is ${decision.state}`);
  const asked = otherGate(decision, gateOf(setup, "verdict"), trustOf(setup, { resource: "" }, now));
  return asked === undefined ? accept(true) : missing(`the verdict's gate was decided over another ${asked}`);
}

function missing(message: string): Result<never> {
  return refuse("decision_missing", message, "predicate.decision");
}

/** In what the gate that was decided differs from ours. */
function otherGate(record: DecisionRecord, ours: PolicyGate, trust: Trust): string | undefined {
  if (record.gate !== ours.id) return "gate";
  if (record.require !== treeText(ours.require)) return "tree";
  if (record.logic !== ours.logic) return "logic";
  if (record.min_lane !== (ours.minLane === "verified" ? "verified" : trust.minLane)) return "lane";
  const { permissive } = trust;
  if (record.permissive_until !== (permissive === undefined ? null : instant(permissive.until)))
    return "end of dev.permissive";
  const question = ({ id, provider, check }: { id: string; provider: string; check: string }): string =>
    `${id} ${provider}.${check}`;
  const asked = record.conditions.map(question).toSorted();
  if (asked.join() !== ours.conditions.map(question).toSorted().join()) return "set of conditions";
  const low = ours.conditions.find(
    (spec) =>
      record.conditions.find(({ id }) => id === spec.id)?.min_lane !== requiredLane(spec, ours, trust),
  );
  return low === undefined ? undefined : `lane of the condition ${low.id}`;
}

/** The patch as its own reader understands it; the paths that git lists and those that it names decide on dispatch. */
export function dispatched(
  order: Order,
  changes: readonly TreeChange[],
  { config }: Setup,
): Result<readonly FilePatch[]> {
  const files = parseDiff(utf8(order.patch), config.paths.max_depth);
  if (!files.ok) return files;
  const named: readonly string[] = namedPaths(files.value);
  const paths = [...new Set([...named, ...changes.map(({ path, raw }) => path ?? raw)])];
  const { principal, change_type, risk_level } = order;
  const fault: Refusal | undefined = dispatchFault(config.dispatch, {
    principal,
    change_type,
    risk_level,
    paths,
  });
  return fault === undefined ? files : { ok: false, refusal: fault };
}

/** Asked at the last moment: a verdict may have waited for hours. */
export async function vouchedFor({ setup: { config }, authority }: Terms): Promise<Result<true>> {
  const { name, authority_url: url } = config.namespace;
  if (url === "") return accept(true);
  const answer = await authority();
  if (answer === "vouched") return accept(true);
  const why = answer === "refused" ? "does not vouch" : "did not answer";
  return refuse("namespace_refused", `the authority of namespaces ${why} for ${name}`, "namespace.name");
}

export interface Rebuilt {
  readonly tree: GitOid;
  /** Git's own list of what differs from the base. */
  readonly changes: readonly TreeChange[];
  /** Whether the branch still points at the base. */
  readonly isTip: boolean;
}

/** The landing gate's evidence as it is now. Never throws for what a provider does; an answer that fails is evidence. */
export async function freshFacts(
  terms: Terms,
  order: Order,
  verdict: Verdict,
  rebuilt: Rebuilt,
  files: readonly FilePatch[],
): Promise<Facts> {
  const { setup } = terms;
  const patch = verdict.subject[0].digest.sha256;
  const subject = { resource: terms.resourceUri, patch, tree: rebuilt.tree };
  const about = known(terms, order, verdict, rebuilt, files);
  const providers = terms.providers(about, trustOf(setup, subject, terms.clock()));
  const { conditions } = gateOf(setup, "landing");
  const evidence = await gather(conditions, providers, setup.config.evidence.timeout_ms, terms.clock);
  return { evidence, trust: trustOf(setup, subject, terms.clock()) };
}

function known(
  { protect, targetRef }: Terms,
  order: Order,
  { predicate }: Verdict,
  { tree, changes, isTip }: Rebuilt,
  files: readonly FilePatch[],
): Known {
  const { gitCommit: baseCommit, gitTree: baseTree } = predicate.base.digest;
  const git: GitFacts = {
    targetRef,
    baseCommit,
    baseTree,
    resultTree: tree,
    baseIsTip: isTip,
    changes: changedFiles(changes, files),
  };
  const checks: ChecksFacts = {
    // What the verdict's own gate came to is no check: it would hold every later gate that asks for all of them.
    checks: predicate.checks.filter(({ id }) => id !== GATE_CHECK),
    protectedPaths: changes.some(({ path, raw }) => protect(path ?? raw) !== undefined),
  };
  return {
    git: () => Promise.resolve(git),
    checks: () => checks,
    caller: {
      principal: order.principal,
      changeType: order.change_type,
      riskLevel: order.risk_level,
      claims: claimsOf(order.evidence),
    },
    carried: carriedOf(order.evidence),
  };
}
